"""How far a mailing has come, and who got it."""

from flask import Blueprint, flash, redirect, render_template, request
from sqlalchemy import select
from werkzeug.wrappers import Response

from outreach.accounts.guard import may, scope, signed_in_user
from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.errors import NotFound
from outreach.delivery.again import missed, send_again
from outreach.delivery.domains import by_domain
from outreach.delivery.holds import holds_of, try_again
from outreach.delivery.models import DeliveryState
from outreach.delivery.queries import deliveries, progress
from outreach.delivery.remaining import remaining
from outreach.delivery.replies import last_replies
from outreach.mailings.log import Act, note
from outreach.mailings.models import Mailing, MailingResult
from outreach.mailings.words import REASONS
from outreach.results.models import Result
from outreach.web import pagination
from outreach.web.access import requires

DOUBTED = "doubted"
"""In the address: letters that may have arrived twice, whatever became of them."""
blueprint = Blueprint("delivery", __name__, url_prefix="/staff/mailings")
STATE_LABELS = {
    DeliveryState.QUEUED: "Waiting",
    DeliveryState.ACCEPTED: "Sent",
    DeliveryState.DEFERRED: "Tried again later",
    DeliveryState.REFUSED: "Refused",
    DeliveryState.IN_DOUBT: "In doubt",
    DeliveryState.BOUNCED: "Bounced",
    DeliveryState.WITHHELD: "Withheld",
    DeliveryState.CANCELLED: "Cancelled",
}


@blueprint.get("/<int:mailing_id>/progress")
@requires("mailings.see")
def progress_of(mailing_id: int) -> str:
    """Show the numbers of a mailing being sent: as a page, or as the part of one.

    `?seen=scheduled` asks for the part, every two seconds, and is the state that the page around it
    shows: once it is another, the page's heading and buttons are out of date, and it says so.
    """
    mailing = _mailing(mailing_id)
    is_part = "seen" in request.args
    moment = now()
    sending = progress(db.session(), mailing_id, now=moment)
    left = remaining(db.session(), mailing_id, sending, now=moment) if sending else None
    return render_template(
        "delivery/progress.html" if is_part else "delivery/progress_page.html",
        mailing=mailing,
        progress=sending,
        left=left,
        replies=last_replies(db.session(), mailing_id),
        holds=holds_of(db.session(), mailing_id, now=moment),
        may_send=may("mailings.send"),
        labels=STATE_LABELS,
        is_outdated=request.args.get("seen", mailing.state.value) != mailing.state.value,
    )


@blueprint.get("/<int:mailing_id>/domains")
@requires("mailings.see")
def domains(mailing_id: int) -> str:
    """Show how far a mailing has come at each domain; names nobody."""
    mailing = _mailing(mailing_id)
    rows = by_domain(db.session(), mailing_id)
    return render_template("delivery/domains.html", mailing=mailing, rows=rows)


@blueprint.post("/<int:mailing_id>/held/<domain>")
@requires("mailings.send")
def try_held_domain(mailing_id: int, domain: str) -> Response:
    """Offer what is held back for a domain once more, at once."""
    mailing = _mailing(mailing_id)
    actor = signed_in_user().shown_name
    with transaction() as session:
        try_again(session, domain, now=now())
        detail = f"letters to {domain} are tried again at once"
        note(session, mailing, Act.RESUMED, actor=actor, now=now(), detail=detail)
    flash(f"Letters to {domain} are tried again now.", "success")
    return redirect(f"/staff/mailings/{mailing_id}")


@blueprint.get("/<int:mailing_id>/again")
@requires("mailings.send")
def ask_to_send_again(mailing_id: int) -> str:
    """Say whom it would reach before it is sent again to those who did not get it."""
    mailing = _mailing(mailing_id)
    return render_template(
        "delivery/again.html", mailing=mailing, missed=missed(db.session(), mailing_id)
    )


@blueprint.post("/<int:mailing_id>/again")
@requires("mailings.send")
def send_again_now(mailing_id: int) -> Response:
    """Send it again to those who did not get it."""
    mailing = _mailing(mailing_id)
    with_doubted = "with_doubted" in request.form
    actor = signed_in_user().shown_name
    with transaction() as session:
        count = send_again(session, mailing, with_doubted=with_doubted, actor=actor, now=now())
    people = "1 person" if count == 1 else f"{count} people"
    flash(f"It goes out again to {people}.", "success")
    return redirect(f"/staff/mailings/{mailing_id}")


@blueprint.get("/<int:mailing_id>/recipients")
@requires("stakeholders.see")
def recipients(mailing_id: int) -> str:
    """List who got the mailing, in one state or all."""
    mailing = _mailing(mailing_id)
    chosen = request.args.get("state", "")
    state = DeliveryState(chosen) if chosen in set(DeliveryState) else None
    only_doubted = chosen == DOUBTED
    asked = pagination.parse(request.args.get("page"))
    rows = deliveries(
        db.session(),
        mailing_id,
        state,
        only_doubted=only_doubted,
        offset=asked.offset,
        limit=asked.limit + 1,
    )
    return render_template(
        "delivery/recipients.html",
        mailing=mailing,
        progress=progress(db.session(), mailing_id, now=now()),
        page=pagination.cut(rows, asked),
        state=state,
        only_doubted=only_doubted,
        labels=STATE_LABELS,
        reasons=REASONS,
    )


def _mailing(mailing_id: int) -> Mailing:
    """Load a mailing within the user's reach; a foreign one looks like a missing one."""
    mailing = db.session.get(Mailing, mailing_id)
    if mailing is None or not (scope().is_everywhere or _is_within_reach(mailing)):
        raise NotFound
    return mailing


def _is_within_reach(mailing: Mailing) -> bool:
    announced = db.session.scalars(
        select(Result.project_id)
        .join(MailingResult, MailingResult.result_id == Result.id)
        .where(MailingResult.mailing_id == mailing.id)
    )
    owners = [mailing.mailing_list.project_id, *announced]
    return any(owner is not None and scope().covers(owner) for owner in owners)
