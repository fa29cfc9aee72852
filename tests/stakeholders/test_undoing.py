"""A large batch is taken back group by group: nobody waits long, and nothing stops it half-way."""

from pathlib import Path

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from outreach.core.changes import ChangeSet
from outreach.core.clock import now
from outreach.core.db import transaction
from outreach.core.errors import Conflict
from outreach.projects.models import Organisation
from outreach.stakeholders import undoing
from outreach.stakeholders.emptying import empty_people
from outreach.stakeholders.models import (
    Basis,
    Consent,
    ConsentEntry,
    ConsentState,
    Stakeholder,
    Stop,
    Suppression,
)
from outreach.stakeholders.undoing import Undone, progress_of, undo_begun
from outreach.stakeholders.views import changes
from tests.cast import Cast
from tests.stakeholders.factories import People
from tests.stakeholders.importing import bring_in
from tests.statements import counted_statements
from tests.web_client import post

CSV = "email,name,status\nknown@example.org,Known L,\n" + "".join(
    f"p{n}@example.org,P {n},\n" for n in range(6)
)
STOPPED = "".join(f"s{n}@example.org,,unsubscribed\n" for n in range(3))
HERE = "/staff/stakeholders"


@pytest.fixture
def batch_id(people: People, list_id: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """An import of six new people, a changed one and three to be stopped, in groups of two."""
    monkeypatch.setattr(undoing, "GROUP", 2)
    monkeypatch.setattr(undoing, "RELEASED_AT_ONCE", 2)
    monkeypatch.setattr(undoing, "PAUSE_SECONDS", 0)
    people.person("known@example.org", name="Known")
    report = bring_in(people, tmp_path, CSV + STOPPED, list_id=list_id)
    return report.change_set_id or 0


def take_back_a_group(people: People, batch_id: int) -> tuple[Undone, bool]:
    with transaction() as writing:
        return undoing.undo(writing, batch_id, now=people.now, actor="Ada")


def test_each_group_is_a_transaction_that_notes_how_far_it_came(
    people: People, session: Session, batch_id: int
) -> None:
    done, is_all = take_back_a_group(people, batch_id)

    batch = session.get_one(ChangeSet, batch_id)
    at = progress_of(batch)
    assert (done, is_all) == (Undone(removed=1, restored=1), False)
    assert at is not None
    assert (at.done, at.of, at.by, batch.undone_at) == (2, 7, "Ada", None)
    assert _living(session) == 6


def test_all_groups_together_take_back_what_one_would_have(
    people: People, session: Session, batch_id: int
) -> None:
    groups: list[tuple[Undone, bool]] = []
    while not groups or not groups[-1][1]:
        groups.append(take_back_a_group(people, batch_id))

    batch = session.get_one(ChangeSet, batch_id)
    assert groups[-1][0] == Undone(removed=6, restored=1, released=3)
    assert len(groups) == 5
    assert (batch.undone_at, batch.undo_begun_at) == (people.now, None)
    assert progress_of(batch) is None
    assert batch.summary["undone"]["removed"] == 6
    assert [person.name for person in _people(session)] == ["Known"]
    assert session.scalars(select(Suppression.released_at)).all() == [people.now] * 3
    with pytest.raises(Conflict, match="already"):
        take_back_a_group(people, batch_id)


def test_an_undo_cut_off_in_a_group_goes_on_from_there_and_does_nothing_twice(
    people: People, session: Session, batch_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_back_a_group(people, batch_id)
    monkeypatch.setattr(undoing, "empty_people", _cut_off_after(empty_people))
    with pytest.raises(KeyboardInterrupt):
        take_back_a_group(people, batch_id)
    session.rollback()
    left = _living(session)
    monkeypatch.setattr(undoing, "empty_people", empty_people)

    undo_begun(people.app)

    batch = session.get_one(ChangeSet, batch_id, populate_existing=True)
    assert left == 6
    assert batch.undone_at is not None
    told = {name: batch.summary["undone"][name] for name in ("removed", "restored", "by")}
    assert told == {"removed": 6, "restored": 1, "by": "Ada"}
    # Of each new person the ledger has what they came with and that it was taken back.
    of_new = ConsentEntry.stakeholder_id.in_(
        select(Stakeholder.id).where(Stakeholder.erased_at.is_not(None))
    )
    assert session.scalar(select(func.count(ConsentEntry.id)).where(of_new)) == 12
    stops = select(Stop.stakeholder_id, func.count()).group_by(Stop.stakeholder_id)
    assert {count for _, count in session.execute(stops)} == {1}


def test_where_many_people_worked_is_put_back_together(
    people: People, session: Session, list_id: int, tmp_path: Path
) -> None:
    asked = []
    for count in (3, 30):
        was = {f"o{count}x{n}@example.org": f"Was {count} {n}" for n in range(count)}
        known = [people.person(email, organisation=name) for email, name in was.items()]
        lines = "".join(f"{email},Is now\n" for email in was)
        report = bring_in(people, tmp_path, f"email,organisation\n{lines}", list_id=list_id)
        gone = Organisation.name.in_(list(was.values())[:2])
        with transaction() as writing:  # nobody works there meanwhile
            writing.execute(delete(Organisation).where(gone))
        with counted_statements() as seen:
            take_back_a_group(people, report.change_set_id or 0)
        asked.append(sum(not statement.startswith("INSERT") for statement in seen))
        works = select(Organisation.name).join(
            Stakeholder, Stakeholder.organisation_id == Organisation.id
        )
        now_at = works.where(Stakeholder.id.in_(known)).order_by(Stakeholder.id)
        assert session.scalars(now_at).all() == list(was.values())
        session.rollback()

    assert asked[0] == asked[1]


def test_consents_of_many_changed_people_are_taken_back_together(
    people: People, session: Session, list_id: int, tmp_path: Path
) -> None:
    asked = []
    for count in (3, 30):
        known = [people.person(f"c{count}x{n}@example.org", name="Before") for n in range(count)]
        lines = "".join(f"c{count}x{n}@example.org,After\n" for n in range(count))
        report = bring_in(people, tmp_path, f"email,name\n{lines}", list_id=list_id)
        with counted_statements() as seen:
            take_back_a_group(people, report.change_set_id or 0)
        # SQLite adds rows one by one where it gives their ids; all else is done for all at once.
        asked.append(sum(not statement.startswith("INSERT") for statement in seen))
        of_them = Consent.stakeholder_id.in_(known)
        now_say = session.execute(select(Consent.state, Consent.basis).where(of_them)).all()
        assert now_say == [(ConsentState.ACTIVE, Basis.UNKNOWN)] * count
        stops = select(func.count(Stop.id)).where(Stop.stakeholder_id.in_(known))
        assert session.scalar(stops) == count

    assert asked[0] == asked[1]


def test_who_left_the_page_finds_the_worker_at_it(
    people: People,
    cast: Cast,
    session: Session,
    batch_id: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(changes, "AT_ONCE", 1)
    with transaction() as writing:
        writing.get_one(ChangeSet, batch_id).created_at = now()

    said = post(cast.ada, f"{HERE}/batches/{batch_id}/undo", follow_redirects=True).text
    part = cast.ada.get(f"{HERE}/batches/{batch_id}/undo").text
    undo_begun(people.app)
    after = cast.ada.get(f"{HERE}/batches/{batch_id}/undo").text

    assert "It is being taken back." in said
    assert "2 of 7" in said
    assert "2 of 7" in part
    assert "data-finished" not in part
    assert "data-finished" in after
    assert "taken back" in cast.ada.get(f"{HERE}/batches").text
    assert _living(session) == 1


def _cut_off_after(act: object) -> object:
    def cut_off(*values: object, **named: object) -> None:
        act(*values, **named)  # type: ignore[operator]  # any function
        raise KeyboardInterrupt

    return cut_off


def _people(session: Session) -> list[Stakeholder]:
    living = select(Stakeholder).where(Stakeholder.erased_at.is_(None))
    return list(session.scalars(living.execution_options(populate_existing=True)))


def _living(session: Session) -> int:
    return len(_people(session))
