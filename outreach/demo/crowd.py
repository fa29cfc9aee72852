"""The made-up people in the database, with what they agreed to and who must not be mailed."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from outreach.core.keys import KeyRing
from outreach.demo.people import Person, people
from outreach.demo.texts import TOPIC_NAMES
from outreach.stakeholders.consents import leave_list, record_consent, suppress
from outreach.stakeholders.models import (
    Basis,
    ConsentState,
    Purpose,
    SuppressionReason,
    Tier,
)
from outreach.stakeholders.people import PersonData, enrol
from outreach.stakeholders.vocabulary import save_topic

ACTOR = "the demo"
SOURCE = "Made up for the demonstration"


def add_people(session: Session, list_id: int, *, ring: KeyRing, now: datetime) -> None:
    """Add the topics and the made-up stakeholders, who signed up over the year before `now`."""
    for topic in TOPIC_NAMES:
        save_topic(session, topic)
    # Each step writes down what the next one reads; looking again before every query is slow.
    with session.no_autoflush:
        for number, person in enumerate(people()):
            _add(session, person, list_id, ring, now - timedelta(days=365 - number % 300))


def _add(
    session: Session, person: Person, list_id: int, ring: KeyRing, signed_up: datetime
) -> None:
    data = PersonData(
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
    stakeholder = enrol(session, data, roles=person.roles, now=signed_up, ring=ring)
    record_consent(
        session,
        stakeholder.id,
        list_id,
        Purpose.NEWSLETTER,
        ConsentState.PENDING if person.standing == "pending" else ConsentState.ACTIVE,
        basis=Basis.UNKNOWN if person.standing == "unknown" else Basis.CONSENT,
        source=SOURCE,
        actor=ACTOR,
        now=signed_up,
        wording_version="demo-1",
        wording_language=person.language,
    )
    session.flush()  # what follows changes what was just recorded
    _change_mind(session, person, stakeholder.id, list_id, ring, signed_up + timedelta(days=30))


def _change_mind(
    session: Session,
    person: Person,
    stakeholder_id: int,
    list_id: int,
    ring: KeyRing,
    later: datetime,
) -> None:
    if person.is_measured:
        record_consent(
            session,
            stakeholder_id,
            list_id,
            Purpose.MEASUREMENT,
            ConsentState.ACTIVE,
            basis=Basis.CONSENT,
            source=SOURCE,
            actor=ACTOR,
            now=later,
            wording_version="demo-1",
            wording_language=person.language,
        )
    if person.standing == "left":
        leave_list(session, stakeholder_id, list_id, now=later, actor="the person")
    if person.standing == "bounced":
        suppress(
            session,
            ring.fingerprint(person.email),
            SuppressionReason.BOUNCED,
            evidence="5.1.1 user unknown (made up)",
            actor=ACTOR,
            now=later,
            stakeholder_id=stakeholder_id,
        )
