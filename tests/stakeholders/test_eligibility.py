"""Who gets a letter is decided in SQL, by the first reason that applies."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from outreach.core import clock
from outreach.core.db import transaction
from outreach.stakeholders.consents import suppress
from outreach.stakeholders.eligibility import (
    has_role,
    is_stopped_since,
    may_get,
    measures_individually,
    new_stops,
    reporting_role,
    role_ids_json,
    withheld_reason,
)
from outreach.stakeholders.ledger import write_stop
from outreach.stakeholders.models import (
    Basis,
    Consent,
    ConsentEntry,
    ConsentState,
    Purpose,
    Role,
    Stakeholder,
    StakeholderRole,
    SuppressionReason,
    Tag,
    WithheldReason,
)
from outreach.stakeholders.pausing import pause
from outreach.stakeholders.people import change_roles
from outreach.stakeholders.suppressions import has_fingerprint
from tests.stakeholders.factories import People

ORDER = [
    WithheldReason.ERASED,
    WithheldReason.SUPPRESSED,
    WithheldReason.UNSUBSCRIBED,
    WithheldReason.PENDING,
    WithheldReason.NO_BASIS,
    WithheldReason.PAUSED,
    WithheldReason.NO_CONSENT,
]


def _reason(session: Session, person: int, list_id: int) -> str | None:
    query = select(withheld_reason(list_id)).where(Stakeholder.id == person)
    return session.execute(query).scalar_one()


def _may_get(session: Session, person: int, list_id: int) -> bool:
    """Whether the person is among those who may get the list."""
    query = select(Stakeholder.id).where(may_get(list_id, clock.now()))
    return person in session.scalars(query)


def _bring_about(people: People, person: int, list_id: int, reason: WithheldReason) -> None:
    """Do to a person what withholds their letters for `reason`."""
    consents = {
        WithheldReason.UNSUBSCRIBED: (ConsentState.WITHDRAWN, Basis.CONSENT),
        WithheldReason.PENDING: (ConsentState.PENDING, Basis.CONSENT),
        WithheldReason.NO_BASIS: (ConsentState.ACTIVE, Basis.UNKNOWN),
        WithheldReason.PAUSED: (ConsentState.ACTIVE, Basis.CONSENT),
    }
    if reason in consents:
        state, basis = consents[reason]
        people.consent(person, list_id, state, basis=basis)
    if reason is WithheldReason.PAUSED:
        with transaction() as session:
            pause(session, person, months=1, now=clock.now())
    elif reason is WithheldReason.SUPPRESSED:
        with transaction() as session:
            fingerprint = session.get_one(Stakeholder, person).fingerprint
            assert fingerprint
            suppress(
                session,
                fingerprint,
                SuppressionReason.BOUNCED,
                evidence="",
                actor="",
                now=people.now,
            )
    elif reason is WithheldReason.ERASED:
        with transaction() as session:
            session.get_one(Stakeholder, person).erased_at = people.now


@pytest.mark.parametrize("reason", ORDER)
def test_each_reason_withholds(
    people: People, list_id: int, session: Session, reason: WithheldReason
) -> None:
    person = people.person()
    _bring_about(people, person, list_id, reason)

    assert _reason(session, person, list_id) == reason
    assert not _may_get(session, person, list_id)


@pytest.mark.parametrize("first", range(2))
@pytest.mark.parametrize("second", range(1, 6))
def test_the_first_reason_by_precedence_is_given(
    people: People, list_id: int, session: Session, first: int, second: int
) -> None:
    person = people.person()
    for reason in (ORDER[second], ORDER[first]):
        _bring_about(people, person, list_id, reason)

    assert _reason(session, person, list_id) == ORDER[min(first, second)]


@pytest.mark.parametrize("basis", [basis for basis in Basis if basis is not Basis.UNKNOWN])
def test_an_active_consent_on_a_known_basis_gets_letters(
    people: People, list_id: int, session: Session, basis: Basis
) -> None:
    person = people.person()
    people.consent(person, list_id, basis=basis)

    assert _reason(session, person, list_id) is None
    assert _may_get(session, person, list_id)
    assert _reason(session, person, other := people.a_list()) == "no_consent"
    assert not _may_get(session, person, other)


def test_measurement_alone_brings_no_letter(people: People, list_id: int, session: Session) -> None:
    person = people.person()
    people.consent(person, list_id, purpose=Purpose.MEASUREMENT)

    assert _reason(session, person, list_id) == "no_consent"


def test_a_merged_person_gets_nothing_twice(people: People, list_id: int, session: Session) -> None:
    kept, merged = people.person(gets=list_id), people.person(gets=list_id)
    with transaction() as writing:
        writing.get_one(Stakeholder, merged).merged_into_id = kept

    assert _reason(session, merged, list_id) == "erased"
    assert _reason(session, kept, list_id) is None


@pytest.mark.parametrize("table", [Consent, ConsentEntry])
def test_the_list_may_be_a_column_of_the_enclosing_query(
    people: People, list_id: int, session: Session, table: type[Consent] | type[ConsentEntry]
) -> None:
    person, other = people.person(gets=list_id), people.a_list()
    people.consent(person, other, ConsentState.WITHDRAWN)
    people.consent(person, other, purpose=Purpose.MEASUREMENT)
    query = (
        select(table.list_id, withheld_reason(table.list_id), measures_individually(table.list_id))
        .select_from(Stakeholder)
        .join(table, table.stakeholder_id == Stakeholder.id)
        .where(Stakeholder.id == person, table.purpose == Purpose.NEWSLETTER)
        .order_by(table.list_id)
    )

    assert [tuple(row) for row in session.execute(query)] == [
        (list_id, None, False),
        (other, "unsubscribed", True),
    ]


@pytest.mark.parametrize(
    ("basis", "state", "is_measured"),
    [
        (Basis.CONSENT, ConsentState.ACTIVE, True),
        (Basis.PUBLIC_TASK, ConsentState.ACTIVE, False),
        (Basis.CONSENT, ConsentState.PENDING, False),
        (Basis.CONSENT, ConsentState.WITHDRAWN, False),
    ],
)
def test_only_an_active_consent_opens_individual_measurement(
    people: People,
    list_id: int,
    session: Session,
    basis: Basis,
    state: ConsentState,
    is_measured: bool,
) -> None:
    person = people.person(gets=list_id)
    people.consent(person, list_id, state, Purpose.MEASUREMENT, basis)

    query = select(measures_individually(list_id)).where(Stakeholder.id == person)
    assert bool(session.execute(query).scalar_one()) is is_measured


def test_the_reporting_role_is_the_first_held_now(
    people: People, session: Session, now: datetime
) -> None:
    person = people.person(roles=("ngo", "politician"))
    nobody = people.person(roles=())
    with transaction() as writing:
        change_roles(writing, person, ["ngo", "researcher"], now=now + timedelta(days=10))

    def role_at(who: int, moment: datetime) -> str | None:
        query = select(Role.slug).where(
            Role.id == select(reporting_role(moment)).where(Stakeholder.id == who).scalar_subquery()
        )
        return session.scalar(query)

    assert role_at(person, now) == "politician"
    assert role_at(person, now + timedelta(days=11)) == "ngo"
    assert role_at(person, now - timedelta(days=1)) is None
    assert role_at(nobody, now) is None


def test_all_roles_held_are_one_json_array(people: People, session: Session, now: datetime) -> None:
    person, nobody = people.person(roles=("ngo", "funder")), people.person(roles=())

    def roles_of(who: int) -> list[int]:
        query = select(role_ids_json(now)).where(Stakeholder.id == who)
        return session.execute(query).scalar_one() or []

    expected = set(session.scalars(select(StakeholderRole.role_id)))
    assert set(roles_of(person)) == expected
    assert roles_of(nobody) == []


def test_the_expressions_work_in_an_insert_from_select(
    people: People, list_id: int, session: Session, now: datetime
) -> None:
    people.person(gets=list_id, name="gets it")
    people.person(name="does not")
    rows = select(Stakeholder.name + ":" + withheld_reason(list_id).concat("")).where(
        withheld_reason(list_id).is_not(None)
    )
    with transaction() as writing:
        writing.execute(insert(Tag).from_select(["name"], rows))

    assert session.scalars(select(Tag.name)).all() == ["does not:no_consent"]


def test_holders_of_a_role_are_found(people: People, session: Session, now: datetime) -> None:
    person = people.person(roles=("funder",))
    people.person(roles=("ngo",))

    assert session.scalars(select(Stakeholder.id).where(has_role(["funder"], now))).all() == [
        person
    ]


def test_a_stop_is_seen_from_its_moment_on_for_its_list(
    people: People, list_id: int, session: Session, now: datetime
) -> None:
    other = people.a_list()
    person, free = people.person(), people.person()
    with transaction() as writing:
        write_stop(writing, person, list_id, Purpose.NEWSLETTER, now)

    def is_stopped(who: int, which: int, since: datetime) -> bool:
        query = select(is_stopped_since(which, since)).where(Stakeholder.id == who)
        return bool(session.execute(query).scalar_one())

    assert is_stopped(person, list_id, now)
    assert not is_stopped(person, list_id, now + timedelta(seconds=1))
    assert not is_stopped(person, other, now)
    assert not is_stopped(free, list_id, now)


def test_a_stop_of_everything_holds_for_every_list_and_any_column(
    people: People, list_id: int, session: Session, now: datetime
) -> None:
    person = people.person()
    with transaction() as writing:
        write_stop(writing, person, None, Purpose.NEWSLETTER, now)
    held = is_stopped_since(list_id, now, person=StakeholderRole.stakeholder_id)

    assert session.scalars(select(StakeholderRole.stakeholder_id).where(held)).all() == [person]
    assert [row[1:] for row in session.execute(new_stops(0))] == [
        (person, None, Purpose.NEWSLETTER)
    ]


def test_an_index_finds_whose_fingerprint_it_is(people: People, session: Session) -> None:
    id_ = people.person("ada@example.org")
    fingerprint = people.load(id_).fingerprint or ""
    asked = select(Stakeholder.id).where(has_fingerprint(fingerprint))
    plain = asked.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
    explain = "EXPLAIN"
    if session.get_bind().dialect.name == "sqlite":
        explain = "EXPLAIN QUERY PLAN"
    else:
        session.execute(text("SET LOCAL enable_seqscan = off"))

    plan = session.execute(text(f"{explain} {plain}")).all()

    assert session.scalars(asked).all() == [id_]
    assert "ix_stakeholder_fingerprint" in str(plan)
    other = f"{fingerprint[:12]}{'0' * 52}"
    assert session.scalars(select(Stakeholder.id).where(has_fingerprint(other))).all() == []
