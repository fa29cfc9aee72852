"""`outreach mailing`: a Markdown file becomes a draft, a promise, letters and figures."""

import json
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from outreach.core.db import db, transaction
from outreach.core.errors import Conflict, NotFound, Refusal
from outreach.core.paths import PACKAGE
from outreach.mail.mailbox import Mailbox, open_letter
from outreach.mailings.models import Mailing, MailingState
from outreach.projects.models import Project
from outreach.stakeholders.models import Stakeholder
from tests.cli.conftest import Run
from tests.factories import Factory
from tests.mailings.factories import MailingFactory

EXAMPLE = PACKAGE / "mailings" / "example.md"


@pytest.fixture
def mailing_id(make: Factory) -> int:
    """A draft for one NGO that passes every check."""
    return MailingFactory(make).mailing(title="Go-betweens")


def _state(app: Flask, mailing_id: int) -> MailingState:
    with app.app_context():
        return db.session.get_one(Mailing, mailing_id).state


def _reader(app: Flask) -> str:
    with app.app_context():
        return db.session.scalars(select(Stakeholder.email)).first() or ""


def test_a_file_becomes_a_draft_whose_id_is_printed(
    app: Flask, make: Factory, run: Run, tmp_path: Path
) -> None:
    make.roles()
    with app.app_context():
        slug = db.session.get_one(Project, make.project()).slug
    file = tmp_path / "draft.md"
    file.write_text(f"---\ntitle: Go-betweens\nsubject: Read\nlist: {slug}\n---\n\n# Read\n")

    answer = run("mailing", "import", file)

    assert answer.exit_code == 0
    assert _state(app, int(answer.stdout)) is MailingState.DRAFT


def test_a_file_that_names_what_is_not_there_is_refused(run: Run) -> None:
    answer = run("mailing", "import", EXAMPLE)

    assert isinstance(answer.exception, Refusal)
    assert "list “smart-urban-futures”" in str(answer.exception)


def test_a_mailing_is_scheduled_sent_and_told_of(app: Flask, run: Run, mailing_id: int) -> None:
    before = json.loads(run("mailing", "status", mailing_id, "--json").stdout)

    promised = run("mailing", "schedule", mailing_id, "--now")
    worked = run("worker", "--once")
    after = json.loads(run("mailing", "status", mailing_id, "--json").stdout)
    words = run("mailing", "status", mailing_id).stdout

    assert (before["state"], before["deliveries"], before["counted"]) == ("draft", None, None)
    assert (promised.exit_code, worked.exit_code) == (0, 0)
    assert (after["state"], after["recipients"], after["sent"]) == ("sent", 1, 1)
    assert after["deliveries"]["accepted"] == 1
    assert after["raw"]["open"] == {"all": 0, "machine": 0}
    assert "Go-betweens" in words
    assert "1 accepted" in words
    mailbox = Mailbox(app.extensions["outreach"].settings.mailbox)
    assert [letter.recipient for letter in mailbox.letters().items] == [_reader(app)]


def test_a_moment_is_named_with_its_zone(app: Flask, run: Run, mailing_id: int) -> None:
    answer = run(
        "mailing", "schedule", mailing_id, "--at", "2030-07-01 09:00", "--zone", "Europe/Brussels"
    )

    assert "2030-07-01 09:00 (Europe/Brussels), 2030-07-01 07:00 UTC" in answer.stdout
    assert _state(app, mailing_id) is MailingState.SCHEDULED


def test_quiet_hours_are_told_to_whoever_schedules(
    app: Flask, run: Run, mailing_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTREACH_MAIL_QUIET", "22:00-07:00 Europe/Brussels")

    answer = run("mailing", "schedule", mailing_id, "--now")

    assert "quiet hours, 22:00 to 07:00 (Europe/Brussels)." in answer.stdout
    assert _state(app, mailing_id) is MailingState.SCHEDULED


@pytest.mark.parametrize("words", [(), ("--now", "--at", "2030-07-01 09:00"), ("--at", "2030")])
def test_a_schedule_said_wrongly_is_wrong_use(
    run: Run, mailing_id: int, words: tuple[str, ...]
) -> None:
    assert run("mailing", "schedule", mailing_id, *words).exit_code == 2


def test_what_preflight_blocks_is_refused_with_the_reason(make: Factory, run: Run) -> None:
    mailing_id = MailingFactory(make).mailing(subject="")

    answer = run("mailing", "schedule", mailing_id, "--now")

    assert isinstance(answer.exception, Refusal)
    assert "The subject is missing." in str(answer.exception)


def test_a_mailing_is_paused_resumed_and_cancelled(app: Flask, run: Run, mailing_id: int) -> None:
    run("mailing", "schedule", mailing_id, "--now")

    states = []
    for act in ("pause", "resume", "cancel"):
        assert run("mailing", act, mailing_id).exit_code == 0
        states.append(_state(app, mailing_id).value)
    again = run("mailing", "resume", mailing_id)

    assert states == ["paused", "scheduled", "cancelled"]
    assert isinstance(again.exception, Conflict)


def test_who_did_what_is_told_and_nobody_is_left_to_be_written_to(
    run: Run, mailing_id: int
) -> None:
    run("mailing", "schedule", mailing_id, "--now")
    run("worker", "--once")

    words = run("mailing", "log", mailing_id).stdout
    found = json.loads(run("mailing", "log", mailing_id, "--json").stdout)
    domains = run("mailing", "status", mailing_id, "--domains", "--follow").stdout
    again = run("mailing", "again", mailing_id)

    assert [one["act"] for one in found][-2:] == ["started it", "scheduled it"]
    assert "command line scheduled it: to go out at once" in words
    assert ": 1 letter, 1 sent" in domains
    assert domains.count("Go-betweens") == 1, "nothing is left to follow"
    assert isinstance(again.exception, Refusal)
    assert "nobody left whom it could reach" in str(again.exception)


def test_a_mailing_under_way_is_followed_until_it_ends(
    app: Flask, run: Run, mailing_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("mailing", "schedule", mailing_id, "--now")

    def work(_seconds: float) -> None:
        with app.app_context(), transaction() as session:
            session.get_one(Mailing, mailing_id).state = MailingState.CANCELLED

    monkeypatch.setattr("outreach.cli.mailing.time.sleep", work)
    followed = run("mailing", "status", mailing_id, "--follow").stdout

    assert [one for one in followed.splitlines() if "Go-betweens" in one] == [
        f"Go-betweens ({mailing_id}) is scheduled",
        f"Go-betweens ({mailing_id}) is cancelled",
    ]


def test_a_letter_is_shown_as_it_left(app: Flask, run: Run, mailing_id: int) -> None:
    run("mailing", "schedule", mailing_id, "--now")
    before = run("mailing", "render", mailing_id, "--to", _reader(app))
    run("worker", "--once")

    after = run("mailing", "render", mailing_id, "--to", _reader(app)).stdout_bytes
    html = run("mailing", "render", mailing_id, "--to", _reader(app), "--part", "html").stdout
    mailbox = Mailbox(app.extensions["outreach"].settings.mailbox)
    left = mailbox.parts(1)

    assert b"List-Unsubscribe: <http://localhost/u/" in before.stdout_bytes
    assert "stand-ins" in before.stderr
    shown = open_letter(after)
    assert dict(shown.headers)["Message-ID"] == dict(left.headers)["Message-ID"]
    assert dict(shown.headers)["List-Unsubscribe"] == dict(left.headers)["List-Unsubscribe"]
    assert "View the brief" in html
    assert html.lower().startswith("<!doctype html>")


@pytest.mark.parametrize("command", [("status",), ("pause",), ("render", "--to", "a@example.org")])
def test_a_mailing_that_is_not_there_is_said_so(run: Run, command: tuple[str, ...]) -> None:
    name, *words = command

    answer = run("mailing", name, 4711, *words)

    assert isinstance(answer.exception, NotFound)
    assert "There is no mailing 4711." in str(answer.exception)
