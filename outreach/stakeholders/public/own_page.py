"""One's own page: see, correct, take along; get more letters or fewer; ask to be erased.

Only who used a fresh link of the mailbox has its address, for half an hour. Unlike the page behind
a letter's link it shows and adds data.
"""

from flask import make_response, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.errors import NotFound
from outreach.core.state import state
from outreach.projects.queries import lists_in_use
from outreach.stakeholders.eligibility import (
    is_invited,
    is_suppressed,
    measures_individually,
    withheld_reason,
)
from outreach.stakeholders.models import (
    Stakeholder,
    Topic,
    WithheldReason,
)
from outreach.stakeholders.own_data import correct, data_of, roles_of
from outreach.stakeholders.own_export import as_csv, as_json, own_record
from outreach.stakeholders.pausing import PAUSES
from outreach.stakeholders.profile import merged_into, timeline_of
from outreach.stakeholders.public.blueprint import blueprint, day, page
from outreach.stakeholders.public.forms import TOPICS_SHOWN
from outreach.stakeholders.public.own import LinkOver
from outreach.stakeholders.public.own_forms import NewAddressForm, OwnForm
from outreach.stakeholders.public.paces import MOST, TRIES, may_cause_letter
from outreach.stakeholders.public.subscribing import desk
from outreach.stakeholders.readdressing import ask_to_readdress
from outreach.stakeholders.rights import Passes, ask_to_erase
from outreach.stakeholders.roles import all_roles
from outreach.web.access import public
from outreach.web.headers import without_trace
from outreach.web.i18n import page_language
from outreach.web.limits import limiter

GETS = frozenset({None, WithheldReason.PAUSED, WithheldReason.SUPPRESSED})
"""Standings under which the list itself has not been left."""


@blueprint.get("/preferences/own/<key>")
@public
def own_page(key: str) -> Response:
    """Show what is held."""
    person = holder_of(db.session(), key)
    form = _form()
    form.fill(data_of(person), roles_of(person, now()), person.other_role or "")
    return _show(key, person, form)


@blueprint.post("/preferences/own/<key>")
@public
def correct_own(key: str) -> Response:
    """Keep what a person says of themselves."""
    form = _form()
    if not form.validate():
        return _show(key, holder_of(db.session(), key), form, status=422)
    with transaction() as session:
        person = holder_of(session, key)
        correct(
            session,
            person.id,
            form.told(data_of(person)),
            roles=form.role_slugs,
            other_role=form.other_role.data or "",
            now=now(),
            ring=state().ring,
        )
    return back_to(key)


@blueprint.post("/preferences/own/<key>/address")
@public
@limiter.limit(TRIES)
def move_own(key: str) -> Response:
    """Mail the link that confirms a new address; before that nothing is changed."""
    where = _address_form()
    where.own = holder_of(db.session(), key).email or ""
    if not where.validate():
        person, form = holder_of(db.session(), key), _form()
        form.fill(data_of(person), roles_of(person, now()), person.other_role or "")
        return _show(key, person, form, where=where, status=422)
    if not may_cause_letter("new-address", MOST):
        return page("busy", 429)
    with transaction() as session:
        address = ask_to_readdress(
            session,
            holder_of(session, key),
            where.email.data or "",
            language=page_language(),
            desk=desk(),
            now=now(),
        )
    return page("address_mailed", 200, {"address": address})


@blueprint.post("/preferences/own/<key>/erase")
@public
def erase_own(key: str) -> Response:
    """Mail the link that erases; nothing is erased before its button is pressed."""
    with transaction() as session:
        person = holder_of(session, key)
        ask_to_erase(session, person, language=page_language(), desk=desk(), now=now())
        address = person.email
    return page("erase_mailed", 200, {"address": address})


@blueprint.get("/preferences/own/<key>/data.<any(json,csv):form>")
@public
def own_file(key: str, form: str) -> Response:
    """Give all of it as a file."""
    session = db.session()
    record = own_record(session, holder_of(session, key), state().contributions.timeline)
    answer = make_response(as_json(record) if form == "json" else as_csv(record))
    answer.content_type = "application/json" if form == "json" else "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = f'attachment; filename="my-data.{form}"'
    return without_trace(answer)


def holder_of(session: Session, key: str) -> Stakeholder:
    """Return whose page it is; raises LinkOver when it is not open (any more)."""
    try:
        return Passes(state().ring).holder(session, key, now=now())
    except NotFound as error:
        raise LinkOver from error


def back_to(key: str) -> Response:
    """Show the page again, with a word that it is kept."""
    return redirect(url_for("own.own_page", key=key, lang=page_language(), kept=1), 303)


def _form() -> OwnForm:
    session, form = db.session(), OwnForm()
    topics = session.scalars(select(Topic).order_by(Topic.slug).limit(TOPICS_SHOWN)).all()
    form.speak_all(page_language(), topics, all_roles(session))
    return form


def _address_form() -> NewAddressForm:
    form = NewAddressForm()
    form.speak(page_language())
    return form


def _show(
    key: str,
    person: Stakeholder,
    form: OwnForm,
    *,
    where: NewAddressForm | None = None,
    status: int = 200,
) -> Response:
    session, moment = db.session(), now()
    is_paused = person.paused_until is not None and person.paused_until > moment
    return page(
        "data",
        status,
        {
            "key": key,
            "person": person,
            "form": form,
            "where": where or _address_form(),
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
            "others": [other.email for other in merged_into(session, person.id)],
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
        reason, is_followed, invited = session.execute(
            select(
                withheld_reason(found.id, now()),
                measures_individually(found.id),
                is_invited(found.id),
            ).where(Stakeholder.id == person.id)
        ).one()
        left = reason is not None and WithheldReason(reason) not in GETS
        standings.append(
            {
                "id": found.id,
                "name": found.name.pick(language),
                "gets": not left,
                "is_followed": bool(is_followed),
                "is_invited": bool(invited),
            }
        )
    return standings
