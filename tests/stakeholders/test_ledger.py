"""The ledger says everything; what stands beside it says the same."""

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from outreach.core.db import db, transaction
from outreach.core.errors import NotFound
from outreach.core.state import state
from outreach.stakeholders.consents import (
    THE_PERSON,
    confirm_sign_up,
    leave_all,
    leave_list,
    record_consent,
    withdraw_measurement,
)
from outreach.stakeholders.erasing import erase
from outreach.stakeholders.models import (
    Basis,
    Consent,
    ConsentEntry,
    ConsentState,
    Purpose,
    Stop,
)
from tests.stakeholders.factories import People

ACTS = st.lists(
    st.one_of(
        st.tuples(
            st.just("record"),
            st.sampled_from(Purpose),
            st.sampled_from(ConsentState),
            st.sampled_from(Basis),
        ),
        st.tuples(st.sampled_from(["leave", "leave all", "unmeasure", "sign up"])),
    ),
    max_size=8,
)


def _act(
    session: Session, person: int, list_id: int, act: tuple[object, ...], at: datetime
) -> None:
    match act:
        case ("record", Purpose() as purpose, ConsentState() as state, Basis() as basis):
            record_consent(
                session,
                person,
                list_id,
                purpose,
                state,
                basis=basis,
                source="",
                actor="Ada",
                now=at,
            )
        case ("leave",):
            leave_list(session, person, list_id, now=at, actor=THE_PERSON)
        case ("leave all",):
            leave_all(session, person, now=at, actor=THE_PERSON)
        case ("unmeasure",):
            withdraw_measurement(session, person, list_id, now=at, actor=THE_PERSON)
        case _:
            confirm_sign_up(
                session,
                person,
                list_id,
                source="Form",
                now=at,
                wording_version="1",
                wording_language="en",
            )


def _derived(session: Session) -> set[tuple[object, ...]]:
    last = select(func.max(ConsentEntry.id)).group_by(
        ConsentEntry.stakeholder_id, ConsentEntry.list_id, ConsentEntry.purpose
    )
    return {
        (e.stakeholder_id, e.list_id, e.purpose, e.state, e.basis, e.recorded_at)
        for e in session.scalars(select(ConsentEntry).where(ConsentEntry.id.in_(last)))
    }


def _kept(session: Session) -> set[tuple[object, ...]]:
    return {
        (c.stakeholder_id, c.list_id, c.purpose, c.state, c.basis, c.since)
        for c in session.scalars(select(Consent))
    }


def test_what_the_ledger_says_now_is_what_is_kept_beside_it(
    people: People, list_id: int, session: Session, now: datetime
) -> None:
    other_list = people.a_list()

    @settings(
        max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(ACTS)
    def check(acts: list[tuple[object, ...]]) -> None:
        person = people.person()
        for step, act in enumerate(acts):
            with transaction() as writing:
                target = other_list if step % 3 == 2 else list_id
                _act(writing, person, target, act, now + timedelta(minutes=step))

        db.session.expire_all()
        assert _derived(session) == _kept(session)

    check()


def test_a_request_then_a_confirmation_keep_both_moments(
    people: People, list_id: int, session: Session, now: datetime
) -> None:
    person = people.person()
    people.consent(person, list_id, ConsentState.PENDING)
    people.consent(person, list_id, ConsentState.ACTIVE, now=now + timedelta(hours=1))

    entries = session.scalars(select(ConsentEntry).order_by(ConsentEntry.id)).all()
    assert [entry.state for entry in entries] == [ConsentState.PENDING, ConsentState.ACTIVE]
    assert entries[1].requested_at == now
    assert entries[1].confirmed_at == now + timedelta(hours=1)


def test_a_request_in_the_name_of_somebody_active_changes_nothing(
    people: People, list_id: int, session: Session
) -> None:
    person = people.person(gets=list_id)
    people.consent(person, list_id, ConsentState.PENDING)

    assert session.scalars(select(ConsentEntry.state)).all() == [ConsentState.ACTIVE]


def test_a_request_after_leaving_keeps_the_withdrawal_in_sight(
    people: People, list_id: int, session: Session, now: datetime
) -> None:
    person = people.person(gets=list_id)
    people.consent(person, list_id, ConsentState.WITHDRAWN)
    people.consent(person, list_id, ConsentState.PENDING)

    last = session.scalars(select(ConsentEntry).order_by(ConsentEntry.id.desc())).first()
    assert last is not None
    assert (last.state, last.withdrawn_at) == (ConsentState.PENDING, now)


def test_a_withdrawal_writes_a_stop_for_its_list_and_purpose(
    people: People, list_id: int, session: Session, now: datetime
) -> None:
    person = people.person(gets=list_id)
    people.consent(person, list_id, ConsentState.WITHDRAWN)

    stop = session.scalars(select(Stop)).one()
    assert (stop.stakeholder_id, stop.list_id, stop.purpose, stop.at) == (
        person,
        list_id,
        Purpose.NEWSLETTER,
        now,
    )


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM consent_entry",
        "UPDATE consent_entry SET state = 'active'",
        "UPDATE consent_entry SET recorded_at = recorded_at",
        "UPDATE consent_entry SET source = 'Forum in Ghent'",
        "UPDATE consent_entry SET source = 'Erased', actor = 'Ada', wording_language = ''",
        "UPDATE consent_entry SET source = 'Erased', actor = '', wording_language = '', id = 9",
    ],
)
def test_the_database_itself_refuses_to_change_a_line(
    people: People, list_id: int, session: Session, statement: str
) -> None:
    people.person(gets=list_id)

    with pytest.raises(IntegrityError, match="only ever added to"), transaction() as writing:
        writing.execute(text(statement))

    assert session.scalars(select(ConsentEntry.source)).all() == ["A test"]


@pytest.mark.parametrize("database_uri", ["postgresql"], indirect=True)
def test_the_ledger_is_not_truncated(people: People, list_id: int, session: Session) -> None:
    people.person(gets=list_id)

    with pytest.raises(IntegrityError, match="only ever added to"), transaction() as writing:
        writing.execute(text("TRUNCATE consent_entry"))


def test_an_erasure_takes_the_words_out_of_the_ledger(
    people: People, list_id: int, session: Session
) -> None:
    person, other = people.person(gets=list_id), people.person(gets=list_id)
    here = state(people.app)

    with transaction() as writing:
        steps = here.contributions.erasures
        erase(writing, person, now=people.now, erasures=steps, ring=here.ring, actor="Ada")

    sources = select(ConsentEntry.stakeholder_id, ConsentEntry.source).order_by(ConsentEntry.id)
    said = session.execute(sources).all()
    assert said == [(person, "Erased"), (other, "A test"), (person, "Erased")]


def test_nobody_has_no_ledger(people: People, list_id: int, session: Session) -> None:
    with pytest.raises(NotFound):
        people.consent(4711, list_id)
