"""Share links are counted by channel, named roles by role; neither asks or tells who came."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.db import db, transaction
from outreach.core.errors import Refusal
from outreach.results.models import Document, Result
from outreach.tracking.models import Hit, VisitorFigure
from outreach.tracking.rebuild import rebuild
from outreach.tracking.share_models import Channel
from outreach.tracking.sharing import (
    NewShareLink,
    make_share_link,
    qr_code,
    share_lines,
    visitor_role_lines,
)
from outreach.tracking.wsgi import Tracker, init_tracking
from tests.tracking.factories import CHROME, Sent


@pytest.fixture(autouse=True)
def tracker(app: Flask) -> Iterator[Tracker]:
    wrapped = init_tracking(app)
    yield wrapped
    wrapped.writer.close()


@pytest.fixture
def reader(app: Flask) -> FlaskClient:
    client = app.test_client()
    client.environ_base["HTTP_USER_AGENT"] = CHROME
    return client


@pytest.fixture
def brief(sent: Sent) -> Document:
    """A published document with a file."""
    version = sent.link_document(3)
    with sent.app.app_context(), transaction() as session:
        document = session.get_one(Document, sent.document_of(version))
        document.result.published_at = sent.now
        session.flush()
        session.refresh(document, ["result", "versions"])
        _ = document.result.project_id
        session.expunge_all()
        return document


def _shared(sent: Sent, brief: Document, label: str = "A poster") -> str:
    words = NewShareLink(channel=Channel.PRINT, label=label, document_id=brief.id)
    with sent.app.app_context(), transaction() as session:
        link = make_share_link(session, brief.result.project_id, words, by="Ada", now=sent.now)
        return link.code


def _download(sent: Sent, brief: Document, query: str = "") -> str:
    return f"/t/d/{sent.signer.site(brief.id)}/{brief.versions[0].id}{query}"


def test_what_comes_by_a_share_link_counts_for_its_channel(
    sent: Sent, brief: Document, reader: FlaskClient, session: Session
) -> None:
    poster, other = _shared(sent, brief), _shared(sent, brief, "A post")

    answer = reader.get(f"/t/s/{poster}")
    reader.get(_download(sent, brief, f"?share={poster}"), buffered=True)
    reader.get(f"/t/s/{other}", headers={"User-Agent": "curl/8"})

    assert answer.status_code == 302
    assert answer.headers["Location"].endswith(f"/documents/{brief.slug}?share={poster}")
    sent.apply()
    lines = {line.link.code: line for line in share_lines(session, brief.result.project_id)}
    assert (lines[poster].visits, lines[poster].downloads) == (1, 1)
    assert (lines[other].visits, lines[other].machine) == (0, 1)
    assert rebuild(sent.engine, 0) == []


def test_what_is_got_while_a_letter_is_tried_counts_nowhere(
    sent: Sent, brief: Document, reader: FlaskClient, session: Session
) -> None:
    at = f"/documents/{brief.slug}"

    led = reader.get(f"{at}/{brief.versions[0].id}?test=yes")
    page = reader.get(f"{at}?test=yes").text
    got = reader.get(led.headers["Location"], buffered=True)
    reader.get(_download(sent, brief), buffered=True)

    sent.apply()
    session.rollback()  # the pages were read by it, before this was applied
    assert led.headers["Location"] == _download(sent, brief, "?test=yes")
    assert '<input type="hidden" name="test" value="yes">' in page
    assert f'href="/results/{brief.result.slug}?test=yes"' in page
    assert got.status_code == 200
    assert [hit.version_id for hit in session.scalars(select(Hit))] == [brief.versions[0].id]


def test_a_named_role_counts_downloads_by_role_and_nothing_else(
    sent: Sent, brief: Document, reader: FlaskClient, session: Session
) -> None:
    sent.make.roles()

    queries = ("?role=ngo", "?role=no-such-role", "?role=%3Cscript%3E", "")
    for number, query in enumerate(queries, start=2):
        reader.environ_base["REMOTE_ADDR"] = f"127.0.0.{number}"
        reader.get(_download(sent, brief, query), buffered=True)
    reader.head(_download(sent, brief, "?role=ngo"), buffered=True)

    sent.apply()
    lines = visitor_role_lines(session, brief.result.project_id)
    counts = [
        (line.role.slug if line.role else None, line.downloads, line.machine) for line in lines
    ]
    assert counts == [("ngo", 1, 1), (None, 3, 0)]


def test_a_letter_knows_its_role_better_than_what_is_typed(
    sent: Sent, brief: Document, reader: FlaskClient
) -> None:
    sent.make.roles()

    reader.get(_download(sent, brief, f"?role=media&via={sent.unlinked(1)}"), buffered=True)

    sent.apply()
    (hit,) = sent.rows(Hit)
    assert (hit["role_id"], hit["group_no"], sent.rows(VisitorFigure)) == (None, 1, [])


@pytest.mark.parametrize("code", ["nosuch", "../../etc", "a", "x" * 13])
def test_an_unknown_code_gets_a_helpful_page_and_counts_nothing(
    sent: Sent, reader: FlaskClient, code: str
) -> None:
    answer = reader.get(f"/t/s/{code}")

    assert answer.status_code == 404
    sent.apply()
    assert sent.rows(Hit) == []


def test_only_published_pages_of_the_project_are_shared(
    sent: Sent, brief: Document, context: None
) -> None:
    foreign = sent.make.result()
    project_id = brief.result.project_id
    draft = db.session.scalars(select(Result).where(Result.id == brief.result_id)).one()

    with pytest.raises(Refusal), transaction() as session:
        words = NewShareLink(channel=Channel.EVENT, label="x", result_id=foreign)
        make_share_link(session, project_id, words, by="Ada", now=sent.now)
    with transaction() as session:
        session.get_one(Result, draft.id).published_at = None
    with pytest.raises(Refusal), transaction() as session:
        words = NewShareLink(channel=Channel.EVENT, label="x", document_id=brief.id)
        make_share_link(session, project_id, words, by="Ada", now=sent.now)


def test_a_qr_code_is_a_picture_of_its_own() -> None:
    code = qr_code("https://outreach.example.org/t/s/k7f3qz")

    assert code.startswith(b"<?xml")
    assert b"http://" not in code.replace(b"http://www.w3.org/2000/svg", b"")
