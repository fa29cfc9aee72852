"""What a supervisor is told, and what `doctor` says of our own address."""

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from outreach import create_app
from outreach.core.clock import now as present
from outreach.core.db import db, transaction
from outreach.core.leases import Job
from outreach.mail.letter import Address
from outreach.mail.outbox import post
from outreach.mailings.models import Mailing, MailingState
from outreach.site.contributes import check_address_length, check_base_address
from outreach.site.operations import readiness, tell_alive
from tests.databases import settings_for
from tests.factories import Factory


def _mailing(make: Factory, **values: object) -> None:
    n = make.number()
    make.add(
        Mailing(
            slug=f"mailing-{n}",
            list_id=make.list_of(make.project()),
            title="A mailing",
            web_key=f"key-{n}",
            created_at=make.now,
            updated_at=make.now,
            **values,
        )
    )


def test_health_is_a_word_and_asks_nothing(visitor: FlaskClient) -> None:
    answer = visitor.get("/health")

    assert (answer.status_code, answer.text) == (200, "ok")


def test_an_idle_installation_is_ready_without_a_worker(visitor: FlaskClient) -> None:
    answer = visitor.get("/ready")

    assert answer.status_code == 200
    assert answer.json == {
        "ready": True,
        "parts": {"database": "ok", "migrations": "ok", "worker": "ok"},
    }


@pytest.mark.parametrize("state", [MailingState.SCHEDULED, MailingState.SENDING])
def test_a_due_mailing_without_a_worker_is_not_ready(
    state: MailingState, visitor: FlaskClient, make: Factory
) -> None:
    _mailing(make, state=state, due_at=present() - timedelta(hours=1))

    answer = visitor.get("/ready")

    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["parts"]["worker"] == "silent"


def test_a_worker_that_was_seen_makes_it_ready(make: Factory, session: Session) -> None:
    _mailing(make, state=MailingState.SENDING, due_at=make.now)
    with transaction() as writing:
        writing.add(Job(name="send", due_at=make.now, started_at=make.now))

    seen = readiness(session, now=make.now + timedelta(seconds=30))
    gone = readiness(session, now=make.now + timedelta(minutes=5))

    assert seen["worker"] == "ok"
    assert gone["worker"] == "silent"


def test_an_idle_worker_tells_that_it_is_there(app: Flask, make: Factory) -> None:
    _mailing(make, state=MailingState.SENDING, due_at=present())

    tell_alive(app)

    with app.app_context():
        assert readiness(db.session(), now=present())["worker"] == "ok"


def test_a_single_letter_nobody_sends_is_not_ready(session: Session, make: Factory) -> None:
    with transaction() as writing:
        to = Address("jane@example.org")
        post(writing, kind="answer", to=to, subject="Hello", text="Hello", now=make.now)

    soon = readiness(session, now=make.now + timedelta(minutes=1))
    late = readiness(session, now=make.now + timedelta(minutes=3))

    assert (soon["worker"], late["worker"]) == ("ok", "silent")


def test_a_mailing_that_is_promised_for_later_needs_no_worker_yet(
    make: Factory, session: Session
) -> None:
    _mailing(make, state=MailingState.SCHEDULED, due_at=make.now + timedelta(hours=1))

    assert readiness(session, now=make.now)["worker"] == "ok"


def test_a_database_of_an_older_version_is_not_ready(session: Session, make: Factory) -> None:
    with transaction() as writing:
        writing.execute(text("UPDATE alembic_version SET version_num = '0000'"))

    assert readiness(session, now=make.now)["migrations"] == "behind"


def test_a_database_that_is_away_is_told_without_its_reasons(tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path}/no/such/folder/o.sqlite"
    app = create_app(settings_for(uri, tmp_path))

    answer = app.test_client().get("/ready")

    assert answer.status_code == 503
    assert answer.json == {
        "ready": False,
        "parts": {"database": "away", "migrations": "unknown", "worker": "unknown"},
    }
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.mark.parametrize(
    ("address", "is_well"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://localhost", True),
        ("https://outreach.example.org", True),
        ("http://outreach.example.org", False),
    ],
)
def test_an_address_others_can_reach_must_be_encrypted(
    address: str, is_well: bool, tmp_path: Path
) -> None:
    (finding,) = check_base_address(_app(tmp_path, address))

    assert finding.is_well is is_well
    assert bool(finding.remedy) is not is_well


@pytest.mark.parametrize(
    ("host", "is_well"), [("a" * 28 + ".org", True), ("a" * 63 + ".org", False)]
)
def test_an_address_too_long_for_a_header_is_told(host: str, is_well: bool, tmp_path: Path) -> None:
    (finding,) = check_address_length(_app(tmp_path, f"https://{host}"))

    assert finding.is_well is is_well
    assert "of 76" in finding.message


def _app(folder: Path, address: str) -> Flask:
    return create_app(settings_for("sqlite://", folder, base_url=address))
