"""Benchmark of sending: skeleton, transport and nothing else, against a sink that keeps nothing.

    python -m tests.bench.send

Debian's smtp-sink (package postfix) is the sink; without it an asyncio sink of our own stands in,
and the output says so. CPU is the sender's alone. Flask-Mail as it comes, with a
compiled Jinja template, is the yardstick.
"""

import asyncio
import os
import resource
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click
import flask_mail
from flask import Flask
from jinja2 import Environment

from outreach.mail.dkim import DkimKey, DkimSigner, make_keys
from outreach.mail.letter import Address, Envelope
from outreach.mail.mime import compile_skeleton
from outreach.mail.server import SmtpSettings
from outreach.mail.skeleton import Skeleton
from outreach.mail.slots import SlotKind, slot
from outreach.mail.transport import connection

LETTERS = 4000
PLAIN_LETTERS = 200
SIGNED = 500
SITE = "https://outreach.example.org"
PARAGRAPH = (
    '<p style="margin:0 0 16px;font-size:16px;line-height:1.5;color:#1d1d1d">Plans for a city '
    "district come through more often where people who work with its streets are asked first. "
    "Städte brauchen Vermittler.</p>\n"
)
WORDS = "Plans for a city district come through more often where people are asked first.\n"


@dataclass(frozen=True)
class Figures:
    """What a run took."""

    letters: int
    seconds: float
    cpu_seconds: float

    @property
    def rate(self) -> float:
        """Letters per second."""
        return self.letters / self.seconds

    @property
    def cpu_us(self) -> float:
        """Microseconds of the sender's CPU for one letter."""
        return self.cpu_seconds / self.letters * 1e6


def main() -> None:
    """Print letters per second, CPU per letter and memory."""
    skeleton = compiled()
    with sink() as (port, name):
        click.echo(f"sending to {name}: {len(filled(skeleton, 0)) / 1000:.1f} kB a letter")
        ours = {count: measured(count, LETTERS, sender(skeleton, port)) for count in (1, 4)}
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        plain = measured(1, PLAIN_LETTERS, lambda count: send_plainly(port, count))
    show("Flask-Mail as it comes, 1 connection", plain, plain)
    for count, figures in ours.items():
        show(f"outreach, {count} connection(s)", figures, plain)
    filling = measured(1, LETTERS, lambda count: fill_only(skeleton, count))
    click.echo(f"  of which filling the slots: {filling.cpu_us:.1f} µs")
    with tempfile.TemporaryDirectory() as folder:
        for key in make_keys(Path(folder) / "dkim.json", "example.org", "s1"):
            figures = measured(1, SIGNED, partial(sign_only, skeleton, key))
            click.echo(f"  a DKIM signature beside it, {key.algorithm}: {figures.cpu_us:.0f} µs")
    click.echo(f"  peak memory of outreach's sender, all imports included: {peak:.0f} MB")


def show(name: str, figures: Figures, yardstick: Figures) -> None:
    """Print one line."""
    click.echo(
        f"  {name:38} {figures.rate:7.0f} letters/s  {figures.cpu_us:7.0f} µs CPU a letter"
        f"  ({yardstick.cpu_us / figures.cpu_us:.0f} x less CPU)"
    )


def measured(threads: int, letters: int, send: Callable[[int], None]) -> Figures:
    """Run `send(count)` in so many threads side by side."""
    wall, cpu = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(threads) as workers:
        # A thread that fails ends the benchmark: what was not sent took no time.
        list(workers.map(send, [letters // threads] * threads))
    return Figures(letters, time.perf_counter() - wall, time.process_time() - cpu)


def sender(skeleton: Skeleton, port: int) -> Callable[[int], None]:
    """Return what sends letters over one connection, the way a worker does."""

    def send(count: int) -> None:
        with connection(SmtpSettings("127.0.0.1", port)) as opened:
            for number in range(count):
                envelope = Envelope(f"b.{number}@example.org", f"person{number}@example.org")
                outcome = opened.deliver(skeleton.letter(envelope, values(number)))
                assert outcome.is_accepted, outcome

    return send


def fill_only(skeleton: Skeleton, count: int) -> None:
    """Fill letters without sending them."""
    for number in range(count):
        filled(skeleton, number)


def sign_only(skeleton: Skeleton, key: DkimKey, count: int) -> None:
    """Sign one finished letter again and again."""
    signer = DkimSigner([key])
    letter = skeleton.letter(Envelope("b@example.org", "person@example.org"), values(0))
    for _ in range(count):
        assert signer.signed(letter) is not letter


def filled(skeleton: Skeleton, number: int) -> bytes:
    """Return one finished letter."""
    return skeleton.fill(values(number))


def values(number: int) -> dict[str, str]:
    """Return what differs in one recipient's letter."""
    token = f"{TOKEN}{number:06}"
    return {
        "name": "Ada Lovelace",
        "email": f"person{number}@example.org",
        "token": token,
        "stop": token,
        "id": f"{token}.1",
    }


TOKEN = secrets.token_urlsafe(12)


def compiled() -> Skeleton:
    """Return a letter of the size and with the slots of the reference case."""
    token, stop = slot("token", SlotKind.URL), slot("stop", SlotKind.URL)
    return compile_skeleton(
        headers=[
            ("Date", "Mon, 02 Mar 2026 12:00:00 +0000"),
            ("From", Address("news@example.org", "SmartUrbI")),
            ("To", Address(slot("email"), slot("name"))),
            ("Subject", "Those who link city hall and street"),
            ("Message-ID", f"<{slot('id')}@example.org>"),
            ("List-Id", "<smarturbi.lists.example.org>"),
            ("List-Unsubscribe", f"<{SITE}/u/{slot('stop')}>"),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ],
        text=source_text(slot("name"), token, stop),
        html=source_html(slot("name"), token, stop),
    )


def source_text(name: str, token: str, stop: str) -> str:
    """Return the text part."""
    links = "".join(f"{SITE}/t/c/{token}/{number}\n" for number in range(6))
    return f"Dear {name},\n{WORDS * 38}{links}{SITE}/u/{stop}\n"


def source_html(name: str, token: str, stop: str) -> str:
    """Return the HTML part."""
    links = "".join(f'<a href="{SITE}/t/c/{token}/{number}">Read</a>\n' for number in range(6))
    return (
        f"<!doctype html><html><body><p>Dear {name},</p>\n{PARAGRAPH * 145}{links}"
        f'<img src="{SITE}/t/o/{token}.gif" alt=""><a href="{SITE}/u/{stop}">Leave</a>'
        "</body></html>"
    )


def send_plainly(port: int, count: int) -> None:
    """Send the same letter as an application does that follows Flask-Mail's introduction."""
    app = Flask(__name__)
    app.config.update(MAIL_SERVER="127.0.0.1", MAIL_PORT=port, MAIL_DEFAULT_SENDER="n@example.org")
    mail = flask_mail.Mail(app)
    marks = ("{{ name }}", "{{ token }}", "{{ stop }}")
    environment = Environment(autoescape=True)
    html = environment.from_string(source_html(*marks))
    text = environment.from_string(source_text(*marks))
    with app.app_context(), mail.connect() as opened:
        for number in range(count):
            letter = values(number)
            opened.send(
                flask_mail.Message(
                    subject="Those who link city hall and street",
                    recipients=[letter["email"]],
                    body=text.render(letter),
                    html=html.render(letter),
                )
            )


@contextmanager
def sink(host: str = "127.0.0.1") -> Iterator[tuple[int, str]]:
    """Start a server that takes everything, in a process of its own; give its port and name."""
    port = free_port()
    program = shutil.which("smtp-sink", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program:
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        command, name = [program, *user, f"{host}:{port}", "1000"], "smtp-sink"
    else:
        command = [sys.executable, "-m", "tests.bench.send", "--sink", f"{host}:{port}"]
        name = "our own asyncio sink (smtp-sink is not installed; wall figures differ from its)"
    process = subprocess.Popen(command)
    try:
        wait_for(port)
        yield port, name
    finally:
        process.terminate()
        process.wait()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def wait_for(port: int) -> None:
    """Return once somebody listens."""
    for _ in range(200):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    raise RuntimeError("The sink does not start.")


class Sink(asyncio.Protocol):
    """Takes letters and throws them away."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.rest, self.is_reading_letter = transport, b"", False
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self.rest += data
        while self.take_letter() if self.is_reading_letter else self.take_command():
            pass

    def take_letter(self) -> bool:
        """Drop a whole letter, or what came of it."""
        end = self.rest.find(b"\r\n.\r\n")
        if end < 0:
            self.rest = self.rest[-4:]
            return False
        self.rest, self.is_reading_letter = self.rest[end + 5 :], False
        self.transport.write(b"250 2.0.0 Ok\r\n")
        return True

    def take_command(self) -> bool:
        """Answer one command."""
        line, mark, rest = self.rest.partition(b"\r\n")
        if not mark:
            return False
        self.rest = rest
        verb = line[:4].upper()
        self.is_reading_letter = verb == b"DATA"
        answers = {b"EHLO": b"250-sink\r\n250 PIPELINING\r\n", b"DATA": b"354 Go on\r\n"}
        self.transport.write(answers.get(verb, b"250 2.0.0 Ok\r\n"))
        return True


async def serve_sink(host: str, port: int) -> None:
    """Listen until the process ends."""
    server = await asyncio.get_running_loop().create_server(Sink, host, port)
    await server.serve_forever()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--sink"]:
        with suppress(KeyboardInterrupt):
            host, _, port = sys.argv[2].rpartition(":")
            asyncio.run(serve_sink(host, int(port)))
    else:
        main()
