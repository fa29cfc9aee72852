"""People not heard of for years: who is proposed, asked once, kept or erased."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from outreach.core.changes import ChangeKind, ChangeSet
from outreach.core.db import db, transaction
from outreach.core.state import state
from outreach.mail.models import OutboxLetter
from outreach.stakeholders import retention, silence
from outreach.stakeholders.consents import leave_list, suppress
from outreach.stakeholders.ledger import THE_PERSON, record_consent
from outreach.stakeholders.models import (
    Basis,
    ConsentState,
    NoteKind,
    Purpose,
    SignUp,
    Stakeholder,
    SuppressionReason,
)
from outreach.stakeholders.notes import write_note
from outreach.stakeholders.pausing import pause
from outreach.stakeholders.sender import Desk
from outreach.stakeholders.signing_up import confirm
from tests.cast import Cast
from tests.stakeholders.factories import People
from tests.web_client import post

HERE = "/staff/stakeholders/retention"


def _rules(people: People) -> silence.Rules:
    return silence.Rules.of(36, state(people.app).contributions.engagements)


def _silent(people: People, session: Session, now: datetime) -> list[int]:
    session.rollback()
    return [each.person.id for each in silence.proposal(session, _rules(people), now=now)[1]]


@pytest.mark.parametrize(
    ("months", "expected"), [(1, "2026-02-28"), (36, "2023-03-31"), (37, "2023-02-28")]
)
def test_months_are_those_of_the_calendar(months: int, expected: str, now: datetime) -> None:
    end_of_march = now.replace(month=3, day=31)

    assert str(silence.months_before(end_of_march, months).date()) == expected


def test_whoever_was_heard_of_is_not_proposed(
    people: People, list_id: int, session: Session, now: datetime
) -> None:
    silent, left, met, young, joined = (people.person(gets=list_id) for _ in range(5))
    merged = people.person()
    later = now + timedelta(days=365 * 4)
    recent = later - timedelta(days=30)
    with transaction() as writing:
        leave_list(writing, left, list_id, now=recent, actor=THE_PERSON)
        values = {"happened_on": recent.date(), "follow_up_on": None, "actor": "Ada", "now": recent}
        write_note(writing, met, NoteKind.CALL, "Hello", **values)  # type: ignore[arg-type]
        write_note(writing, silent, NoteKind.NOTE, "No contact", **values)  # type: ignore[arg-type]
        write_note(writing, merged, NoteKind.CALL, "Hello", **values)  # type: ignore[arg-type]
        writing.get_one(Stakeholder, merged).merged_into_id = joined
        born = update(Stakeholder).where(Stakeholder.id == young).values(created_at=recent)
        writing.execute(born)

    assert _silent(people, session, now) == []
    assert _silent(people, session, later) == [silent]


def test_they_are_asked_once_and_an_answer_is_a_consent_of_their_own(
    people: People, list_id: int, session: Session, now: datetime
) -> None:
    ada, ben = people.person(gets=list_id, language="de"), people.person()
    here = state(people.app)
    desk = Desk("http://localhost", here.signer, here.ring)
    later = now + timedelta(days=365 * 4)

    counts = []
    for day in (0, 1):
        with transaction() as writing:
            at = later + timedelta(days=day)
            done = retention.ask_once(writing, [ada, ben], desk=desk, now=at, actor="Dora")
            counts.append(done.summary["counts"]["asked"])
    letter = session.scalars(select(OutboxLetter)).one()
    link = re.search(r"/subscribe/confirm/[\w-]+", letter.text)
    # The page looks at the wall clock, and the question must not have run out there.
    with transaction() as writing:
        writing.execute(update(SignUp).values(expires_at=datetime(2999, 1, 1, tzinfo=UTC)))
    page = people.app.test_client().get(f"{link[0] if link else ''}?lang=de").text
    with transaction() as writing:
        asked = writing.scalars(select(SignUp)).one()
        confirm(writing, asked, desk=desk, now=later + timedelta(days=3))

    assert counts == [1, 0]
    assert letter.subject.startswith("Möchten Sie weiterhin Briefe")
    assert "Weiter Briefe von" in page
    assert "bleibt p•••@" in page
    assert "Ja, weiter so" in page
    assert "abonnieren" not in page, "nobody who gets letters is asked to subscribe"
    assert _silent(people, session, later + timedelta(days=4)) == [ben]


def test_whoever_gets_no_letters_is_not_asked_by_letter(
    people: People, list_id: int, session: Session, now: datetime
) -> None:
    blocked, paused, unknown = (people.person(gets=list_id) for _ in range(3))
    later = now + timedelta(days=365 * 4)
    here = state(people.app)
    with transaction() as writing:
        fingerprint = writing.get_one(Stakeholder, blocked).fingerprint or ""
        by_hand = {"evidence": "Asked us to", "actor": "Ada", "now": now}
        suppress(writing, fingerprint, SuppressionReason.BY_HAND, **by_hand)  # type: ignore[arg-type]
        pause(writing, paused, months=1, now=later)
        basis = {"basis": Basis.UNKNOWN, "source": "x", "actor": "Ada", "now": now}
        standing = (list_id, Purpose.NEWSLETTER, ConsentState.ACTIVE)
        record_consent(writing, unknown, *standing, **basis)  # type: ignore[arg-type]
    desk = Desk("http://localhost", here.signer, here.ring)
    with transaction() as writing:
        ids = [blocked, paused, unknown]
        done = retention.ask_once(writing, ids, desk=desk, now=later, actor="Dora")

    assert done.summary["counts"] == {"asked": 0, "left alone": 3}
    assert session.scalars(select(OutboxLetter)).all() == []


def test_only_the_unanswered_are_erased_by_themselves(
    people: People, list_id: int, session: Session, now: datetime
) -> None:
    ada, ben = people.person(gets=list_id), people.person(gets=list_id)
    here, later = state(people.app), now + timedelta(days=365 * 4)
    desk = Desk("http://localhost", here.signer, here.ring)
    with transaction() as writing:
        retention.ask_once(writing, [ada], desk=desk, now=later, actor="Dora")

    soon = silence.unanswered(session, _rules(people), now=later + timedelta(days=59))
    due = silence.unanswered(session, _rules(people), now=later + timedelta(days=61))
    session.rollback()
    with transaction() as writing:
        steps = here.contributions.erasures
        retention.erase_silent(
            writing, due, erasures=steps, ring=here.ring, now=later, actor="retention"
        )

    assert (soon, due) == ([], [ada])
    assert people.load(ada).email is None
    assert people.load(ben).email
    kinds = select(ChangeSet.kind).order_by(ChangeSet.id)
    assert list(session.scalars(kinds)) == [ChangeKind.RETENTION] * 2


def test_staff_decide_on_the_page(cast: Cast, people: People, list_id: int) -> None:
    client = cast.ada
    people.now = old = people.now - timedelta(days=365 * 9)
    ada, ben, cleo = (people.person(name=name, gets=list_id) for name in ("Ada", "Ben", "Cleo"))

    shown = client.get(HERE)
    nothing = post(client, HERE, {"act": "ask"})
    kept = {"act": "renew", "person": [str(ben)], "list_id": str(list_id), "basis": "consent"}
    sourceless = post(client, HERE, {**kept, "source": " "})
    unsure = post(client, HERE, {"act": "erase", "person": [str(ben)], "word": "yes"})
    asked = post(client, HERE, {"act": "ask", "person": [str(ada)]}, follow_redirects=True)
    twice = post(client, HERE, {"act": "ask", "person": [str(ada)]}, follow_redirects=True)
    renewal = {"act": "renew", "person": [str(cleo)], "list_id": str(list_id)}
    refused = post(client, HERE, {**renewal, "basis": "unknown", "source": "x"})
    renewal |= {"basis": Basis.PUBLIC_TASK.value, "source": "Still in office"}
    renewed = post(client, HERE, renewal, follow_redirects=True)
    with people.app.app_context(), transaction() as session:
        leave_list(session, ada, list_id, now=old, actor="Dora")
    gone = post(client, HERE, {**renewal, "person": [str(ada)]}, follow_redirects=True)
    erased = post(
        client, HERE, {"act": "erase", "person": [str(ben)], "word": "erase"}, follow_redirects=True
    )

    assert "no proof of disinterest" in shown.text
    assert sourceless.text.count(" checked>") == 1, "whoever was ticked stays ticked"
    assert "Nothing was done" in sourceless.text
    assert [nothing.status_code, unsure.status_code, refused.status_code] == [422] * 3
    assert "1 asked." in asked.text
    assert "1 left alone. Left alone is who was asked before" in twice.text
    assert "1 renewed." in renewed.text
    assert "1 left alone. Left alone is who left this list" in gone.text
    assert "Cleo" not in erased.text
    assert "1 erased" in erased.text
    with people.app.app_context():
        assert db.session.get_one(Stakeholder, ben).email is None
