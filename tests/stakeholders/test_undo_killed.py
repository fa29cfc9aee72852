"""Kill -9 for real, in the middle of taking an import back: nothing half done, nothing twice."""

import signal
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach.core import clock
from outreach.core.changes import ChangeSet
from outreach.stakeholders import undoing
from outreach.stakeholders.models import ConsentEntry, Stakeholder, Stop, Suppression
from outreach.stakeholders.undoing import progress_of, undo_begun
from tests.stakeholders.factories import People
from tests.stakeholders.importing import bring_in
from tests.stakeholders.undo_process import Undoers, undoers

GROUP, NEW = 5, 23
CSV = "email,name,status\nknown@example.org,Known L,\n" + "".join(
    f"p{n}@example.org,P {n},\n" for n in range(NEW)
)
STOPPED = "".join(f"s{n}@example.org,,unsubscribed\n" for n in range(3))


@pytest.fixture(scope="module")
def started() -> Iterator[Undoers]:
    with undoers() as found:
        yield found


@pytest.fixture
def now() -> datetime:
    """The clock of the process that is killed."""
    return clock.now()


@pytest.mark.slow
def test_an_undo_that_is_killed_within_groups_goes_on_and_ends_as_if_it_never_was(
    people: People,
    list_id: int,
    session: Session,
    started: Undoers,
    database_uri: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    people.person("known@example.org", name="Known")
    report = bring_in(people, tmp_path, CSV + STOPPED, list_id=list_id)
    batch_id = report.change_set_id or 0
    session.rollback()

    seen = []
    for call in (1, 3):
        ended = started.kill_within(database_uri, tmp_path, batch_id, group=GROUP, call=call)
        session.rollback()
        at = progress_of(session.get_one(ChangeSet, batch_id, populate_existing=True))
        seen.append((ended, at.done if at else 0, _living(session)))
        session.rollback()
    monkeypatch.setattr(undoing, "GROUP", GROUP)
    undo_begun(people.app)

    # The first died before anything was committed, the second after two whole groups; among their
    # people is the one who was there before and stays.
    assert [ended for ended, *_ in seen] == [-signal.SIGKILL] * 2
    assert seen[0][1:] == (0, NEW + 1)
    assert seen[1][1:] == (2 * GROUP, NEW + 2 - 2 * GROUP)
    batch = session.get_one(ChangeSet, batch_id, populate_existing=True)
    assert batch.undone_at is not None
    told = {name: batch.summary["undone"][name] for name in ("removed", "restored", "released")}
    assert told == {"removed": NEW, "restored": 1, "released": 3}
    _is_as_before(session)


def _living(session: Session) -> int:
    query = select(func.count(Stakeholder.id)).where(Stakeholder.erased_at.is_(None))
    return session.scalar(query) or 0


def _is_as_before(session: Session) -> None:
    """Look that the one person from before is as they were, and that nothing was written twice."""
    living = select(Stakeholder.name).where(Stakeholder.erased_at.is_(None))
    assert session.scalars(living).all() == ["Known"]
    assert None not in session.scalars(select(Suppression.released_at)).all()
    new = ConsentEntry.stakeholder_id.in_(
        select(Stakeholder.id).where(Stakeholder.erased_at.is_not(None))
    )
    # Of each new person the ledger has what they came with and that it was taken back.
    assert session.scalar(select(func.count(ConsentEntry.id)).where(new)) == 2 * NEW
    stops = select(Stop.stakeholder_id, func.count()).group_by(Stop.stakeholder_id)
    assert {count for _, count in session.execute(stops)} == {1}
