"""`/preferences/<token>` from a letter: whoever holds it can only get less, never more.

Letters are forwarded. So the page shows a masked address and nothing the letter does not say; the
token in its address, which nobody else knows, stands in the place of a form's token.
"""

from collections.abc import Callable, Mapping

from flask import request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.errors import Conflict
from outreach.core.signing import TokenKind
from outreach.core.state import state
from outreach.stakeholders.consents import (
    THE_PERSON,
    Leaving,
    withdraw_invitations,
    withdraw_measurement,
)
from outreach.stakeholders.frequency import choose_frequency
from outreach.stakeholders.letters import CAME_BACK, Bearer
from outreach.stakeholders.pausing import PAUSES, pause
from outreach.stakeholders.people import living
from outreach.stakeholders.public.blueprint import bearer, blueprint, day, page
from outreach.stakeholders.public.leaving import said_of
from outreach.stakeholders.public.subscribing import desk
from outreach.stakeholders.receipts import Receipts, leave_by_letter
from outreach.stakeholders.rights import send_own_link
from outreach.stakeholders.wishes import HERSELF
from outreach.web.access import public
from outreach.web.i18n import page_language

Done = tuple[str, dict[str, object]]
"""The page that confirms a step, and what it says."""


@blueprint.get("/preferences/<token>")
@public
def preferences(token: str) -> Response:
    """Show what can be lessened."""
    return _choices(bearer(db.session(), token, TokenKind.PREFERENCES), token)


@blueprint.post("/preferences/<token>")
@public
def prefer(token: str) -> Response:
    """Do one of the things the page offers, and say so with a way back."""
    step = _STEPS.get(request.form.get("do", ""))
    if step is None:
        return _choices(bearer(db.session(), token, TokenKind.PREFERENCES), token, status=400)
    try:
        with transaction() as session:
            whose = bearer(session, token, TokenKind.PREFERENCES)
            template, said = step(session, whose)
    except Conflict:
        return page("late", 409, {"preferences": token})
    return _answer(template, whose, token, said)


def _choices(whose: Bearer, token: str, *, status: int = 200) -> Response:
    return _answer("preferences", whose, token, {"pauses": PAUSES}, status=status)


def _answer(
    template: str, whose: Bearer, token: str, said: Mapping[str, object], *, status: int = 200
) -> Response:
    name = whose.list_name.pick(page_language())
    values = {"bearer": whose, "list_name": name, "preferences": token, **said}
    return page(template, status, values)


def _leave(session: Session, whose: Bearer) -> Done:
    return _left(leave_by_letter(session, whose, every_list=False, now=now()), is_all=False)


def _leave_all(session: Session, whose: Bearer) -> Done:
    return _left(leave_by_letter(session, whose, every_list=True, now=now()), is_all=True)


def _left(left: Leaving, *, is_all: bool) -> Done:
    return "left", said_of(left, is_all=is_all)


def _pause(session: Session, whose: Bearer) -> Done:
    moment = now()
    months = request.form.get("months", PAUSES[0], type=int)
    chosen = months if months in PAUSES else PAUSES[0]
    until = pause(session, whose.stakeholder_id, months=chosen, now=moment)
    receipt = Receipts(state().ring).of_wish(session, whose.stakeholder_id, now=moment)
    return "paused", {"until": day(until), "receipt": receipt}


def _have_fewer(session: Session, whose: Bearer) -> Done:
    moment, person = now(), whose.stakeholder_id
    choose_frequency(session, person, at_most_monthly=True, now=moment, actor=HERSELF)
    return "fewer", {"receipt": Receipts(state().ring).of_wish(session, person, now=moment)}


def _end_measurement(session: Session, whose: Bearer) -> Done:
    withdraw_measurement(
        session,
        whose.stakeholder_id,
        whose.list_id,
        now=now(),
        actor=THE_PERSON,
        mailing_id=whose.mailing_id,
    )
    return "unmeasured", {}


def _end_invitations(session: Session, whose: Bearer) -> Done:
    withdraw_invitations(
        session,
        whose.stakeholder_id,
        whose.list_id,
        now=now(),
        actor=THE_PERSON,
        mailing_id=whose.mailing_id,
    )
    return "uninvited", {}


def _send_link(session: Session, whose: Bearer) -> Done:
    email = living(session, whose.stakeholder_id).email or ""
    send_own_link(session, email, language=page_language(), desk=desk(), now=now())
    return "own_sent", {}


def _take_back(session: Session, whose: Bearer) -> Done:
    receipt = request.form.get("receipt", "")
    receipts, person = Receipts(state().ring), whose.stakeholder_id
    if receipts.take_back(session, receipt, person, now=now()):
        request.environ[CAME_BACK] = True
    return "back", {}


_STEPS: Mapping[str, Callable[[Session, Bearer], Done]] = {
    "leave": _leave,
    "leave-all": _leave_all,
    "pause": _pause,
    "fewer": _have_fewer,
    "end-measurement": _end_measurement,
    "end-invitations": _end_invitations,
    "take-back": _take_back,
    "send-link": _send_link,
}
