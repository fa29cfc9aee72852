"""Benchmark of sending to a far server: 20 ms round trip through a proxy of ours, 50 connections.

    python -m tests.bench.far [--shared]

The proxy holds every packet back for 10 ms in each direction; the law is connections / (2 x 20 ms)
letters a second, since a pipelined letter takes two round trips.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import click

from tests.bench.delivery import counted, database, prepared, send, sent_together
from tests.bench.one_sender import Order
from tests.bench.send import free_port, sink, wait_for

RECIPIENTS = 10_000
CONNECTIONS = 50
FEW = 5
"""Connections of each of several workers."""
ONE_WAY_SECONDS = 0.010


def main() -> None:
    """Print letters per second at 20 ms."""
    with database("sqlite") as (uri, folder), sink() as (target, server), proxy(target) as port:
        kit = prepared(uri, folder, RECIPIENTS)
        run = send(Order(uri, str(folder), port, CONNECTIONS))
        click.echo(
            f"  20 ms, {CONNECTIONS} connections: {run.line()}  "
            f"(law: {CONNECTIONS / (4 * ONE_WAY_SECONDS):.0f}; {server}, "
            f"load {os.getloadavg()[0]:.1f})"
        )
        assert counted(kit) == RECIPIENTS


def shared() -> None:
    """Print what more workers add on PostgreSQL where neither processors nor sink are the limit.

    Each has few connections to a server 20 ms away, which is what limits it.
    """
    for workers in (1, 2, 4):
        with (
            database("postgresql") as (uri, folder),
            sink() as (target, _),
            proxy(target) as port,
        ):
            kit = prepared(uri, folder, RECIPIENTS)
            orders = [
                (Order(uri, str(folder), port, FEW, host=f"host-{number}", waits=True), ())
                for number in range(workers)
            ]
            seconds, cpu_us = sent_together(kit, orders)
            click.echo(
                f"  20 ms, postgresql, {workers} worker(s) of {FEW} connections: "
                f"{RECIPIENTS / seconds:6.0f} letters/s {cpu_us:4.0f} µs CPU a letter "
                f"(load {os.getloadavg()[0]:.1f})"
            )
            assert counted(kit) == RECIPIENTS
            assert not kit.doubted()


@contextmanager
def proxy(target: int) -> Iterator[int]:
    """Give the port of a proxy to a local port, in a process of its own."""
    port = free_port()
    command = [sys.executable, "-m", "tests.bench.far", "--proxy", str(port), str(target)]
    process = subprocess.Popen(command)
    try:
        wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait()


async def serve(port: int, target: int) -> None:
    """Listen until the process ends."""

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = await asyncio.open_connection("127.0.0.1", target)
        await asyncio.gather(pump(reader, there[1]), pump(there[0], writer))

    server = await asyncio.start_server(meet, "127.0.0.1", port)
    await server.serve_forever()


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Carry octets one way, each piece later than it came."""
    loop = asyncio.get_running_loop()
    with suppress(ConnectionError):
        while octets := await reader.read(65536):
            loop.call_later(ONE_WAY_SECONDS, writer.write, octets)
    loop.call_later(ONE_WAY_SECONDS, writer.close)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--proxy"]:
        with suppress(KeyboardInterrupt):
            asyncio.run(serve(int(sys.argv[2]), int(sys.argv[3])))
    elif sys.argv[1:2] == ["--shared"]:
        shared()
    else:
        main()
