"""Tests of an import that understands the next rows while the database writes the last ones."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.stakeholders.importing import running
from outreach.stakeholders.importing.ahead import Ahead, Chunk
from outreach.stakeholders.importing.reading import Format, Line, Unreadable
from outreach.stakeholders.models import Stakeholder
from tests.stakeholders.factories import People
from tests.stakeholders.importing import bring_in

ROWS = (
    "email,name,role\n"
    "a@example.org,Ann,ngo\nnone,Nobody,ngo\na@example.org,Ann,ngo\nb@example.org,Bob,ngo\n"
    "c@example.org,Cem,juggler\nd@example.org,Dee,ngo\nb@example.org,Bob,ngo\n"
)


pytestmark = pytest.mark.usefixtures("session")  # for its application context


def readers() -> list[str]:
    return [t.name for t in threading.enumerate() if t.name.startswith("import-reader")]


@pytest.mark.parametrize("size", [1, 2, 3, 6_000])
def test_a_file_gives_one_report_in_its_order_however_many_rows_are_read_ahead(
    people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(running, "CHUNK", size)

    report = bring_in(people, tmp_path, ROWS)

    assert dict(report.counts) == {"new": 3, "refused": 4}
    assert [remark.line for remark in report.refused] == [3, 4, 6, 8]
    assert {name: dict(words) for name, words in report.unknown.items()} == {
        "roles": {"juggler": 1}
    }
    written = (tmp_path / "refused.csv").read_text(encoding="utf-8-sig").splitlines()[1:]
    assert sorted(row.split(",")[3] for row in written) == ["3", "4", "6", "8"]
    assert readers() == []


def test_people_get_their_keys_in_the_order_of_the_file(
    people: People, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "CHUNK", 2)

    bring_in(people, tmp_path, ROWS)

    ours = Stakeholder.name.in_(["Ann", "Bob", "Dee"])
    found = session.scalars(select(Stakeholder.name).where(ours).order_by(Stakeholder.id))
    assert found.all() == ["Ann", "Bob", "Dee"]


def test_nobody_goes_on_reading_for_an_import_that_was_stopped(
    people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "CHUNK", 1)

    def stop(done: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        bring_in(people, tmp_path, ROWS, progress=stop)

    assert readers() == []
    assert people.id_of("a@example.org")
    assert people.id_of("b@example.org") is None


def test_a_file_that_breaks_off_leaves_what_stood_before_and_says_so(
    people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks_off(_path: Path, _table: Format) -> Iterator[Line]:
        yield Line(2, ["a@example.org", "Ann", "ngo"])
        yield Line(3, ["b@example.org", "Bob", "ngo"])
        raise Unreadable("The file's characters cannot be read.")

    monkeypatch.setattr(running, "CHUNK", 2)
    monkeypatch.setattr(running, "rows", breaks_off)

    with pytest.raises(Unreadable, match="cannot be read"):
        bring_in(people, tmp_path, ROWS)

    assert people.id_of("a@example.org")
    assert people.id_of("b@example.org")
    assert readers() == []


def test_a_chunk_that_was_begun_is_made_once_and_elsewhere() -> None:
    makers: list[str] = []

    def make() -> Chunk:
        makers.append(threading.current_thread().name)
        return Chunk([], [], {}, [])

    with Ahead(make) as ahead:
        ahead.take()
        ahead.begin()
        ahead.begin()
        ahead.take()
        ahead.take()

    here = threading.current_thread().name
    assert makers == [here, "import-reader_0", here]
