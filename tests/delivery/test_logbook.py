"""The logbook: what was written is there after the writer is gone, and nobody shares it."""

import struct
from pathlib import Path

import pytest

from outreach.delivery.logbook import (
    RECORD_BYTES,
    ROOM,
    DirectoryTaken,
    Logbook,
    Mark,
    left_behind,
    take_free_directory,
)


def test_the_last_mark_of_each_letter_is_read_back(tmp_path: Path) -> None:
    with take_free_directory(tmp_path) as book:
        book.reserve()
        book.write(7, 1, Mark.IN_HAND)
        book.write(7, 1, Mark.ACCEPTED)
        book.write(7, 2, Mark.IN_HAND)

    with Logbook(tmp_path / "worker-1") as again:
        assert again.marks() == {(7, 1): Mark.ACCEPTED, (7, 2): Mark.IN_HAND}


def test_a_torn_record_ends_the_reading_and_is_written_over(tmp_path: Path) -> None:
    with Logbook(tmp_path / "worker-1") as book:
        book.write(7, 1, Mark.ACCEPTED)
        book.write(7, 2, Mark.ACCEPTED)
    with (tmp_path / "worker-1" / "logbook").open("r+b") as file:
        file.seek(RECORD_BYTES + 5)
        file.write(struct.pack("B", 99))

    with Logbook(tmp_path / "worker-1") as again:
        assert again.marks() == {(7, 1): Mark.ACCEPTED}
        again.write(7, 3, Mark.IN_HAND)
        assert again.marks() == {(7, 1): Mark.ACCEPTED, (7, 3): Mark.IN_HAND}


def test_two_processes_never_share_a_directory(tmp_path: Path) -> None:
    with take_free_directory(tmp_path) as first, take_free_directory(tmp_path) as second:
        assert (first.name, second.name) == ("worker-1", "worker-2")
        with pytest.raises(DirectoryTaken):
            Logbook(tmp_path / "worker-1")
        assert list(left_behind(tmp_path)) == []

    assert [book.name for book in left_behind(tmp_path)] == ["worker-1", "worker-2"]


def test_what_is_settled_is_forgotten_and_its_room_kept(tmp_path: Path) -> None:
    with take_free_directory(tmp_path) as book:
        book.reserve()
        book.write(7, 1, Mark.ACCEPTED)
        book.clear()

        assert book.marks() == {}
        assert (tmp_path / "worker-1" / "logbook").stat().st_size == ROOM


def test_what_a_process_left_behind_is_written_over_by_nobody(tmp_path: Path) -> None:
    with Logbook(tmp_path / "worker-1") as book:
        book.write(7, 1, Mark.IN_HAND)

    with take_free_directory(tmp_path) as other:
        assert other.name == "worker-2"


def test_a_logbook_that_was_let_go_takes_nothing(tmp_path: Path) -> None:
    book = Logbook(tmp_path / "worker-1")
    book.close()

    with pytest.raises(OSError, match="let go"):
        book.write(7, 1, Mark.ACCEPTED)
