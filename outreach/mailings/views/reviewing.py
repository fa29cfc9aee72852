"""Review: asking for it, approving, sending back with a comment."""

from collections.abc import Callable

from flask import flash, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from outreach.core.clock import now
from outreach.core.db import transaction
from outreach.core.errors import Refusal
from outreach.mailings import reviewing
from outreach.mailings.models import Mailing
from outreach.mailings.sending_forms import ActForm
from outreach.mailings.views.blueprint import ID, actor, blueprint, mailing_in_reach
from outreach.web.access import requires
from outreach.web.forms import tidy


@blueprint.post(f"/<{ID}:mailing_id>/review")
@requires("mailings.edit")
def ask_for_review(mailing_id: int) -> Response:
    """Give it to a second person."""

    def asked(session: Session, found: Mailing) -> None:
        reviewing.ask_for_review(session, found, _comment(), actor=actor(), now=now())

    return _done(mailing_id, asked, "It is in review. Send this page's address to a colleague.")


@blueprint.post(f"/<{ID}:mailing_id>/review/approve")
@requires("mailings.send")
def approve_review(mailing_id: int) -> Response:
    """Approve all of it."""
    version = ActForm().lock_version.data or 0

    def approved(session: Session, found: Mailing) -> None:
        reviewing.approve_all(session, found, lock_version=version, actor=actor(), now=now())

    return _done(mailing_id, approved, "Approved as it stands. It can be scheduled now.")


@blueprint.post(f"/<{ID}:mailing_id>/review/back")
@requires("mailings.send")
def send_back(mailing_id: int) -> Response:
    """Send it back with what is to be changed."""

    def sent_back(session: Session, found: Mailing) -> None:
        reviewing.send_back(session, found, _comment(), actor=actor(), now=now())

    return _done(mailing_id, sent_back, "It is a draft again, with your comment.")


def _done(mailing_id: int, act: Callable[[Session, Mailing], None], said: str) -> Response:
    found = mailing_in_reach(mailing_id)
    try:
        with transaction() as session:
            act(session, found)
    except Refusal as refusal:
        flash(str(refusal), "warning")
    else:
        flash(said, "success")
    return redirect(url_for(".mailing", mailing_id=mailing_id))


def _comment() -> str:
    return str(tidy(request.form.get("comment", "")))
