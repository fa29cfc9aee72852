"""Erasing leaves a key and a fingerprint; nothing that says who it was."""

from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from outreach.core.db import Base, db, transaction
from outreach.core.state import state
from outreach.mail.letter import Address
from outreach.mail.outbox import post
from outreach.projects.models import Organisation, OrganisationKind, Partner, Project
from outreach.stakeholders.consents import erase, suppress
from outreach.stakeholders.eligibility import withheld_reason
from outreach.stakeholders.models import Stakeholder, Stop, Suppression, SuppressionReason, Tier
from outreach.stakeholders.people import PersonData, amend
from tests.stakeholders.factories import People

SECRETS = ("zenobia", "palmyra", "queen", "caravan", "oasis")


def _erase(people: People, person: int, now: datetime) -> None:
    here = state(people.app)
    with transaction() as session:
        erase(
            session,
            person,
            now=now,
            erasures=here.contributions.erasures,
            ring=here.ring,
            actor="Dora",
        )


def _zenobia(people: People, list_id: int, now: datetime) -> int:
    """A person who left traces in every table of the room."""
    person = people.person(
        "zenobia@palmyra.example.org",
        roles=("politician",),
        name="Zenobia",
        job_title="Queen",
        tier=Tier.COUNTRY,
        country="SY",
        topics=("Caravan",),
        tags=("oasis 2026",),
        source="Oasis visit",
    )
    people.consent(person, list_id, source="Letter by Zenobia")
    with transaction() as session:
        data = PersonData("zenobia@palmyra.example.org", name="Zenobia of Palmyra")
        ring = state(people.app).ring
        amend(session, person, data, roles=["ngo"], now=now, ring=ring, actor="Ada")
        suppress(
            session,
            people.make.fingerprint("zenobia@palmyra.example.org"),
            SuppressionReason.BY_HAND,
            evidence="Zenobia rang",
            actor="Ada",
            now=now,
        )
        post(
            session,
            kind="test",
            to=Address("zenobia@palmyra.example.org", "Zenobia"),
            subject="[Test] The caravan",
            text="Dear Zenobia",
            now=now,
        )
    return person


def _everything(session: Session) -> str:
    shared = {"topic", "tag", "organisation", "role"}
    tables = [table for table in Base.metadata.sorted_tables if table.name not in shared]
    rows = [session.execute(select(table)).all() for table in tables]
    return str(rows).lower()


def test_no_table_says_who_an_erased_person_was(
    people: People, list_id: int, session: Session, now: datetime
) -> None:
    person = _zenobia(people, list_id, now)
    before = _everything(session)
    _erase(people, person, now)

    after = _everything(session)
    assert all(secret in before for secret in SECRETS[:3])
    assert not [secret for secret in SECRETS if secret in after]


def test_an_erased_person_is_stopped_and_never_comes_back_by_an_address_list(
    people: People, list_id: int, session: Session, now: datetime
) -> None:
    person = people.person("ada@example.org", gets=list_id)
    _erase(people, person, now)
    again = people.person("ada@example.org", gets=list_id)

    def reason_of(who: int) -> str | None:
        query = select(withheld_reason(list_id)).where(Stakeholder.id == who)
        return session.execute(query).scalar_one()

    assert reason_of(person) == "erased"
    assert reason_of(again) == "suppressed"
    stops = {(stop.list_id, stop.purpose.value) for stop in session.scalars(select(Stop))}
    assert {(None, "newsletter"), (None, "measurement")} <= stops


def test_erasing_twice_changes_nothing(
    people: People, list_id: int, session: Session, now: datetime
) -> None:
    person = people.person(gets=list_id)
    _erase(people, person, now)
    _erase(people, person, now)

    assert len(session.scalars(select(Suppression)).all()) == 1
    assert db.session.execute(text("SELECT count(*) FROM consent")).scalar_one() == 1


def test_an_employer_who_was_only_the_persons_word_goes_with_them(
    people: People, session: Session, now: datetime
) -> None:
    alone = people.person(organisation="Zenobia, caravan consultant")
    known = people.person(organisation="City of Palmyra")
    shared = people.person(organisation="Oasis Trust")
    people.person(organisation="Oasis Trust")
    partner = people.person(organisation="University of Emesa")
    project_id = people.make.project()
    with people.app.app_context(), transaction() as writing:
        city, university = (
            writing.scalars(select(Organisation).where(Organisation.name == name)).one()
            for name in ("City of Palmyra", "University of Emesa")
        )
        city.kind = OrganisationKind.GOVERNMENT
        project = writing.get_one(Project, project_id)
        project.partners.append(Partner(organisation=university))

    for person in (alone, known, shared, partner):
        _erase(people, person, now)

    names = set(session.scalars(select(Organisation.name)))
    assert {"City of Palmyra", "Oasis Trust", "University of Emesa"} <= names
    assert "Zenobia, caravan consultant" not in names
