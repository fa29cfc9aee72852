"""Erasing a person (GDPR Art. 17): the key stays for past counts, everything else goes.

What is left is a fingerprint on the do-not-mail list, so that no import brings the person back.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.orm import Session

from outreach.core import clock
from outreach.core.changes import Change
from outreach.core.contributions import Erasure
from outreach.core.errors import NotFound
from outreach.core.keys import KeyRing
from outreach.mail.models import OutboxLetter
from outreach.stakeholders.ledger import lock_person, record_consent, write_stop
from outreach.stakeholders.leftovers import forget_employers
from outreach.stakeholders.models import (
    Consent,
    ConsentEntry,
    ConsentState,
    OwnLink,
    Purpose,
    RightsRequest,
    SignUp,
    Stakeholder,
    Suppression,
    SuppressionReason,
    TwoPeople,
)
from outreach.stakeholders.moving import OWN_LETTERS
from outreach.stakeholders.suppressions import suppress


def erase(
    session: Session,
    stakeholder_id: int,
    *,
    now: datetime,
    erasures: Iterable[Erasure],
    ring: KeyRing,
    actor: str,
) -> None:
    """Forget a person in every room; a second time changes nothing.

    `erasures` are what the rooms contributed, in their order. Raises NotFound for nobody.
    """
    lock_person(session, stakeholder_id)
    person = session.get(Stakeholder, stakeholder_id, populate_existing=True)
    if person is None:
        raise NotFound("There is no such person.")
    if person.erased_at is not None:
        return
    fingerprint = person.fingerprint or ring.fingerprint(person.email or "")
    _withdraw_everything(session, stakeholder_id, now)
    suppress(
        session,
        fingerprint,
        SuppressionReason.ERASED,
        evidence="",
        actor=actor,
        now=now,
        stakeholder_id=stakeholder_id,
    )
    write_stop(session, stakeholder_id, None, Purpose.MEASUREMENT, now)
    session.execute(
        update(Suppression).where(Suppression.fingerprint == fingerprint).values(evidence="")
    )
    steps = list(erasures)
    for merged_id in session.scalars(
        select(Stakeholder.id).where(Stakeholder.merged_into_id == stakeholder_id)
    ).all():
        # The person's other address is theirs as well.
        erase(session, merged_id, now=now, erasures=steps, ring=ring, actor=actor)
    for erasure in steps:
        erasure.erase(session, stakeholder_id)
    employer_id = person.organisation_id
    _empty(session, person, now)
    if employer_id is not None:
        forget_employers(session, [employer_id])


def _withdraw_everything(session: Session, stakeholder_id: int, now: datetime) -> None:
    standing = session.scalars(
        select(Consent).where(
            Consent.stakeholder_id == stakeholder_id, Consent.state != ConsentState.WITHDRAWN
        )
    ).all()
    for consent in standing:
        record_consent(
            session,
            stakeholder_id,
            consent.list_id,
            consent.purpose,
            ConsentState.WITHDRAWN,
            basis=consent.basis,
            source="Erased",
            actor="erasure",
            now=now,
        )


def _empty(session: Session, person: Stakeholder, now: datetime) -> None:
    person.email = person.fingerprint = person.country = person.tier = None
    person.name = person.given_name = person.sort_name = person.search_text = ""
    person.job_title = person.source = ""
    person.paused_until = person.other_role = None
    person.at_most_monthly = False
    person.organisation_id = None
    person.language = "en"
    person.erased_at = person.updated_at = now
    session.flush()  # whatever follows in this transaction must not find the person any more


def erase_own_tables(session: Session, stakeholder_id: int) -> None:
    """Forget what this room keeps: roles, topics, tags, before-images, words in the ledger.

    The ledger's lines stay, without a word about the person, as the proof of past letters.
    """
    person = session.get_one(Stakeholder, stakeholder_id)
    person.roles.clear()
    person.topics.clear()
    person.tags.clear()
    session.execute(
        delete(TwoPeople).where(
            or_(TwoPeople.one_id == stakeholder_id, TwoPeople.other_id == stakeholder_id)
        )
    )
    session.execute(
        update(ConsentEntry)
        .where(ConsentEntry.stakeholder_id == stakeholder_id)
        .values(source="Erased", actor="", wording_language="")
    )
    session.execute(
        update(Change)
        .where(Change.object_type == "stakeholder", Change.object_id == stakeholder_id)
        .values(before={}, after={})
    )
    is_theirs = or_(
        SignUp.stakeholder_id == stakeholder_id, SignUp.fingerprint == person.fingerprint
    )
    session.execute(delete(SignUp).where(is_theirs))
    _close_requests(session, stakeholder_id)
    session.execute(
        delete(OutboxLetter).where(
            or_(
                and_(OutboxLetter.recipient == person.email, OWN_LETTERS),
                # These went to another address of theirs.
                and_(
                    OutboxLetter.subject_type == "stakeholder",
                    OutboxLetter.subject_id == stakeholder_id,
                ),
            )
        )
    )
    session.execute(
        update(Stakeholder)
        .where(Stakeholder.merged_into_id == stakeholder_id)
        .values(merged_into_id=None)
    )


def _close_requests(session: Session, stakeholder_id: int) -> None:
    session.execute(delete(OwnLink).where(OwnLink.stakeholder_id == stakeholder_id))
    theirs = RightsRequest.stakeholder_id == stakeholder_id
    session.execute(update(RightsRequest).where(theirs).values(note=""))
    session.execute(
        update(RightsRequest)
        .where(theirs, RightsRequest.done_at.is_(None))
        .values(done_at=clock.now(), outcome="Erased")
    )


OWN_TABLES = (
    "stakeholder",
    "stakeholder_role",
    "stakeholder_topic",
    "stakeholder_tag",
    "consent",
    "consent_entry",
    "stop",
    "sign_up",
    "own_link",
    "rights_request",
    "two_people",
)
"""Tables of this room that hold a person's id; `stop` and `consent` hold nothing but the key."""
