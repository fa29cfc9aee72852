"""A process that takes a batch back, until it stands still within a group and is killed there.

It imports everything once and forks a child for each line it reads: what comes from where, in
groups of so many people. In the CALL-th of them the child says so once its people are emptied and
nothing is committed yet.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from sqlalchemy.orm import Session

from outreach import create_app
from outreach.core import clock
from outreach.stakeholders import undoing
from outreach.stakeholders.emptying import empty_people
from tests.databases import settings_for

ROOT = Path(__file__).parent.parent.parent
# The embedded PostgreSQL looks for a folder that servers without a desktop do not have.
WARNINGS = ("-W", "error", "-W", "ignore:XDG_RUNTIME_DIR is not set")
INSIDE = "inside"


class Undoers:
    """Starts processes that take a batch back, and kills them."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def kill_within(self, uri: str, folder: Path, batch_id: int, *, group: int, call: int) -> int:
        """Begin or go on with an undo, and kill -9 it within a group; returns how it ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([uri, str(folder), batch_id, group, call]) + "\n")
        self._process.stdin.flush()
        said, pid = self._process.stdout.readline().split()
        assert said == INSIDE, "it ended before the group it was to be killed in"
        os.kill(int(pid), signal.SIGKILL)
        return int(self._process.stdout.readline())


@contextmanager
def undoers() -> Iterator[Undoers]:
    """Give what starts such processes, and end it with all of them."""
    command = [sys.executable, *WARNINGS, "-m", "tests.stakeholders.undo_process"]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield Undoers(process)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def _main() -> None:
    for line in sys.stdin:
        uri, folder, batch_id, group, call = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _undo(uri, Path(folder), batch_id, group, call)
        status = os.waitpid(pid, 0)[1]
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 - the answer


def _undo(uri: str, folder: Path, batch_id: int, group: int, call: int) -> NoReturn:
    left = call

    def empty_and_wait(session: Session, ids: Sequence[int], *, now: datetime, actor: str) -> None:
        nonlocal left
        empty_people(session, ids, now=now, actor=actor)
        left -= 1
        if left == 0:
            print(INSIDE, os.getpid(), flush=True)  # noqa: T201 - the sign the test waits for
            signal.pause()

    undoing.GROUP = group
    setattr(undoing, "empty_people", empty_and_wait)  # noqa: B010 - no name it hands on
    app = create_app(settings_for(uri, folder, catcher=True))
    with app.app_context():
        undoing.undo_at_once(batch_id, most=1_000, now=clock.now(), actor="Ada")
    print("ended", os.getpid(), flush=True)  # noqa: T201 - then the test fails
    os._exit(0)


if __name__ == "__main__":
    _main()
