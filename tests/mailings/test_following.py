"""Following links that users typed: what is dead, and what is never opened."""

import http.server
import socket
import threading
from collections.abc import Iterator

import pytest

from outreach.mail.dns_records import DnsAway
from outreach.mailings.following import UNCHECKED, follow


class _Site(http.server.BaseHTTPRequestHandler):
    """Answers by path: /200, /404, /405 (which wants a GET), /to-me (passed on for ever)."""

    asked: list[str]

    def do_HEAD(self) -> None:
        self.asked.append(self.path)
        wanted = {"/405": 405, "/to-me": 302, "/inside": 302}
        self.send_response(
            wanted.get(self.path, int(self.path[1:4]) if self.path[1:4].isdigit() else 200)
        )
        if self.path == "/to-me":
            self.send_header("Location", "/to-me")
        if self.path == "/inside":
            self.send_header("Location", "http://inside.example/secret")
        self.end_headers()

    def do_GET(self) -> None:
        self.asked.append(f"GET {self.path}")
        self.send_response(200 if self.path == "/405" else int(self.path[1:4]))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A site at http://site.example, whose address passes for a public one; what it was asked."""
    _Site.asked = []
    server = http.server.HTTPServer(("127.0.0.1", 0), _Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    connect = socket.create_connection
    monkeypatch.setattr(
        socket,
        "create_connection",
        lambda _where, timeout: connect(("127.0.0.1", server.server_port), timeout),
    )
    yield _Site.asked
    server.shutdown()
    server.server_close()


def _resolve(host: str, _port: int) -> list[str]:
    return {"site.example": ["93.184.216.34"], "inside.example": ["10.0.0.7"]}[host]


@pytest.mark.parametrize(
    ("path", "is_dead", "detail"),
    [
        ("/200", False, ""),
        ("/404", True, "not there"),
        ("/410", True, "not there"),
        ("/503", False, "answered 503"),
        ("/405", False, ""),
        ("/to-me", True, "again and again"),
        ("/inside", True, "only this network"),
    ],
)
def test_what_an_answer_means(site: list[str], path: str, is_dead: bool, detail: str) -> None:
    outcome = follow(f"http://site.example{path}", resolve=_resolve)

    assert outcome.is_dead is is_dead
    assert detail in outcome.detail
    assert bool(detail) == bool(outcome.detail)
    assert "/secret" not in site


@pytest.mark.parametrize(
    "inner",
    [
        "127.0.0.1",
        "10.0.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "::1",
        "fe80::1%eth0",
        "0.0.0.0",
        "100.64.0.1",
        "::ffff:127.0.0.1",
        "224.0.0.1",
        "fd00::1",
    ],
)
def test_no_address_inside_a_network_is_ever_connected_to(
    monkeypatch: pytest.MonkeyPatch, inner: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("connected")

    monkeypatch.setattr(socket, "create_connection", refuse)

    alone = follow("http://site.example/", resolve=lambda *_: [inner])
    beside = follow("http://site.example/", resolve=lambda *_: ["93.184.216.34", inner])

    assert alone.is_dead
    assert beside.is_dead
    assert "only this network" in beside.detail


@pytest.mark.parametrize(
    ("address", "detail"),
    [
        ("http://site.example:25/", "it names port 25, where no public page is"),
        ("ftp://site.example/", "it leads to something that is no page"),
        ("http:///x", "it leads to something that is no page"),
    ],
)
def test_only_pages_are_followed(address: str, detail: str) -> None:
    found = follow(address, resolve=_resolve)

    assert (found.is_dead, found.detail) == (True, detail)


def test_a_name_nobody_knows_is_dead_and_a_silent_server_is_not() -> None:
    def unknown(*_: object) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    def away(*_: object) -> list[str]:
        raise socket.gaierror(socket.EAI_AGAIN, "later")

    def no_dns(*_: str) -> list[str]:
        raise DnsAway("no network")

    known = follow("https://nowhere.example/", resolve=unknown, ask_dns=lambda *_: [])
    offline = [
        follow("https://nowhere.example/", resolve=unknown, ask_dns=no_dns),
        follow("https://nowhere.example/", resolve=away),
    ]

    assert known.is_dead
    for outcome in offline:
        assert not outcome.is_dead
        assert outcome.detail.startswith(UNCHECKED)
