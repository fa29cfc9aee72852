"""A person changes their own address: asked on their own page, confirmed from the new mailbox.

Whoever asks learns nothing about the new address, known or not (S5). Two people are never made one
by it: where the address is somebody's already, staff are asked. The old address is told.
"""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach.mail.writing import write
from outreach.projects.models import List
from outreach.stakeholders.addresses import masked, normalise
from outreach.stakeholders.ledger import THE_PERSON
from outreach.stakeholders.models import (
    Consent,
    ConsentState,
    OwnLink,
    OwnLinkKind,
    Purpose,
    RequestKind,
    RightsRequest,
    Stakeholder,
    SuppressionReason,
)
from outreach.stakeholders.own_data import data_of, roles_of
from outreach.stakeholders.people import amend
from outreach.stakeholders.phrases import PHRASES
from outreach.stakeholders.rights import (
    DAY,
    MOST_A_DAY,
    add_link,
    link_address,
    links_of_today,
    note_request,
)
from outreach.stakeholders.sender import Desk, post_letter, take_back
from outreach.stakeholders.signing_up import is_barred
from outreach.stakeholders.suppressions import carry_over
from outreach.stakeholders.turns import one_at_a_time

OUTLIVE_THE_ADDRESS = frozenset(SuppressionReason) - {SuppressionReason.BOUNCED}
"""All that was wished goes along to the new address; that the old one does not exist is its own."""


class Moved(StrEnum):
    """What became of a confirmed wish for another address."""

    DONE = "done"
    TAKEN = "taken"
    """The address is somebody's already: nothing was changed, staff were asked."""


def ask_to_readdress(
    session: Session, person: Stakeholder, email: str, *, language: str, desk: Desk, now: datetime
) -> str:
    """Mail the link that confirms a new address to it; returns the address as we keep it.

    At most one such letter a day goes to an address, three for one person, none to an address that
    only staff can take off the do-not-mail list. Raises BadAddress.
    """
    email = normalise(email)
    fingerprint = desk.ring.fingerprint(email)
    one_at_a_time(session, fingerprint)
    may_mail = (
        links_of_today(session, fingerprint, OwnLinkKind.ADDRESS, now) < 1
        and _asked_today(session, person, now) < MOST_A_DAY
        and not is_barred(session, fingerprint)
    )
    link = add_link(session, OwnLinkKind.ADDRESS, fingerprint, person.id, now, new_email=email)
    written = write(
        "own_address",
        language=language,
        phrase=PHRASES.speaker(language),
        address=link_address(link, desk, language),
    )
    post_letter(
        session,
        written,
        kind="own_address",
        email=email,
        its_list=None,
        reference=("stakeholder", person.id),
        now=now,
        is_meant=may_mail,
    )
    take_back(session, OwnLink.id, link.id, is_meant=may_mail)
    return email


def _asked_today(session: Session, person: Stakeholder, now: datetime) -> int:
    asked = select(func.count()).where(
        OwnLink.stakeholder_id == person.id,
        OwnLink.kind == OwnLinkKind.ADDRESS,
        OwnLink.created_at > now - DAY,
    )
    return session.scalar(asked) or 0


def readdress(
    session: Session,
    link: OwnLink,
    person: Stakeholder,
    *,
    language: str,
    desk: Desk,
    now: datetime,
) -> Moved:
    """Let a person have the address their link was mailed to, and use the link up."""
    one_at_a_time(session, link.fingerprint)
    link.opened_at = now
    new, old, before = link.new_email or "", person.email or "", person.fingerprint or ""
    holder = session.scalar(select(Stakeholder.id).where(Stakeholder.email == new))
    if holder == person.id:
        return Moved.DONE
    if holder is not None:
        _ask_staff(session, person.id, holder, now)
        return Moved.TAKEN
    told = replace(data_of(person), email=new)
    amend(
        session,
        person.id,
        told,
        roles=roles_of(person, now),
        now=now,
        ring=desk.ring,
        actor=THE_PERSON,
    )
    carry_over(
        session, before, link.fingerprint, OUTLIVE_THE_ADDRESS, person.id, actor=THE_PERSON, now=now
    )
    _tell_the_old(session, person, old, language=language, now=now)
    return Moved.DONE


def _ask_staff(session: Session, person_id: int, holder_id: int, now: datetime) -> None:
    is_open = select(RightsRequest.id).where(
        RightsRequest.stakeholder_id == person_id,
        RightsRequest.kind == RequestKind.CORRECTION,
        RightsRequest.done_at.is_(None),
    )
    if session.scalar(is_open.limit(1)) is None:
        note_request(
            session,
            person_id,
            RequestKind.CORRECTION,
            now=now,
            recorded_by=THE_PERSON,
            note=f"Wants the address of stakeholder {holder_id}, and confirmed it from there: "
            "one person with two records, to be joined by hand.",
        )


def _tell_the_old(
    session: Session, person: Stakeholder, old: str, *, language: str, now: datetime
) -> None:
    written = write(
        "own_moved",
        language=language,
        phrase=PHRASES.speaker(language),
        new=masked(person.email),
    )
    post_letter(
        session,
        written,
        kind="own_moved",
        email=old,
        its_list=_a_list_of(session, person),
        reference=("stakeholder", person.id),
        now=now,
    )


def _a_list_of(session: Session, person: Stakeholder) -> List | None:
    """Return a list of theirs, whose staff read what is answered."""
    return session.scalars(
        select(List)
        .join(Consent, Consent.list_id == List.id)
        .where(
            Consent.stakeholder_id == person.id,
            Consent.purpose == Purpose.NEWSLETTER,
            Consent.state == ConsentState.ACTIVE,
        )
        .order_by(List.id)
        .limit(1)
    ).first()
