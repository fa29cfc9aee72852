"""Who of the audience gets no letter, and why."""

from collections.abc import Sequence
from typing import Any

from flask import render_template, request
from sqlalchemy import Row, func, select

from outreach.core.clock import now
from outreach.core.db import db
from outreach.mailings.audience import Judged, audience_of, judged
from outreach.mailings.findings import Step
from outreach.mailings.views.blueprint import ID, blueprint, mailing_in_reach, steps_of
from outreach.mailings.words import REASONS
from outreach.stakeholders.models import Stakeholder, WithheldReason
from outreach.web import pagination
from outreach.web.access import requires


@blueprint.get(f"/<{ID}:mailing_id>/withheld")
@requires("stakeholders.see")
def withheld(mailing_id: int) -> str:
    """List the withheld of a mailing that has not begun, for one reason or all."""
    mailing = mailing_in_reach(mailing_id)
    asked = request.args.get("reason", "")
    reason = WithheldReason(asked) if asked in set(WithheldReason) else None
    page = pagination.parse(request.args.get("page"))
    found = judged(db.session(), audience_of(mailing), mailing.list_id, now())
    return render_template(
        "mailings/withheld.html",
        mailing=mailing,
        steps=steps_of(mailing, Step.DETAILS) if mailing.is_editable else [],
        step=Step.DETAILS,
        page=pagination.cut(_people(found, reason, page), page),
        counts=_counts(found),
        reason=reason,
        reasons=REASONS,
    )


def _counts(found: Judged) -> dict[WithheldReason, int]:
    facts = select(found.reason.label("reason")).where(*found.conditions).subquery()
    rows = db.session.execute(
        select(facts.c.reason, func.count())
        .where(facts.c.reason.is_not(None))
        .group_by(facts.c.reason)
        .order_by(func.count().desc(), facts.c.reason)
    )
    return {WithheldReason(reason): number for reason, number in rows}


def _people(
    found: Judged, reason: WithheldReason | None, page: pagination.PageRequest
) -> Sequence[Row[*tuple[Any, ...]]]:
    facts = (
        select(
            Stakeholder.id,
            Stakeholder.name,
            Stakeholder.email,
            Stakeholder.sort_name,
            found.reason.label("reason"),
        )
        .where(*found.conditions)
        .subquery()
    )
    wanted = facts.c.reason.is_not(None) if reason is None else facts.c.reason == reason.value
    return db.session.execute(
        select(facts.c.id, facts.c.name, facts.c.email, facts.c.reason)
        .where(wanted)
        .order_by(facts.c.sort_name, facts.c.id)
        .offset(page.offset)
        .limit(page.limit + 1)
    ).all()
