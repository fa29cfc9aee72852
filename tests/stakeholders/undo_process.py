"""A process that takes a batch back, until it stands still within a group and is killed there.

`python -m tests.stakeholders.undo_process URI FOLDER BATCH GROUP CALL`: groups of GROUP people; in
the CALL-th of them it prints a line once its people are emptied and nothing is committed yet.
"""

import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

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


def kill_within(uri: str, folder: Path, batch_id: int, *, group: int, call: int) -> int:
    """Begin or go on with an undo, and kill -9 it within a group; returns how it ended."""
    order = (uri, str(folder), str(batch_id), str(group), str(call))
    command = [sys.executable, *WARNINGS, "-m", "tests.stakeholders.undo_process", *order]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        assert said.strip() == INSIDE, "it ended before the group it was to be killed in"
    finally:
        process.kill()
        process.communicate()
    return process.returncode


def _main(uri: str, folder: str, batch_id: str, group: str, call: str) -> None:
    left = int(call)

    def empty_and_wait(session: Session, ids: Sequence[int], *, now: datetime, actor: str) -> None:
        nonlocal left
        empty_people(session, ids, now=now, actor=actor)
        left -= 1
        if left == 0:
            print(INSIDE, flush=True)  # noqa: T201 - the sign the test waits for
            signal.pause()

    undoing.GROUP = int(group)
    setattr(undoing, "empty_people", empty_and_wait)  # noqa: B010 - no name it hands on
    app = create_app(settings_for(uri, Path(folder), catcher=True))
    with app.app_context():
        undoing.undo_at_once(int(batch_id), most=1_000, now=clock.now(), actor="Ada")


if __name__ == "__main__":
    _main(*sys.argv[1:])
