"""The walk in one test: a stakeholder and a result meet in a mailing, and what comes back is seen.

    stakeholders.enrol → results.publish → mailings.schedule → delivery (fan-out, then letters over
    SMTP) → tracking → questions (asked, answered) → dashboards

Every step is the product's own, on both databases; only the reader is played by the test.
"""

import io
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from outreach import create_app
from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.signing import nonce_of
from outreach.core.state import state
from outreach.core.text import LocalText
from outreach.dashboards.queries import mailing_report
from outreach.dashboards.snapshots import build_tables
from outreach.delivery.models import Delivery, DeliveryState, MailingKey
from outreach.delivery.worker import run_due
from outreach.mail.catcher import Catcher, CaughtParts
from outreach.mailings.importing import import_draft
from outreach.mailings.models import Mailing, MailingState
from outreach.mailings.outlet import installation_sender
from outreach.mailings.schedule import schedule
from outreach.projects.models import List, Project
from outreach.questions.models import Question
from outreach.questions.services import answer
from outreach.results.models import DocumentKind
from outreach.results.services import (
    DocumentWords,
    NewVersion,
    ResultWords,
    add_document,
    add_result,
    publish_result,
)
from outreach.results.storage import FileKind, store
from outreach.stakeholders.consents import THE_PERSON, record_consent
from outreach.stakeholders.models import Basis, ConsentState, Purpose
from outreach.stakeholders.people import PersonData, enrol
from outreach.stakeholders.roles import seed_roles
from outreach.tracking.hits_file import hits_files, hits_folder, read_lines
from outreach.tracking.models import Hit
from outreach.tracking.rebuild import rebuild
from outreach.worker import run_once
from tests.conftest import QUICK_HASH
from tests.databases import settings_for
from tests.factories import Factory
from tests.results.files import pdf
from tests.traces import back_up, columns_holding, files_holding, holds
from tests.tracking.factories import CHROME

NGOS, POLITICIANS = 12, 10
ROLES = ("ngo", "politician")
MEASURED, POLITICIAN = "mia@ngo.example.org", "mp1@example.org"
ANSWER = "Name somebody who may say yes."
DRAFT = """---
title: Go-betweens
subject: What a city learns from its go-betweens, {first_name|reader}
preheader: A policy brief and whom to ask
list: LIST
results: [go-betweens]
audience:
  roles: [ngo, politician]
---

# Learn from go-betweens

::: actions
- [View the policy brief](document:policy-brief)
- [About the result](page:result/go-betweens)
:::

::: acknowledgement LIST
:::

::: ask-us
Your question is not among them? Ask it here.
:::
"""


@pytest.fixture
def catcher(tmp_path: Path) -> Iterator[Catcher]:
    with Catcher(tmp_path / "mailbox") as started:
        yield started


@pytest.fixture
def app(database_uri: str, tmp_path: Path, catcher: Catcher) -> Iterator[Flask]:
    """An installation whose letters really travel by SMTP, into the catcher."""
    settings = settings_for(
        database_uri,
        tmp_path,
        catcher=True,
        catcher_port=catcher.port,
        base_url="http://localhost",
        mail_default_sender="Smart cities <news@example.org>",
    )
    application = create_app(settings, SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS=QUICK_HASH)
    application.config["TESTING"] = True
    yield application
    with application.app_context():
        db.session.remove()
        db.engine.dispose()


@dataclass
class Reader:
    """Somebody with a letter in their hands, who looks, follows and asks as a browser would."""

    browser: FlaskClient
    letter: CaughtParts

    def link(self, pattern: str) -> str:
        """Return the path of the first address in the letter that matches."""
        found = re.search(rf'(?:href|src)="http://localhost({pattern}[^"]*)"', self.letter.html)
        assert found is not None, pattern
        return unescape(found[1])

    def look(self) -> int:
        """Load the letter's picture."""
        return self._get(self.link("/t/o/")).status_code

    def download(self) -> bytes:
        """Press "View the policy brief"."""
        with self._get(self.link("/t/d/")) as file:
            return bytes(file.data)

    def visit(self) -> str:
        """Press "About the result" and read the page it leads to."""
        moved = self._get(self.link("/t/c/"))
        return self._get(moved.headers["Location"].removeprefix("http://localhost")).text

    def ask(self, body: str, **fields: str) -> int:
        """Press "ask us", write and send."""
        page = self._get(self.link("/ask"))
        tags = re.findall(r'<input[^>]*type="hidden"[^>]*>', page.text)
        hidden = {_attribute("name", tag): _attribute("value", tag) for tag in tags}
        return self.browser.post("/ask", data={**hidden, "body": body, **fields}).status_code

    def _get(self, path: str) -> TestResponse:
        return self.browser.get(path, headers={"User-Agent": CHROME})


def _attribute(name: str, tag: str) -> str:
    found = re.search(rf'{name}="([^"]*)"', tag)
    return found[1] if found else ""


def test_the_walk(
    app: Flask,
    make: Factory,
    catcher: Catcher,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    project_id = make.project("SmartUrbI")
    with app.app_context():
        _enrol_people(app, project_id)
        _publish_result(app, project_id)
        mailing_id = _schedule_mailing(app, project_id)

        run_due(app, stop=_stopped())
        assert _deliveries() == {DeliveryState.QUEUED: NGOS + POLITICIANS}
        key = db.session.get_one(MailingKey, mailing_id).key
        db.session.rollback()
        if db.engine.dialect.name == "sqlite":
            back_up(Path(str(db.engine.url.database)))
        run_once(app)
        assert _deliveries() == {DeliveryState.ACCEPTED: NGOS + POLITICIANS}
        assert db.session.get_one(Mailing, mailing_id).state is MailingState.SENT
        assert db.session.get(MailingKey, mailing_id) is None  # nothing leads to a person any more

    _let_people_read(app, catcher)
    # Another web process was killed in the middle of a line.
    (hits_folder(state(app).settings.worker_folder) / "host-1-0a.hits").write_bytes(b"0b5bb2ec 2")
    run_once(app)
    with app.app_context():
        _answer_the_question(app, mailing_id)
        run_once(app)
    to_the_asker = catcher.mailbox.letters(query=POLITICIAN).items
    texts = [catcher.mailbox.parts(letter.id).text for letter in to_the_asker]
    assert sum(ANSWER in text for text in texts) == 1

    with app.app_context():
        _look_at_dashboards(mailing_id, project_id)
        assert rebuild(db.engine, mailing_id) == []  # the figures are what the hits add up to
        logged = "".join(capfd.readouterr()).encode()
        _look_for_traces(tmp_path, logged, key=key)


def _look_for_traces(folder: Path, logged: bytes, *, key: bytes) -> None:
    """Nothing kept leads from a nonce to a letter; the mailbox stands in for the readers' own.

    Who read is known by the nonce in the list of hits and in the file where they waited for it,
    which both name the group alone. Everybody else's nonce stands nowhere.
    """
    mailbox = folder / "mailbox"
    nonces = {nonce_of(key, number) for number in range(1, NGOS + POLITICIANS + 1)}
    read = nonces & set(db.session.scalars(select(Hit.reader)))
    gone = {key, *(nonces - read)}
    assert len(read) == 2  # Mia agreed to be followed: her letter holds none
    assert b"lines of a hits file were skipped" in logged
    assert not holds(logged, {key, *nonces})
    assert not files_holding(folder, gone, besides=mailbox)
    assert not columns_holding(db.engine, gone)
    assert columns_holding(db.engine, read) == {"hit.reader", "reader.key"}
    hits = db.session.scalars(select(Hit).where(Hit.reader.in_(read))).all()
    assert {hit.number for hit in hits} == {None}
    groups = {hit.reader: hit.group_no for hit in hits}
    files = hits_files(hits_folder(state().settings.worker_folder))
    records = [line.record for file in files for line in read_lines(file, 0, 100)]
    waited = {record.nonce: record.number for record in records if record and record.nonce}
    assert waited == groups
    kept = {"outreach.sqlite", "outreach.sqlite-wal", *(str(f.relative_to(folder)) for f in files)}
    assert files_holding(folder, read, besides=mailbox) <= kept


def _let_people_read(app: Flask, catcher: Catcher) -> None:
    """Three people look at their letter; two download, one visits, one asks."""
    letters = catcher.mailbox.letters().items
    by_address = {letter.recipient: letter.id for letter in letters}
    assert len(by_address) == len(letters) == NGOS + POLITICIANS
    mia, unknown, politician = (
        Reader(app.test_client(), catcher.mailbox.parts(by_address[address]))
        for address in (MEASURED, "ngo1@example.org", POLITICIAN)
    )
    assert "What a city learns" in dict(mia.letter.headers)["Subject"]
    assert "SmartUrbI is supported by the call." in mia.letter.text

    assert [each.look() for each in (mia, unknown, politician)] == [200, 200, 200]
    assert politician.download().startswith(b"%PDF")
    assert unknown.download().startswith(b"%PDF")
    assert "Go-betweens" in unknown.visit()
    assert politician.ask("What can a city do first?", email=POLITICIAN) == 303


def _answer_the_question(app: Flask, mailing_id: int) -> None:
    """Staff find it under its mailing and role, without knowing whose letter it came from."""
    settings = state(app).settings
    with transaction() as session:
        question = session.scalars(select(Question)).one()
        assert question.mailing_id == mailing_id
        assert question.role is not None
        assert question.role.slug == "politician"
        assert question.stakeholder_id is None
        answer(
            session,
            question,
            ANSWER,
            actor="Ada",
            now=now(),
            base_url=settings.base_url,
            sender=installation_sender(settings),
        )


def _look_at_dashboards(mailing_id: int, project_id: int) -> None:
    """Staff see exact figures by role, partners only tables that show no person."""
    report = mailing_report(db.session(), mailing_id)
    ngos, politicians = ({row.slug: row.figures for row in report.rows}[role] for role in ROLES)
    assert (ngos.sent, ngos.opened, ngos.clicked, ngos.visits, ngos.downloads) == (12, 2, 1, 1, 1)
    assert (politicians.sent, politicians.opened, politicians.downloads) == (10, 1, 1)
    assert (politicians.asked, politicians.answered) == (1, 1)
    assert report.agreed.opened == 1
    followed = db.session.scalars(select(Hit.number).where(Hit.number.is_not(None))).all()
    assert len(followed) == 1  # Mia's look, and nobody else's
    published = build_tables(db.session(), project_id, threshold=5)
    assert dict(published.totals)["Sent"] == NGOS + POLITICIANS
    assert [row[:2] for row in published.by_role] == [("Politicians", 10), ("NGOs", 12)]


def _enrol_people(app: Flask, project_id: int) -> None:
    """People sign up by role; one of them agrees to be measured."""
    people = {f"ngo{n}@example.org": "ngo" for n in range(1, NGOS)}
    people |= {f"mp{n}@example.org": "politician" for n in range(1, POLITICIANS + 1)}
    people[MEASURED] = "ngo"
    with transaction() as session:
        seed_roles(session)
        list_id = session.scalars(select(List.id).where(List.project_id == project_id)).one()
        for address, role in people.items():
            data = PersonData(email=address, given_name=address.partition("@")[0].title())
            person = enrol(session, data, roles=[role], now=now(), ring=state(app).ring)
            agreed = [Purpose.NEWSLETTER, *([Purpose.MEASUREMENT] if address == MEASURED else [])]
            for purpose in agreed:
                record_consent(
                    session,
                    person.id,
                    list_id,
                    purpose,
                    ConsentState.ACTIVE,
                    basis=Basis.CONSENT,
                    source="Sign-up form",
                    actor=THE_PERSON,
                    now=now(),
                )


def _publish_result(app: Flask, project_id: int) -> None:
    """The project publishes what it found, with a policy brief."""
    stored = store(io.BytesIO(pdf()), state(app).settings.documents, kind=FileKind.PDF)
    with transaction() as session:
        words = ResultWords(title=LocalText(en="Go-betweens"), slug="go-betweens")
        result = add_result(session, project_id, words, now=now())
        brief = DocumentWords(
            kind=DocumentKind.POLICY_BRIEF, title=LocalText(en="Policy brief"), slug="policy-brief"
        )
        version = NewVersion(label="1.0", language="en", stored=stored, filename="brief.pdf")
        add_document(session, result, brief, version, now=now())
        publish_result(session, result, now=now())


def _schedule_mailing(app: Flask, project_id: int) -> int:
    """Comms staff write once and send it at once."""
    settings = state(app).settings
    with transaction() as session:
        slug = session.get_one(Project, project_id).slug
        mailing = import_draft(session, DRAFT.replace("LIST", slug), actor="Ada", now=now())
        schedule(
            session,
            mailing,
            None,
            sender=installation_sender(settings),
            base_url=settings.base_url,
            can_send=settings.can_send,
            actor="Ada",
            now=now(),
        )
        return mailing.id


def _stopped() -> threading.Event:
    """A worker told to stop makes the deliveries of what is due, and sends none."""
    stop = threading.Event()
    stop.set()
    return stop


def _deliveries() -> dict[DeliveryState, int]:
    db.session.rollback()
    rows = db.session.execute(select(Delivery.state, func.count()).group_by(Delivery.state))
    return dict(rows.all())
