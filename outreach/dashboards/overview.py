"""The first page after signing in: what waits, and what came of the last mailing."""

from flask import Blueprint, redirect, render_template, url_for
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from outreach.accounts.guard import may
from outreach.core.db import db
from outreach.dashboards.guide import first_steps
from outreach.dashboards.queries import totals
from outreach.delivery.models import Dispatch
from outreach.mailings.models import Mailing, MailingState
from outreach.questions.models import Question, QuestionState
from outreach.web.access import SIGNED_IN, requires

blueprint = Blueprint("overview", __name__, url_prefix="/staff")
UNFINISHED = (
    MailingState.DRAFT,
    MailingState.IN_REVIEW,
    MailingState.SCHEDULED,
    MailingState.SENDING,
    MailingState.PAUSED,
    MailingState.FAILED,
)


@blueprint.get("/")
@requires(SIGNED_IN)
def first_page() -> Response:
    """Lead staff to the overview and partners to their dashboards."""
    target = "overview.overview" if may("overview.see") else "dashboards.projects"
    return redirect(url_for(target))


@blueprint.get("/overview")
@requires("overview.see")
def overview() -> str:
    """Show what waits for somebody, and what came of the last mailing."""
    session = db.session()
    waiting = session.scalars(
        select(Mailing)
        .where(Mailing.state.in_(UNFINISHED), Mailing.archived_at.is_(None))
        .order_by(Mailing.updated_at.desc())
        .limit(8)
    ).all()
    new_questions = session.scalar(select(func.count()).where(Question.state == QuestionState.NEW))
    last = session.scalars(
        select(Mailing)
        .join(Dispatch, Dispatch.mailing_id == Mailing.id)
        .order_by(Dispatch.fanned_out_at.desc())
        .limit(1)
    ).first()
    return render_template(
        "dashboards/overview.html",
        waiting=waiting,
        new_questions=new_questions,
        last=last,
        figures=totals(session, [last.id]) if last else None,
        guide=first_steps(session, may),
    )
