"""Signing up by double opt-in: ask, confirm by the letter's page, say more if one likes.

Known and unknown addresses are treated alike (S5), and nobody can be bombed with it (S6): one
letter per address and day, and nothing else happens before its page is confirmed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from outreach.core.errors import NotFound
from outreach.core.signing import Redeemed, mark_of
from outreach.core.text import LocalText
from outreach.mail.writing import write
from outreach.projects.models import List
from outreach.stakeholders.addresses import normalise
from outreach.stakeholders.consents import LIFTED_BY_THE_PERSON, confirm_sign_up, record_consent
from outreach.stakeholders.ledger import THE_PERSON
from outreach.stakeholders.models import (
    Basis,
    ConsentState,
    Purpose,
    SignUp,
    SignUpLink,
    Stakeholder,
    Suppression,
)
from outreach.stakeholders.pausing import end_pause
from outreach.stakeholders.people import PersonData, change_roles, enrol, living
from outreach.stakeholders.phrases import PHRASES
from outreach.stakeholders.sender import Desk, post_letter
from outreach.stakeholders.texts import one_line
from outreach.stakeholders.turns import one_at_a_time
from outreach.stakeholders.wordings import WORDING
from outreach.web.phrasebook import day_in

KIND = "sign_up"
DAYS = 7
DAY = timedelta(days=1)
MORE_WITHIN = timedelta(hours=1)
"""How long after confirming more can be said; later the letter may have been forwarded."""


@dataclass(frozen=True)
class Wish:
    """What the form says, checked."""

    email: str
    list_ids: tuple[int, ...]
    roles: tuple[str, ...]
    other_role: str
    language: str
    source: str
    link_id: int | None = None


def ask_for_letters(session: Session, wish: Wish, *, desk: Desk, now: datetime) -> SignUp:
    """Keep a wish and post the letter that asks to confirm it.

    No letter goes out when one went to the address within a day, or when it is on the do-not-mail
    list for a reason that only staff can lift. Raises BadAddress.
    """
    email = normalise(wish.email)
    fingerprint = desk.ring.fingerprint(email)
    one_at_a_time(session, fingerprint)
    asked = SignUp(
        email=email,
        fingerprint=fingerprint,
        list_ids=list(wish.list_ids),
        roles=list(wish.roles),
        other_role=one_line(wish.other_role, 100),
        language=wish.language,
        wording_version=WORDING,
        source=one_line(wish.source, 400),
        link_id=wish.link_id,
        requested_at=now,
        expires_at=now + DAYS * DAY,
    )
    # Both are asked always, so that the answer takes as long for every address (S5).
    reasons = (_was_mailed(session, fingerprint, now), is_barred(session, fingerprint))
    may_mail = not any(reasons)
    session.add(asked)
    if link := session.get(SignUpLink, wish.link_id) if wish.link_id else None:
        link.asked += 1
    session.flush()  # the letter's link names the row
    asked.mailed_at = now if may_mail else None
    _post(session, asked, desk, now)
    return asked


def _was_mailed(session: Session, fingerprint: str, now: datetime) -> bool:
    recent = select(SignUp.id).where(
        SignUp.fingerprint == fingerprint, SignUp.mailed_at > now - DAY
    )
    return session.scalar(recent.limit(1)) is not None


def is_barred(session: Session, fingerprint: str) -> bool:
    """Say whether an address is on the do-not-mail list for a reason that only staff can lift."""
    line = select(Suppression.id).where(
        Suppression.fingerprint == fingerprint,
        Suppression.released_at.is_(None),
        Suppression.reason.not_in(LIFTED_BY_THE_PERSON),
    )
    return session.scalar(line.limit(1)) is not None


def _post(session: Session, asked: SignUp, desk: Desk, now: datetime) -> None:
    lists = lists_of(session, asked)
    phrase = PHRASES.speaker(asked.language)
    written = write(
        "sign_up",
        language=asked.language,
        phrase=phrase,
        list_name=named(lists, asked.language),
        address=f"{desk.base_url}/subscribe/confirm/{desk.signer.sign_up(asked.id, now)}"
        f"?lang={asked.language}",
        until=day_in(asked.language, asked.expires_at),
        controller=lists[0].controller if lists else "",
    )
    post_letter(
        session,
        written,
        kind=KIND,
        email=asked.email,
        its_list=lists[0] if lists else None,
        reference=("sign_up", asked.id),
        now=now,
        is_meant=asked.mailed_at is not None,
    )


def lists_of(session: Session, asked: SignUp) -> list[List]:
    """Return the lists somebody asked for."""
    found = session.scalars(select(List).where(List.id.in_(asked.list_ids)).order_by(List.id))
    return list(found)


def named(lists: list[List], language: str) -> str:
    """Return the names of lists as one text."""
    names: list[LocalText] = [found.name for found in lists]
    return ", ".join(name.pick(language) for name in names)


def pending(session: Session, token: Redeemed | None, *, now: datetime) -> SignUp:
    """Return the sign-up of a token that is not over; raises NotFound for any other, also for one
    that has got the number of a sign-up that is gone.
    """
    asked = session.get(SignUp, token.number) if token else None
    if asked is None or token is None or token.nonce != mark_of(asked.requested_at):
        raise NotFound("This link has run out.")
    if asked.expires_at <= now:
        raise NotFound("This link has run out.")
    return asked


def confirm(session: Session, asked: SignUp, *, desk: Desk, now: datetime) -> None:
    """Put the person on the lists they asked for; a second time changes nothing.

    Roles are added to those we know of, since another may have typed them; the person corrects
    them on the next page. A pause ends: nobody asks for letters and wants none.
    """
    one_at_a_time(session, asked.fingerprint)
    session.refresh(asked)  # whoever was faster may have confirmed it while we waited
    if asked.confirmed_at is not None:
        return
    person = _person(session, asked, desk, now)
    asked.confirmed_at, asked.stakeholder_id = now, person.id
    end_pause(session, person.id, now=now)
    person.other_role = asked.other_role or person.other_role
    for its_list in lists_of(session, asked):
        _agree(session, person.id, its_list.id, asked, now)
    if asked.link_id and (link := session.get(SignUpLink, asked.link_id)):
        link.confirmed += 1
        if link.topic and link.topic not in person.topics:
            person.topics.append(link.topic)


def _person(session: Session, asked: SignUp, desk: Desk, now: datetime) -> Stakeholder:
    known = session.scalar(select(Stakeholder.id).where(Stakeholder.email == asked.email))
    if known is None:
        data = PersonData(email=asked.email, language=asked.language, source=asked.source)
        return enrol(session, data, roles=asked.roles, now=now, ring=desk.ring)
    person = living(session, known)
    held = {one.role.slug for one in person.roles_at(now)}
    return change_roles(session, person.id, held | set(asked.roles), now=now)


def _agree(session: Session, person_id: int, list_id: int, asked: SignUp, now: datetime) -> None:
    record_consent(
        session,
        person_id,
        list_id,
        Purpose.NEWSLETTER,
        ConsentState.PENDING,
        basis=Basis.CONSENT,
        source=asked.source,
        actor=THE_PERSON,
        now=asked.requested_at,
        wording_version=asked.wording_version,
        wording_language=asked.language,
    )
    confirm_sign_up(
        session,
        person_id,
        list_id,
        source=asked.source,
        now=now,
        wording_version=asked.wording_version,
        wording_language=asked.language,
    )


def agree_too(
    session: Session, asked: SignUp, purpose: Purpose, *, language: str, now: datetime
) -> None:
    """Record what a person agrees to besides letters, for the lists they asked for."""
    if asked.stakeholder_id is None:
        return
    for list_id in asked.list_ids:
        record_consent(
            session,
            asked.stakeholder_id,
            list_id,
            purpose,
            ConsentState.ACTIVE,
            basis=Basis.CONSENT,
            source=asked.source,
            actor=THE_PERSON,
            now=now,
            wording_version=WORDING,
            wording_language=language,
        )


def may_say_more(asked: SignUp, now: datetime) -> bool:
    """Say whether the page after confirming still takes more."""
    return asked.confirmed_at is not None and now < asked.confirmed_at + MORE_WITHIN


def forget_expired(session: Session, *, now: datetime) -> int:
    """Delete sign-ups that are over, confirmed or not; returns how many."""
    gone = session.execute(
        delete(SignUp)
        .where(or_(SignUp.expires_at <= now, SignUp.confirmed_at < now - DAYS * DAY))
        .returning(SignUp.id)
    )
    return len(gone.all())
