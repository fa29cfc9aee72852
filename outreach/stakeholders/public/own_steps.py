"""What one does about letters on one's own page, each by its button."""

from collections.abc import Callable, Mapping

from flask import request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from outreach.core.clock import now
from outreach.core.db import transaction
from outreach.projects.queries import lists_in_use
from outreach.stakeholders.consents import (
    THE_PERSON,
    confirm_sign_up,
    leave_list,
    record_consent,
    withdraw_invitations,
    withdraw_measurement,
)
from outreach.stakeholders.frequency import choose_frequency
from outreach.stakeholders.models import Basis, ConsentState, Purpose, Stakeholder
from outreach.stakeholders.pausing import PAUSES, end_pause, pause
from outreach.stakeholders.public.blueprint import blueprint
from outreach.stakeholders.public.own_page import back_to, holder_of
from outreach.stakeholders.wishes import HERSELF
from outreach.stakeholders.wordings import WORDING
from outreach.web.access import public
from outreach.web.i18n import page_language

SOURCE = "Own page"
STEPS = "join,leave,follow,unfollow,invite,uninvite,pause,resume,fewer,every"


@blueprint.post(f"/preferences/own/<key>/<any({STEPS}):step>")
@public
def step_own(key: str, step: str) -> Response:
    """Do one thing about letters."""
    list_id = request.form.get("list", 0, type=int)
    with transaction() as session:
        person = holder_of(session, key)
        if step in _PERSON_STEPS:
            _PERSON_STEPS[step](session, person)
        elif list_id in {found.id for found in lists_in_use(session)}:
            _LIST_STEPS[step](session, person, list_id)
    return back_to(key)


def _join(session: Session, person: Stakeholder, list_id: int) -> None:
    confirm_sign_up(
        session,
        person.id,
        list_id,
        source=SOURCE,
        now=now(),
        wording_version=WORDING,
        wording_language=page_language(),
    )


def _leave(session: Session, person: Stakeholder, list_id: int) -> None:
    leave_list(session, person.id, list_id, now=now(), actor=THE_PERSON)


def _agree(session: Session, person: Stakeholder, list_id: int, purpose: Purpose) -> None:
    record_consent(
        session,
        person.id,
        list_id,
        purpose,
        ConsentState.ACTIVE,
        basis=Basis.CONSENT,
        source=SOURCE,
        actor=THE_PERSON,
        now=now(),
        wording_version=WORDING,
        wording_language=page_language(),
    )


def _follow(session: Session, person: Stakeholder, list_id: int) -> None:
    _agree(session, person, list_id, Purpose.MEASUREMENT)


def _invite(session: Session, person: Stakeholder, list_id: int) -> None:
    _agree(session, person, list_id, Purpose.EVENT_INVITATION)


def _unfollow(session: Session, person: Stakeholder, list_id: int) -> None:
    withdraw_measurement(session, person.id, list_id, now=now(), actor=THE_PERSON)


def _uninvite(session: Session, person: Stakeholder, list_id: int) -> None:
    withdraw_invitations(session, person.id, list_id, now=now(), actor=THE_PERSON)


def _pause(session: Session, person: Stakeholder) -> None:
    months = request.form.get("months", PAUSES[0], type=int)
    pause(session, person.id, months=months if months in PAUSES else PAUSES[0], now=now())


def _resume(session: Session, person: Stakeholder) -> None:
    end_pause(session, person.id, now=now())


def _fewer(session: Session, person: Stakeholder) -> None:
    choose_frequency(session, person.id, at_most_monthly=True, now=now(), actor=HERSELF)


def _every(session: Session, person: Stakeholder) -> None:
    choose_frequency(session, person.id, at_most_monthly=False, now=now(), actor=HERSELF)


_LIST_STEPS: Mapping[str, Callable[[Session, Stakeholder, int], None]] = {
    "join": _join,
    "leave": _leave,
    "follow": _follow,
    "unfollow": _unfollow,
    "invite": _invite,
    "uninvite": _uninvite,
}
_PERSON_STEPS: Mapping[str, Callable[[Session, Stakeholder], None]] = {
    "pause": _pause,
    "resume": _resume,
    "fewer": _fewer,
    "every": _every,
}
