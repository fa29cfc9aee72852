"""Leaving is honoured at once, taken back only by who left, and never lifted by anybody else."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.db import transaction
from outreach.core.errors import Conflict, Refusal
from outreach.stakeholders.consents import (
    THE_PERSON,
    Leaving,
    confirm_sign_up,
    leave_all,
    leave_list,
    rejoin_list,
    release,
    suppress,
    withdraw_measurement,
)
from outreach.stakeholders.eligibility import measures_individually, withheld_reason
from outreach.stakeholders.models import (
    ConsentEntry,
    ConsentState,
    Purpose,
    Stakeholder,
    Stop,
    Suppression,
    SuppressionReason,
)
from tests.stakeholders.factories import People

ADA = "ada@example.org"


def _reason(session: Session, person: int, list_id: int) -> str | None:
    return session.execute(
        select(withheld_reason(list_id)).where(Stakeholder.id == person)
    ).scalar_one()


def _leave(person: int, list_id: int, now: datetime, actor: str = THE_PERSON) -> Leaving:
    with transaction() as session:
        return leave_list(session, person, list_id, now=now, actor=actor, mailing_id=7)


def _suppress(people: People, reason: SuppressionReason, email: str = ADA) -> None:
    with transaction() as session:
        suppress(
            session,
            people.make.fingerprint(email),
            reason,
            evidence="5.1.1",
            actor="bounce",
            now=people.now,
        )


def _sign_up(person: int, list_id: int, now: datetime) -> None:
    with transaction() as session:
        confirm_sign_up(
            session,
            person,
            list_id,
            source="Form",
            now=now,
            wording_version="2026-1",
            wording_language="nl",
        )


def test_leaving_a_list_is_credited_to_the_mailing_and_leaves_other_lists_alone(
    people: People, list_id: int, session: Session, now: datetime
) -> None:
    other = people.a_list()
    person = people.person(gets=list_id)
    people.consent(person, other)
    _leave(person, list_id, now)

    entry = session.scalars(select(ConsentEntry).order_by(ConsentEntry.id.desc())).first()
    assert entry is not None
    assert (entry.mailing_id, entry.actor, entry.withdrawn_at) == (7, THE_PERSON, now)
    assert _reason(session, person, list_id) == "unsubscribed"
    assert _reason(session, person, other) is None


def test_leaving_twice_is_leaving_once(
    people: People, list_id: int, session: Session, now: datetime
) -> None:
    person = people.person(gets=list_id)
    first, second = _leave(person, list_id, now), _leave(person, list_id, now)

    assert len(first.entry_ids) == 1
    assert second.entry_ids == ()
    assert len(session.scalars(select(Stop)).all()) == 1


def test_leaving_ends_being_measured_in_that_lists_letters(
    people: People, list_id: int, session: Session, now: datetime
) -> None:
    person = people.person(gets=list_id)
    people.consent(person, list_id, purpose=Purpose.MEASUREMENT)
    _leave(person, list_id, now)

    assert not session.execute(
        select(measures_individually(list_id)).where(Stakeholder.id == person)
    ).scalar_one()


def test_leaving_is_recorded_even_where_nothing_was_agreed(
    people: People, list_id: int, session: Session, now: datetime
) -> None:
    person = people.person()
    _leave(person, list_id, now)

    assert _reason(session, person, list_id) == "unsubscribed"


def test_a_person_can_take_leaving_back_within_half_an_hour(
    people: People, list_id: int, session: Session, now: datetime
) -> None:
    person = people.person(gets=list_id)
    people.consent(person, list_id, purpose=Purpose.MEASUREMENT)
    left = _leave(person, list_id, now)
    with transaction() as writing:
        rejoin_list(writing, left, now=now + timedelta(minutes=29))

    assert _reason(session, person, list_id) is None
    assert session.execute(
        select(measures_individually(list_id)).where(Stakeholder.id == person)
    ).scalar_one()


@pytest.mark.parametrize(
    ("actor", "minutes"), [(THE_PERSON, 31), ("Ada", 1)], ids=["too late", "staff withdrew"]
)
def test_nothing_else_is_taken_back(
    people: People, list_id: int, session: Session, now: datetime, actor: str, minutes: int
) -> None:
    person = people.person(gets=list_id)
    left = _leave(person, list_id, now, actor)

    with pytest.raises(Conflict), transaction() as writing:
        rejoin_list(writing, left, now=now + timedelta(minutes=minutes))
    assert _reason(session, person, list_id) == "unsubscribed"


def test_leaving_again_after_taking_it_back_cannot_be_undone_by_the_old_undo(
    people: People, list_id: int, session: Session, now: datetime
) -> None:
    person = people.person(gets=list_id)
    left = _leave(person, list_id, now)
    with transaction() as writing:
        rejoin_list(writing, left, now=now)
    _leave(person, list_id, now)

    with pytest.raises(Conflict), transaction() as writing:
        rejoin_list(writing, left, now=now)


def test_an_undo_for_somebody_else_does_nothing(
    people: People, list_id: int, session: Session, now: datetime
) -> None:
    person, other = people.person(gets=list_id), people.person(gets=list_id)
    left = _leave(person, list_id, now)

    with pytest.raises(Conflict), transaction() as writing:
        rejoin_list(writing, Leaving(other, left.entry_ids), now=now)


def test_leaving_all_suppresses_the_address_and_can_be_taken_back(
    people: People, list_id: int, session: Session, now: datetime
) -> None:
    person = people.person(gets=list_id)
    people.consent(person, people.a_list())
    with transaction() as writing:
        left = leave_all(writing, person, now=now, actor=THE_PERSON, mailing_id=7)
    blocked = _reason(session, person, list_id)
    with transaction() as writing:
        rejoin_list(writing, left, now=now + timedelta(minutes=1))

    assert blocked == "suppressed"
    assert len(left.entry_ids) == 2
    assert _reason(session, person, list_id) is None


def test_measurement_ends_while_letters_go_on(
    people: People, list_id: int, session: Session, now: datetime
) -> None:
    person = people.person(gets=list_id)
    people.consent(person, list_id, purpose=Purpose.MEASUREMENT)
    for _ in range(2):
        with transaction() as writing:
            withdraw_measurement(writing, person, list_id, now=now, actor=THE_PERSON, mailing_id=7)

    assert _reason(session, person, list_id) is None
    stop = session.scalars(select(Stop)).one()
    assert (stop.purpose, stop.list_id) == (Purpose.MEASUREMENT, list_id)


@pytest.mark.parametrize("reason", [SuppressionReason.UNSUBSCRIBED, SuppressionReason.ERASED])
def test_a_persons_own_confirmed_sign_up_lifts_unsubscribed_and_erased(
    people: People, list_id: int, session: Session, now: datetime, reason: SuppressionReason
) -> None:
    person = people.person(ADA)
    _suppress(people, reason)
    _leave(person, list_id, now)
    _sign_up(person, list_id, now)

    assert _reason(session, person, list_id) is None


@pytest.mark.parametrize(
    "reason",
    [SuppressionReason.BOUNCED, SuppressionReason.COMPLAINED, SuppressionReason.BY_HAND],
)
def test_a_sign_up_lifts_nothing_else(
    people: People, list_id: int, session: Session, now: datetime, reason: SuppressionReason
) -> None:
    person = people.person(ADA)
    _suppress(people, reason)
    _sign_up(person, list_id, now)

    assert _reason(session, person, list_id) == "suppressed"


def test_suppressing_an_address_stops_every_letter_to_its_person(
    people: People, list_id: int, session: Session
) -> None:
    person = people.person(ADA, gets=list_id)
    _suppress(people, SuppressionReason.BOUNCED)
    _suppress(people, SuppressionReason.BOUNCED)

    stop = session.scalars(select(Stop)).one()
    assert (stop.stakeholder_id, stop.list_id) == (person, None)
    assert len(session.scalars(select(Suppression)).all()) == 1
    assert _reason(session, person, list_id) == "suppressed"


def test_a_suppressed_address_stays_so_for_whoever_is_added_with_it(
    people: People, list_id: int, session: Session
) -> None:
    _suppress(people, SuppressionReason.COMPLAINED)
    person = people.person(ADA, gets=list_id)

    assert _reason(session, person, list_id) == "suppressed"


def test_a_release_by_hand_needs_a_reason_and_keeps_it(
    people: People, list_id: int, session: Session, now: datetime
) -> None:
    person = people.person(ADA, gets=list_id)
    _suppress(people, SuppressionReason.BOUNCED)
    fingerprint = people.make.fingerprint(ADA)

    with pytest.raises(Refusal), transaction() as writing:
        release(writing, fingerprint, reason=" ", actor="Dora", now=now)
    with transaction() as writing:
        release(writing, fingerprint, reason="new mailbox", actor="Dora", now=now)

    line = session.scalars(select(Suppression)).one()
    assert line.released_at == now
    assert "Released by Dora: new mailbox" in line.evidence
    assert _reason(session, person, list_id) is None


def test_nobody_releases_a_person_who_asked_to_be_erased(
    people: People, session: Session, now: datetime
) -> None:
    _suppress(people, SuppressionReason.ERASED)

    with pytest.raises(Refusal), transaction() as writing:
        release(writing, people.make.fingerprint(ADA), reason="please", actor="Dora", now=now)


def test_staff_may_record_a_new_consent_for_somebody_who_left(
    people: People, list_id: int, session: Session, now: datetime
) -> None:
    person = people.person(gets=list_id)
    _leave(person, list_id, now)
    people.consent(person, list_id, ConsentState.ACTIVE, source="Asked by phone on 2 March")

    assert _reason(session, person, list_id) is None
