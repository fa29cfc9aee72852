"""A real web process under load, to be measured or killed: granian with the wrapper in front."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path

import granian
from flask import Flask
from granian.constants import Interfaces
from granian.log import LogLevels

from outreach import create_app
from outreach.core.config import Settings
from tests.databases import settings_for
from tests.tracking.factories import CHROME, Sent

FOLDER, URI = "OUTREACH_TEST_FOLDER", "OUTREACH_TEST_URI"
TICKS = os.sysconf("SC_CLK_TCK")


def settings_in(folder: Path, uri: str) -> Settings:
    """Return the settings of an installation in `folder`."""
    return settings_for(uri, folder, catcher=True)


def create() -> Flask:
    """Return the application of the granian process; where it lives stands in the environment."""
    return create_app(settings_in(Path(os.environ[FOLDER]), os.environ[URI]))


class Launcher:
    """Starts web processes from one that has imported everything: each import takes seconds."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def start(self, folder: Path, uri: str, port: int, threads: int, workers: int) -> int:
        """Start granian and return its process id."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([str(folder), uri, port, threads, workers]) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@contextmanager
def launching() -> Iterator[Launcher]:
    """Give what starts web processes; they end before it does."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.tracking.web_process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield Launcher(process)
    finally:
        process.kill()
        process.communicate()


@contextmanager
def serving(
    folder: Path,
    uri: str,
    *,
    threads: int = 4,
    workers: int = 1,
    by: Launcher | None = None,
) -> Iterator[tuple[int, list[int]]]:
    """Serve; gives the port and the process ids of those that answer."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with launching() if by is None else nullcontext(by) as launcher:
        pid = launcher.start(folder, uri, port, threads, workers)
        try:
            _wait_for(port)
            yield port, workers_of(pid, workers)
        finally:
            _end(pid)


def _end(pid: int) -> None:
    """Ask a process to stop, insist after ten seconds."""
    until = time.monotonic() + 10
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
        while time.monotonic() < until:
            os.kill(pid, 0)
            time.sleep(0.01)
        os.kill(pid, signal.SIGKILL)


def _launch() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how they ended
    for line in sys.stdin:
        folder, uri, port, threads, workers = json.loads(line)
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.environ.update({FOLDER: folder, URI: uri})
            _serve(port, threads, workers)
            os._exit(0)
        print(pid, flush=True)  # noqa: T201 - the answer to the test


def _serve(port: int, threads: int, workers: int) -> None:
    granian.Granian(
        "tests.tracking.web_process:create",
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        websockets=False,
        log_level=LogLevels.critical,
        factory=True,
    ).serve()


def _wait_for(port: int) -> None:
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("granian did not start")


def workers_of(parent: int, number: int) -> list[int]:
    """Return the processes that answer: granian's children that have used most CPU."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    busiest = sorted((int(child) for child in children), key=cpu_of, reverse=True)
    return busiest[:number]


def cpu_of(pid: int) -> float:
    """Return the CPU seconds a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


@dataclass
class Readers:
    """Connections that load pictures, each of a letter of its own, and note what was answered."""

    sent: Sent
    port: int
    connections: int = 8

    def __post_init__(self) -> None:
        self.acknowledged: list[bytes] = []
        self._threads = [threading.Thread(target=self._read) for _ in range(self.connections)]

    def start(self) -> None:
        """Begin on all connections."""
        for thread in self._threads:
            thread.start()

    def wait(self) -> None:
        """Wait until the server has gone away under all of them."""
        for thread in self._threads:
            thread.join()

    def _read(self) -> None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 5) as line:
            while True:
                nonce = secrets.token_bytes(8)
                token = self.sent.signer.unlinked(self.sent.mailing_id, 1, nonce)
                head = f"GET /t/o/{token}.gif HTTP/1.1\r\nHost: x\r\nUser-Agent: {CHROME}\r\n\r\n"
                line.sendall(head.encode())
                if not _has_answer(line):
                    return
                self.acknowledged.append(nonce)


def _has_answer(line: socket.socket) -> bool:
    """Read an answer whole; False when the server went away before its end."""
    received = b""
    while b"\r\n\r\n" not in received or not received.endswith(b";"):
        block = line.recv(4096)
        if not block:
            return False
        received += block
    return received.startswith(b"HTTP/1.1 200")


if __name__ == "__main__":
    _launch()
