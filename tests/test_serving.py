"""`serve` keeps its processes up: a killed one is started again, and SIGTERM ends them all."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).parent.parent
PATIENCE = 60


def _wait(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < until, "it takes too long"
        time.sleep(0.05)


def _answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
            return bool(answer.read() == b"ok")
    except OSError:
        return False


def _children_of(pid: int) -> set[int]:
    return {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.skipif(sys.platform != "linux", reason="looks for its processes in /proc")
def test_a_killed_web_server_is_started_again_and_sigterm_ends_all(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OUTREACH_")}
    own = {"OUTREACH_INSTANCE": str(tmp_path), "OUTREACH_CATCHER": "1", "PYTHONPATH": str(ROOT)}
    served = subprocess.Popen(
        [sys.executable, "-m", "outreach", "serve", "--port", str(port)],
        cwd=ROOT,
        env={**kept, **own},
    )
    try:
        _wait(lambda: _answers(port))
        first = _children_of(served.pid)
        assert len(first) == 2  # web and worker
        (web,) = (pid for pid in first if _children_of(pid))
        os.kill(web, signal.SIGKILL)
        _wait(lambda: len(_children_of(served.pid) - {web}) == 2)
        _wait(lambda: _answers(port))

        begun = time.monotonic()
        served.send_signal(signal.SIGTERM)
        served.wait(30)
        assert time.monotonic() - begun < 20
        _wait(lambda: not _answers(port))  # nor does a process that lost its parent
    finally:
        served.kill()
        served.wait()
