"""The made-up people in the database, with what they agreed to and who must not be mailed."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from outreach.core.keys import KeyRing
from outreach.demo.people import Person, people
from outreach.demo.texts import TOPIC_NAMES
from outreach.stakeholders.consents import leave_list, suppress
from outreach.stakeholders.enrolling import Arrival, enrol_all
from outreach.stakeholders.ledger import append_first, next_standing, standing_columns
from outreach.stakeholders.models import (
    Basis,
    ConsentEntry,
    ConsentState,
    Purpose,
    Stakeholder,
    SuppressionReason,
    Tier,
)
from outreach.stakeholders.people import PersonData
from outreach.stakeholders.vocabulary import save_topic

ACTOR = "the demo"
SOURCE = "Made up for the demonstration"
LATER = timedelta(days=30)
"""After how long some agree to more, leave, or turn out to be unreachable."""


def add_people(session: Session, list_id: int, *, ring: KeyRing, now: datetime) -> None:
    """Add the topics and the made-up stakeholders, who signed up over the year before `now`."""
    for topic in TOPIC_NAMES:
        save_topic(session, topic)
    crowd = people()
    arrivals = [
        Arrival(_data(person), person.roles, now - timedelta(days=365 - number % 300))
        for number, person in enumerate(crowd)
    ]
    stakeholders = enrol_all(session, arrivals, ring=ring)
    # Each step writes down what the next one reads; looking again before every query is slow.
    with session.no_autoflush:
        _record(session, list_id, list(zip(crowd, stakeholders, arrivals, strict=True)))
        for person, stakeholder, arrival in zip(crowd, stakeholders, arrivals, strict=True):
            _change_mind(session, person, stakeholder, list_id, arrival.at + LATER)


def _data(person: Person) -> PersonData:
    return PersonData(
        email=person.email,
        name=person.name,
        given_name=person.given_name,
        job_title=person.job_title,
        organisation=person.organisation,
        country=person.country,
        language=person.language,
        tier=Tier(person.tier) if person.tier else None,
        source=SOURCE,
        topics=person.topics,
        tags=person.tags,
    )


def _record(
    session: Session, list_id: int, crowd: Sequence[tuple[Person, Stakeholder, Arrival]]
) -> None:
    """Write what they agreed to when they came, and that some agreed to be measured later."""
    entries = []
    for person, stakeholder, arrival in crowd:
        is_pending = person.standing == "pending"
        basis = Basis.UNKNOWN if person.standing == "unknown" else Basis.CONSENT
        state = ConsentState.PENDING if is_pending else ConsentState.ACTIVE
        said = [(Purpose.NEWSLETTER, state, basis, arrival.at)]
        if person.is_measured:
            said.append(
                (Purpose.MEASUREMENT, ConsentState.ACTIVE, Basis.CONSENT, arrival.at + LATER)
            )
        entries += [
            ConsentEntry(
                stakeholder_id=stakeholder.id,
                list_id=list_id,
                purpose=purpose,
                source=SOURCE,
                actor=ACTOR,
                wording_version="demo-1",
                wording_language=person.language,
                recorded_at=at,
                **standing_columns(next_standing(None, state, basis, at)),
            )
            for purpose, state, basis, at in said
        ]
    append_first(session, entries)


def _change_mind(
    session: Session, person: Person, stakeholder: Stakeholder, list_id: int, later: datetime
) -> None:
    if person.standing == "left":
        leave_list(session, stakeholder.id, list_id, now=later, actor="the person")
    if person.standing == "bounced":
        assert stakeholder.fingerprint is not None
        suppress(
            session,
            stakeholder.fingerprint,
            SuppressionReason.BOUNCED,
            evidence="5.1.1 user unknown (made up)",
            actor=ACTOR,
            now=later,
            stakeholder_id=stakeholder.id,
        )
