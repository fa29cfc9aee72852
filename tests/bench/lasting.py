"""A web process over millions of hits: does its memory stay what it was?

Requests are sent ahead of their answers (pipelining), and connections are made anew after a while,
as readers come and go: how long an answer takes does not matter here, only what stays behind.
"""

import os
import selectors
import socket
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path
from time import perf_counter

import click

from outreach.tracking.hits_file import hits_files, is_finished

MILLION = 1_000_000
CONNECTIONS = 32
AHEAD = 32
"""Requests on their way on one connection."""
BLOCKS = 200
"""How many times as many go over a connection before another takes its place."""
_AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/{0}.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:{0}.0) Gecko/20100101 Firefox/{0}.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS {0}_1 like Mac OS X) AppleWebKit/605.1.15",
    "Mozilla/5.0",
)
AGENTS = [agent.format(version) for version in range(60, 160) for agent in _AGENTS]


class _Caller:
    """One connection with a block of requests on its way."""

    def __init__(self, port: int, blocks: Iterator[bytes]) -> None:
        self.connection = socket.create_connection(("127.0.0.1", port))
        self._blocks = islice(blocks, BLOCKS)
        self._answers = 0
        self._tail = b""

    def ask(self) -> bool:
        """Send a block; False when it is time for another connection."""
        block = next(self._blocks, None)
        if block is not None:
            self._answers = 0
            self.connection.sendall(block)
        return block is not None

    def has_answers(self) -> bool:
        """Read what has come; say whether the whole block is answered."""
        received = self._tail + self.connection.recv(1 << 16)
        if len(received) == len(self._tail):
            raise RuntimeError("the web process hung up")
        if b"HTTP/1.1 4" in received or b"HTTP/1.1 5" in received:
            raise RuntimeError(f"not what was asked for: {received!r}")
        # An answer's head may be cut anywhere in its last three bytes but one.
        self._answers, self._tail = self._answers + received.count(b"\r\n\r\n"), received[-3:]
        return self._answers == AHEAD


def blocks_of(paths: Sequence[str]) -> Iterator[bytes]:
    """Give blocks of requests for ever: all paths in turn, by one agent after the other."""
    asked = [
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: {agent}\r\n\r\n".encode()
        for path, agent in zip(paths, cycle(AGENTS), strict=False)
    ]
    blocks = [b"".join(asked[at : at + AHEAD]) for at in range(0, len(asked) - AHEAD, AHEAD)]
    return cycle(blocks)


def answered(port: int, blocks: Iterator[bytes]) -> Iterator[int]:
    """Serve for ever; gives how many requests were answered, each time a block has been."""
    with selectors.DefaultSelector() as selector:
        for made in (_Caller(port, blocks) for _ in range(CONNECTIONS)):
            selector.register(made.connection, selectors.EVENT_READ, made)
            made.ask()
        while True:
            for key, _ in selector.select(5):
                caller: _Caller = key.data
                if not caller.has_answers():
                    continue
                yield AHEAD
                if not caller.ask():
                    selector.unregister(caller.connection)
                    caller.connection.close()
                    another = _Caller(port, blocks)
                    selector.register(another.connection, selectors.EVENT_READ, another)
                    another.ask()


def memory_of(pids: Sequence[int]) -> float:
    """Return the resident megabytes of processes."""
    pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids)
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def measure_lasting(
    port: int, pids: Sequence[int], paths: Sequence[str], *, hits: int, folder: Path
) -> None:
    """Print the memory of web processes at each million hits, and what a million adds.

    The first million is left out of that: threads, caches and the table of visits fill once.
    """
    start, done = perf_counter(), 0
    resident = [memory_of(pids)]
    click.echo(f"{done:12,} hits  {resident[0]:7.1f} MB")
    for number in answered(port, blocks_of(paths)):
        done += number
        if done >= len(resident) * MILLION:
            resident.append(memory_of(pids))
            rate = done / (perf_counter() - start)
            click.echo(f"{done:12,} hits  {resident[-1]:7.1f} MB  {rate:7,.0f} hits/s so far")
            _take_away(folder)
        if done >= hits:
            break
    if len(resident) > 2:
        grown = (resident[-1] - resident[1]) / (len(resident) - 2)
        click.echo(f"{len(pids)} process(es): {grown:+.2f} MB a million hits after the first")


def _take_away(folder: Path) -> None:
    """Take files away that are full, as the applier does: they are no part of what is measured."""
    for path in hits_files(folder):
        if is_finished(path):
            path.unlink()
