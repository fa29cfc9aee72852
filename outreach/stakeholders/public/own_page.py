"""One's own page: see, correct, take along; get more letters or fewer; ask to be erased.

Only who used a fresh link of the mailbox has its address, for half an hour. Unlike the page behind
a letter's link it shows and adds data.
"""

from collections.abc import Callable, Mapping

from flask import make_response, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.errors import NotFound
from outreach.core.state import state
from outreach.projects.queries import lists_in_use
from outreach.stakeholders.consents import (
    THE_PERSON,
    confirm_sign_up,
    leave_list,
    record_consent,
    withdraw_invitations,
    withdraw_measurement,
)
from outreach.stakeholders.eligibility import (
    is_suppressed,
    measures_individually,
    withheld_reason,
)
from outreach.stakeholders.frequency import choose_frequency
from outreach.stakeholders.models import (
    Basis,
    Consent,
    ConsentState,
    Purpose,
    Stakeholder,
    Topic,
    WithheldReason,
)
from outreach.stakeholders.own_data import correct, data_of, roles_of
from outreach.stakeholders.own_export import as_csv, as_json, own_record
from outreach.stakeholders.pausing import PAUSES, end_pause, pause
from outreach.stakeholders.profile import timeline_of
from outreach.stakeholders.public.blueprint import blueprint, day, page
from outreach.stakeholders.public.forms import TOPICS_SHOWN, OwnForm
from outreach.stakeholders.public.own import LinkOver
from outreach.stakeholders.public.subscribing import desk
from outreach.stakeholders.rights import Passes, ask_to_erase
from outreach.stakeholders.roles import all_roles
from outreach.stakeholders.wishes import HERSELF
from outreach.stakeholders.wordings import WORDING
from outreach.web.access import public
from outreach.web.headers import without_trace
from outreach.web.i18n import page_language

SOURCE = "Own page"
STEPS = "join,leave,follow,unfollow,invite,uninvite,pause,resume,fewer,every"
GETS = frozenset({None, WithheldReason.PAUSED, WithheldReason.SUPPRESSED})
"""Standings under which the list itself has not been left."""


@blueprint.get("/preferences/own/<key>")
@public
def own_page(key: str) -> Response:
    """Show what is held."""
    person = _holder(db.session(), key)
    form = _form()
    form.fill(data_of(person), roles_of(person))
    return _show(key, person, form)


@blueprint.post("/preferences/own/<key>")
@public
def correct_own(key: str) -> Response:
    """Keep what a person says of themselves."""
    form = _form()
    if not form.validate():
        return _show(key, _holder(db.session(), key), form, status=422)
    with transaction() as session:
        person = _holder(session, key)
        correct(
            session,
            person.id,
            form.told(data_of(person)),
            roles=form.role_slugs,
            now=now(),
            ring=state().ring,
        )
    return _back(key)


@blueprint.post(f"/preferences/own/<key>/<any({STEPS}):step>")
@public
def step_own(key: str, step: str) -> Response:
    """Do one thing about letters."""
    list_id = request.form.get("list", 0, type=int)
    with transaction() as session:
        person = _holder(session, key)
        if step in _PERSON_STEPS:
            _PERSON_STEPS[step](session, person)
        elif list_id in {found.id for found in lists_in_use(session)}:
            _LIST_STEPS[step](session, person, list_id)
    return _back(key)


@blueprint.post("/preferences/own/<key>/erase")
@public
def erase_own(key: str) -> Response:
    """Mail the link that erases; nothing is erased before its button is pressed."""
    with transaction() as session:
        person = _holder(session, key)
        ask_to_erase(session, person, language=page_language(), desk=desk(), now=now())
        address = person.email
    return page("erase_mailed", 200, {"address": address})


@blueprint.get("/preferences/own/<key>/data.<any(json,csv):form>")
@public
def own_file(key: str, form: str) -> Response:
    """Give all of it as a file."""
    session = db.session()
    record = own_record(session, _holder(session, key), state().contributions.timeline)
    answer = make_response(as_json(record) if form == "json" else as_csv(record))
    answer.content_type = "application/json" if form == "json" else "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = f'attachment; filename="my-data.{form}"'
    return without_trace(answer)


def _holder(session: Session, key: str) -> Stakeholder:
    try:
        return Passes(state().ring).holder(session, key, now=now())
    except NotFound as error:
        raise LinkOver from error


def _back(key: str) -> Response:
    return redirect(url_for("own.own_page", key=key, lang=page_language(), kept=1), 303)


def _form() -> OwnForm:
    session, form = db.session(), OwnForm()
    topics = session.scalars(select(Topic).order_by(Topic.slug).limit(TOPICS_SHOWN)).all()
    form.speak_all(page_language(), topics, all_roles(session))
    return form


def _show(key: str, person: Stakeholder, form: OwnForm, *, status: int = 200) -> Response:
    session, moment = db.session(), now()
    is_paused = person.paused_until is not None and person.paused_until > moment
    return page(
        "data",
        status,
        {
            "key": key,
            "person": person,
            "form": form,
            "standings": _standings(session, person),
            "is_blocked": session.scalar(
                select(is_suppressed()).where(Stakeholder.id == person.id)
            ),
            "paused": day(person.paused_until) if person.paused_until and is_paused else "",
            "since": day(person.created_at),
            "history": [
                event
                for event in timeline_of(session, person.id, state().contributions.timeline)
                if not event.is_internal
            ],
            "day": day,
            "pauses": PAUSES,
            "is_kept": request.args.get("kept") == "1",
        },
    )


def _standings(session: Session, person: Stakeholder) -> list[dict[str, object]]:
    """Return each list with whether its letters come, and whether they may be followed."""
    language = page_language()
    standings = []
    for found in lists_in_use(session):
        reason, is_followed = session.execute(
            select(withheld_reason(found.id, now()), measures_individually(found.id)).where(
                Stakeholder.id == person.id
            )
        ).one()
        left = reason is not None and WithheldReason(reason) not in GETS
        standings.append(
            {
                "id": found.id,
                "name": found.name.pick(language),
                "gets": not left,
                "is_followed": bool(is_followed),
                "is_invited": _is_invited(session, person.id, found.id),
            }
        )
    return standings


def _is_invited(session: Session, person_id: int, list_id: int) -> bool:
    consent = session.get(Consent, (person_id, list_id, Purpose.EVENT_INVITATION))
    return consent is not None and consent.state is ConsentState.ACTIVE


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
