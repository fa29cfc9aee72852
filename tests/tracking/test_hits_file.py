"""Hits files: acknowledged means kept, whatever happens to the process."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from outreach.tracking.hits_file import HitsWriter, Line, hits_files, is_finished, read_lines
from outreach.tracking.records import encode
from tests.tracking.appender import hit


class Appenders:
    """Processes of `tests.tracking.appender`, one after the other."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.status = -1
        """How the last one ended, as os.waitpid tells it."""

    def start(self, folder: Path, first: int) -> int:
        """Start one and return its process id."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{folder} {first}\n")
        self._process.stdin.flush()
        return int(self.line())

    def line(self) -> str:
        """Return the next line that was said."""
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def until_its_end(self) -> list[int]:
        """Return all numbers it says before it ends."""
        said = []
        while not (line := self.line()).startswith("end"):
            said.append(int(line))
        self.status = int(line.removeprefix("end"))
        return said


@pytest.fixture(scope="module")
def appenders() -> Iterator[Appenders]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.tracking.appender"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Appenders(process)


def numbers(folder: Path) -> list[int]:
    """Return the numbers of all hits that can be read."""
    return sorted(
        int.from_bytes(line.record.nonce, "big")
        for path in hits_files(folder)
        for line in read_all(path)
        if line.record is not None
    )


def read_all(path: Path) -> list[Line]:
    lines: list[Line] = []
    while more := read_lines(path, lines[-1].end if lines else 0, 500):
        lines += more
    return lines


def test_no_file_is_opened_before_the_first_hit(tmp_path: Path) -> None:
    writer = HitsWriter(tmp_path / "hits")
    assert not (tmp_path / "hits").exists()

    assert writer.append(encode(hit(1)))

    assert numbers(tmp_path / "hits") == [1]
    writer.close()


def test_a_large_file_is_followed_by_another(tmp_path: Path) -> None:
    writer = HitsWriter(tmp_path, largest=len(encode(hit(1))) * 3)

    for number in range(10):
        writer.append(encode(hit(number)))

    assert len(hits_files(tmp_path)) == 4
    assert sum(map(is_finished, hits_files(tmp_path))) == 3
    assert numbers(tmp_path) == list(range(10))
    writer.close()


def test_a_file_is_finished_when_its_writer_closed_it(tmp_path: Path) -> None:
    writer = HitsWriter(tmp_path)
    writer.append(encode(hit(1)))
    (path,) = hits_files(tmp_path)
    assert not is_finished(path)

    writer.close()

    assert is_finished(path)


def test_a_file_that_was_written_for_long_is_followed_by_another(tmp_path: Path) -> None:
    writer = HitsWriter(tmp_path, oldest_seconds=0.05)
    writer.append(encode(hit(1)))
    (first,) = hits_files(tmp_path)
    assert not is_finished(first)
    time.sleep(0.06)

    writer.append(encode(hit(2)))
    writer.append(encode(hit(3)))

    assert is_finished(first)
    assert len(read_lines(first, 0, 10)) == 1
    assert sorted(numbers(tmp_path)) == [1, 2, 3]
    writer.close()


def test_a_writer_that_falls_idle_gives_its_file_up(tmp_path: Path) -> None:
    writer = HitsWriter(tmp_path, idle_seconds=0.05)
    writer.append(encode(hit(1)))
    (path,) = hits_files(tmp_path)

    _until(lambda: is_finished(path))
    writer.append(encode(hit(2)))

    assert len(hits_files(tmp_path)) == 2
    assert numbers(tmp_path) == [1, 2]
    writer.close()


def _until(holds: object, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not holds():  # type: ignore[operator]  # a callable without arguments
        assert time.monotonic() < end
        time.sleep(0.01)


def test_threads_may_share_a_writer(tmp_path: Path) -> None:
    writer = HitsWriter(tmp_path, largest=5000)

    def write(start: int) -> None:
        for number in range(start, start + 200):
            writer.append(encode(hit(number)))

    threads = [threading.Thread(target=write, args=(200 * i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert numbers(tmp_path) == list(range(800))
    writer.close()


def test_a_forked_process_opens_a_file_of_its_own(tmp_path: Path, appenders: Appenders) -> None:
    writer = HitsWriter(tmp_path)
    writer.append(encode(hit(1)))

    appenders.start(tmp_path, 0)

    assert appenders.until_its_end() == []
    assert appenders.status == 0
    assert numbers(tmp_path) == [1, 2, 3]
    assert len(hits_files(tmp_path)) == 3
    writer.close()


@pytest.mark.slow
def test_a_killed_process_loses_no_acknowledged_hit(tmp_path: Path, appenders: Appenders) -> None:
    acknowledged: list[int] = []
    for trial in range(3):
        acknowledged += _append_and_kill(
            appenders, tmp_path, 1 + trial * 1_000_000, 0.2 + 0.2 * trial
        )

    kept = numbers(tmp_path)

    assert len(acknowledged) > 100
    assert set(acknowledged) <= set(kept)
    assert len(kept) == len(set(kept))
    assert len(kept) - len(acknowledged) <= 3
    assert all(is_finished(path) for path in hits_files(tmp_path))


def _append_and_kill(appenders: Appenders, folder: Path, first: int, seconds: float) -> list[int]:
    """Let a process append for a while after its first hit; return what it acknowledged."""
    pid = appenders.start(folder, first)
    begun = appenders.line()
    timer = threading.Timer(seconds, os.kill, (pid, signal.SIGKILL))
    timer.start()
    acknowledged = [int(begun), *appenders.until_its_end()]
    timer.join()
    assert os.WTERMSIG(appenders.status) == signal.SIGKILL
    return acknowledged


def test_a_torn_last_line_is_garbage_once_nobody_can_finish_it(tmp_path: Path) -> None:
    writer = HitsWriter(tmp_path)
    line = encode(hit(1))
    writer.append(line)
    (path,) = hits_files(tmp_path)
    with path.open("ab") as file:
        file.write(line[:30])

    assert read_all(path) == [Line(hit(1), len(line))]
    writer.close()

    assert read_all(path) == [Line(hit(1), len(line)), Line(None, len(line) + 30)]


def test_garbage_without_any_line_feed_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "x.hits"
    path.write_bytes(b"\x01" * 1_500_000 + b"\n" + encode(hit(7)))

    assert numbers(tmp_path) == [7]


def test_a_file_that_was_given_up_is_finished_while_the_disk_is_busy_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer, here = HitsWriter(tmp_path), threading.current_thread()
    is_busy, may_go_on, really = threading.Event(), threading.Event(), os.fdatasync

    def slowly(descriptor: int) -> None:
        if threading.current_thread() is not here:
            is_busy.set()
            may_go_on.wait(30)
        really(descriptor)

    monkeypatch.setattr(os, "fdatasync", slowly)
    writer.append(encode(hit(1)))
    assert is_busy.wait(30)

    writer.close()

    assert [is_finished(path) for path in hits_files(tmp_path)] == [True]
    may_go_on.set()
