"""HTTP load on loopback: by wrk where it is installed, else by a small generator of ours.

Either keeps 64 connections busy on the same cores as the server, so trust the server's CPU per
request more than the wall. wrk is many times cheaper than the generator in Python.
"""

import re
import selectors
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from tests.tracking.factories import CHROME
from tests.tracking.web_process import cpu_of

CONNECTIONS = 64
_SCRIPT = """
local paths = {}
for path in io.lines("%s") do paths[#paths + 1] = path end
local n = 0
request = function()
  n = n %% #paths + 1
  return wrk.format("GET", paths[n], {["User-Agent"] = "%s"})
end
done = function(summary, latency, requests)
  local bad = summary.errors.status + summary.errors.read + summary.errors.timeout
  io.write(string.format("RESULT %%d %%d %%d %%f %%f\\n", summary.requests, bad,
    summary.duration, latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
"""


@dataclass(frozen=True)
class Load:
    """What a run of the generator saw."""

    requests: int
    seconds: float
    cpu_seconds: float
    middle: float
    """Milliseconds of the median; `slow` of the 99th percentile."""
    slow: float

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds

    @property
    def cpu(self) -> float:
        """The server's microseconds per request."""
        return self.cpu_seconds / self.requests * 1e6


def load(port: int, workers: Sequence[int], paths: Sequence[str], seconds: float) -> Load:
    """Keep 64 connections busy for a while; each sends its next request after an answer."""
    by = _by_wrk if shutil.which("wrk") else _by_ourselves
    return by(port, workers, paths, seconds)


def tool() -> str:
    """Name what makes the load."""
    return "wrk -t1" if shutil.which("wrk") else "a generator in Python"


def _by_wrk(port: int, workers: Sequence[int], paths: Sequence[str], seconds: float) -> Load:
    with tempfile.TemporaryDirectory() as folder:
        listed, script = Path(folder, "paths"), Path(folder, "load.lua")
        listed.write_text("\n".join(paths) + "\n")
        script.write_text(_SCRIPT % (listed, CHROME))
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s"]
        command += ["-s", str(script), f"http://127.0.0.1:{port}/"]
        cpu = _cpu(workers)
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        spent = _cpu(workers) - cpu
    found = re.search(r"RESULT (\d+) (\d+) (\d+) ([\d.]+) ([\d.]+)", said)
    if found is None:
        raise RuntimeError(f"wrk said: {said}")
    requests, bad, duration = (int(found[index]) for index in (1, 2, 3))
    if bad:
        raise RuntimeError(f"{bad} requests were not answered as they should be")
    return Load(requests, duration / 1e6, spent, float(found[4]), float(found[5]))


def _cpu(pids: Sequence[int]) -> float:
    return sum(map(cpu_of, pids))


def _requests(paths: Sequence[str]) -> list[bytes]:
    head = f"HTTP/1.1\r\nHost: localhost\r\nUser-Agent: {CHROME}\r\n\r\n"
    return [f"GET {path} {head}".encode() for path in paths]


@dataclass
class Caller:
    """One connection: sends a request, reads its answer whole, sends the next."""

    connection: socket.socket
    sent_at: float = 0.0
    received: bytes = b""

    def ask(self, request: bytes) -> None:
        """Send a request."""
        self.received, self.sent_at = b"", time.perf_counter()
        self.connection.send(request)

    def has_answer(self) -> bool:
        """Read what has come; say whether the answer is whole."""
        self.received += self.connection.recv(65536)
        head, separator, body = self.received.partition(b"\r\n\r\n")
        if not separator:
            return False
        if not head.startswith((b"HTTP/1.1 2", b"HTTP/1.1 3")):
            raise RuntimeError(f"not what was asked for: {head!r}")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        return len(body) >= int(length)


def _by_ourselves(port: int, workers: Sequence[int], paths: Sequence[str], seconds: float) -> Load:
    """Keep 64 connections busy for a while; each sends its next request after an answer."""
    requests = cycle(_requests(paths))
    times: list[float] = []
    with selectors.DefaultSelector() as selector:
        cpu, start = _cpu(workers), time.perf_counter()
        callers = [_call(selector, port, next(requests)) for _ in range(CONNECTIONS)]
        while time.perf_counter() - start < seconds:
            for key, _ in selector.select(1):
                caller: Caller = key.data
                if caller.has_answer():
                    times.append(time.perf_counter() - caller.sent_at)
                    caller.ask(next(requests))
        elapsed, spent = time.perf_counter() - start, _cpu(workers) - cpu
    for caller in callers:
        caller.connection.close()
    times.sort()
    middle, slow = (times[int(len(times) * part)] * 1000 for part in (0.5, 0.99))
    return Load(len(times), elapsed, spent, middle, slow)


def _call(selector: selectors.BaseSelector, port: int, request: bytes) -> Caller:
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    caller = Caller(connection)
    selector.register(connection, selectors.EVENT_READ, caller)
    caller.ask(request)
    return caller
