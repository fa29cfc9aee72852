"""Who asks too often waits; others do not, and no address of anybody is kept."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from limits import parse
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core import clock
from outreach.web.limits import (
    RateCount,
    TooMany,
    client_key,
    forget_old_counts,
    hold_back,
    limiter,
)
from outreach.web.proxies import TrustedProxies

RULE = parse("2 per hour")


def _try(key: str) -> None:
    hold_back(RULE, key, message="Too many.", remedy="Wait {minutes} min.")


def test_the_third_of_two_waits_until_the_window_is_over(
    context: None, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = clock.now()
    for _ in range(2):
        _try("a")
    with pytest.raises(TooMany) as refused:
        _try("a")
    _try("b")

    assert 3_590 < refused.value.seconds < 3_610
    assert refused.value.remedy == "Wait 60 min."
    later = start + timedelta(hours=1, seconds=5)
    monkeypatch.setattr(clock, "now", lambda: later)
    _try("a")
    forget_old_counts(app)


def test_counts_are_forgotten_by_the_hour_and_on_demand(
    context: None, app: Flask, session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: now)
    _try("long ago")
    monkeypatch.undo()
    _try("now")
    forget_old_counts(app)

    assert len(session.scalars(select(RateCount.key)).all()) == 1
    limiter.limiter.clear(RULE, "now")
    _try("now")
    _try("now")


def test_a_client_has_another_key_each_day_and_it_tells_nobody_who_it_is(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def key(address: str, **headers: str) -> str:
        with app.test_request_context(
            environ_base={"REMOTE_ADDR": address}, headers={"X-Forwarded-For": "9.9.9.9"} | headers
        ):
            return client_key("x")

    today = key("192.0.2.7")
    same_network = {key("2001:db8::1"), key("2001:db8::ffff:1")}
    monkeypatch.setattr(clock, "now", lambda: datetime.fromisoformat("2030-01-01T00:00Z"))

    assert len(same_network) == 1
    assert key("192.0.2.7") != today
    assert key("192.0.2.8") != key("192.0.2.7")
    # A digest, in which "192" may stand by chance: neither the address nor its bytes do.
    assert re.fullmatch(r"[0-9a-f]{32}", today)
    assert b"192.0.2.7".hex() not in today
    assert "c0000207" not in today


def test_only_a_trusted_proxy_tells_who_asks() -> None:
    told: list[str] = []

    def answer(environ: dict[str, Any], start: Any) -> list[bytes]:
        told.append(environ["REMOTE_ADDR"])
        return []

    no_answer: Any = None
    wrapped = TrustedProxies(answer, ["10.0.0.0/8"])
    for peer in ("10.1.2.3", "192.0.2.1"):
        environ = {"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": "6.6.6.6, 203.0.113.9"}
        list(wrapped(environ, no_answer))

    assert told == ["203.0.113.9", "192.0.2.1"]
