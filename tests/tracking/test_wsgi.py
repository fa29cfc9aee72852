"""Tracking addresses: the hit is kept, the reader led on, and nothing else happens."""

import hashlib
import random
import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from outreach.core.db import Base, db, transaction
from outreach.core.signing import nonce_of
from outreach.core.state import state
from outreach.core.text import LANGUAGES
from outreach.mailings.models import Mailing
from outreach.results.storage import path_of
from outreach.stakeholders.ledger import record_consent
from outreach.stakeholders.models import Basis, ConsentState, Purpose
from outreach.tracking.hits_file import hits_files, hits_folder, read_lines
from outreach.tracking.models import DocumentFigure, GroupFigure, Hit, HitKind, LinkFigure
from outreach.tracking.rebuild import rebuild
from outreach.tracking.records import Face, HitRecord
from outreach.tracking.words import PAGES, words_of
from outreach.tracking.wsgi import Tracker, init_tracking
from tests.factories import Factory
from tests.tracking.factories import CHROME, KEY, SAMPLE, Sent
from tests.tracking.outages import database_away
from tests.tracking.sending import sent_mailing


@pytest.fixture(autouse=True)
def tracker(app: Flask) -> Iterator[Tracker]:
    """The wrapper in front of the application, its file closed when the test is over."""
    wrapped = init_tracking(app)
    yield wrapped
    wrapped.writer.close()


@pytest.fixture
def reader(app: Flask) -> FlaskClient:
    """Somebody with a browser."""
    client = app.test_client()
    client.environ_base["HTTP_USER_AGENT"] = CHROME
    return client


def fetch(client: FlaskClient, path: str, headers: dict[str, str] | None = None) -> TestResponse:
    """Get an answer whole, and close it as a server does."""
    return client.get(path, headers=headers, buffered=True)


def kept(sent: Sent) -> list[HitRecord]:
    """Return what stands in the hits files."""
    folder = hits_folder(state(sent.app).settings.worker_folder)
    lines = [line for path in hits_files(folder) for line in read_lines(path, 0, 100_000)]
    return [line.record for line in lines if line.record is not None]


def test_the_picture_is_a_gif_of_one_point_that_nobody_keeps(
    sent: Sent, reader: FlaskClient
) -> None:
    answer = reader.get(f"/t/o/{sent.unlinked(1)}.gif")

    assert (answer.status_code, answer.mimetype, len(answer.data)) == (200, "image/gif", 43)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "ETag" not in answer.headers
    assert "Set-Cookie" not in answer.headers
    (record,) = kept(sent)
    assert (record.face, record.nonce, record.family) == (Face.OPEN, nonce_of(KEY, 1), "chrome")


def test_a_click_leads_to_the_stored_link_of_the_letters_mailing(
    sent: Sent, reader: FlaskClient
) -> None:
    answer = reader.get(f"/t/c/{sent.unlinked(1)}/2?url=https://evil.example/")

    assert answer.status_code == 302
    assert answer.headers["Location"] == "https://example.org/2"
    assert answer.headers["Cache-Control"] == "no-store"
    assert [record.link_number for record in kept(sent)] == [2]


def test_a_letter_viewed_in_a_browser_counts_as_that_and_as_no_visit(
    sent: Sent, reader: FlaskClient
) -> None:
    with sent.app.app_context():
        page = f"http://localhost/mailings/{db.session.get_one(Mailing, sent.mailing_id).web_key}"
    token = sent.unlinked(1)

    asked = {
        query: reader.get(f"/t/w/{token}{query}").headers["Location"]
        for query in ("", "?lang=de", "?as=ngo&line=B", "?lang=de&url=//evil.example")
    }
    reader.head(f"/t/w/{token}")
    missing = reader.get(f"/t/w/{token[:-2]}xx")
    sent.apply()

    assert asked == {
        "": page,
        "?lang=de": f"{page}?lang=de",
        "?as=ngo&line=B": f"{page}?as=ngo&line=B",
        "?lang=de&url=//evil.example": page,
    }
    assert missing.status_code == 404
    assert [hit["kind"] for hit in sent.rows(Hit)] == [HitKind.WEB_VIEW] * 5
    counts = {
        name: sent.figure(GroupFigure, name)
        for name in ("web_views", "machine_web_views", "visits", "clicks", "engaged")
    }
    expected = {"web_views": 4, "machine_web_views": 1, "visits": 0, "clicks": 0, "engaged": 0}
    assert counts == expected
    assert rebuild(sent.engine, sent.mailing_id) == []


@pytest.mark.parametrize(
    ("stored", "location"),
    [
        ("http://localhost/results/x", "http://localhost/results/x?via={}"),
        ("http://localhost/ask?result=x", "http://localhost/ask?result=x&via={}"),
        ("http://localhost/results/x#faq", "http://localhost/results/x?via={}#faq"),
        ("http://localhost", "http://localhost?via={}"),
        ("http://localhost.evil.example/", "http://localhost.evil.example/"),
        ("https://example.org/ünï?q=ä ö", "https://example.org/%C3%BCn%C3%AF?q=%C3%A4%20%C3%B6"),
    ],
)
def test_pages_of_our_own_learn_which_letter_led_there(
    sent: Sent, reader: FlaskClient, stored: str, location: str
) -> None:
    sent.relink(1, stored)
    token = sent.unlinked(1)

    answer = reader.get(f"/t/c/{token}/1")

    assert answer.headers["Location"] == location.format(token)


@pytest.mark.parametrize("stored", ["javascript:alert(1)", "//evil.example", "https://a/\r\nX: y"])
def test_a_stored_link_that_is_no_web_address_is_not_followed(
    sent: Sent, reader: FlaskClient, stored: str
) -> None:
    sent.relink(1, stored)

    answer = reader.get(f"/t/c/{sent.unlinked(1)}/1")

    assert answer.status_code == 404
    assert "Location" not in answer.headers


def test_a_link_number_the_letter_does_not_have_gets_a_helpful_page(
    sent: Sent, reader: FlaskClient
) -> None:
    for number in ("99", "0", "-1", "1.5", "x", "²", "9" * 30):
        answer = reader.get(f"/t/c/{sent.unlinked(1)}/{number}")

        assert answer.status_code == 404
        assert "leads nowhere" in answer.text or "no such page" in answer.text
    assert kept(sent) == []


def test_tokens_of_other_purposes_do_not_measure(sent: Sent, reader: FlaskClient) -> None:
    tokens = sent.signer.delivery_tokens(sent.mailing_id, 7)
    others = [tokens.unsubscribe, tokens.preferences, tokens.reply, sent.signer.person(1)]

    for token in [*others, sent.signer.site(1), "x", "A" * 500]:
        assert reader.get(f"/t/c/{token}/1").status_code == 404
        assert reader.get(f"/t/o/{token}.gif").status_code == 200

    assert kept(sent) == []


def test_ten_thousand_flipped_bits_make_no_hit(sent: Sent, tracker: Tracker) -> None:
    chance = random.Random(4)
    genuine = [sent.unlinked(1), sent.personal(7), sent.signer.shared(sent.mailing_id, 1)]
    statuses: list[str] = []

    for _ in range(10_000):
        token = bytearray(chance.choice(genuine).encode())
        token[chance.randrange(len(token))] ^= 1 << chance.randrange(7)
        path = f"/t/o/{token.decode('latin-1')}.gif"
        environ = {"PATH_INFO": path, "REQUEST_METHOD": "GET"}
        tracker(environ, lambda status, _headers: statuses.append(status))  # type: ignore[arg-type]  # nobody writes

    assert statuses == ["200 OK"] * 10_000
    assert kept(sent) == []


def test_a_get_records_one_hit_and_changes_nothing_else(sent: Sent, reader: FlaskClient) -> None:
    before = _contents(sent)

    reader.get(f"/t/c/{sent.personal(7)}/1")

    assert len(kept(sent)) == 1
    assert _contents(sent) == before
    sent.apply()
    changed = {table for table, rows in _contents(sent).items() if rows != before[table]}
    assert changed == {
        "hit",
        "reader",
        "group_figure",
        "link_figure",
        "hour_figure",
        "reason_figure",
        "hits_file",
    }
    assert len(sent.rows(Hit)) == 1


def _contents(sent: Sent) -> dict[str, list[str]]:
    with sent.app.app_context(), db.engine.connect() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(table.select())))
            for table in Base.metadata.sorted_tables
        }


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_other_methods_count_nothing(sent: Sent, reader: FlaskClient, method: str) -> None:
    answer = reader.open(f"/t/c/{sent.unlinked(1)}/1", method=method)

    assert answer.status_code == 405
    assert kept(sent) == []


def test_a_head_request_is_led_on_and_known_for_a_machine(sent: Sent, reader: FlaskClient) -> None:
    assert reader.head(f"/t/c/{sent.unlinked(1)}/1").status_code == 302
    assert reader.head(f"/t/o/{sent.unlinked(1)}.gif").data == b""

    sent.apply()

    assert sent.figure(GroupFigure, "machine_clicks") == 1
    assert sent.figure(GroupFigure, "machine_opens") == 1
    assert sent.figure(GroupFigure, "clicks") == 0


@pytest.mark.parametrize(
    "header",
    [
        {"Sec-Purpose": "prefetch;prerender"},
        {"Purpose": "prefetch"},
        {"X-Purpose": "preview"},
        {"X-Moz": "prefetch"},
    ],
)
def test_loading_in_advance_is_noticed(
    sent: Sent, reader: FlaskClient, header: dict[str, str]
) -> None:
    reader.get(f"/t/c/{sent.unlinked(1)}/1", headers=header)

    assert [record.is_prefetch for record in kept(sent)] == [True]


def test_neither_address_nor_agent_is_written(sent: Sent, reader: FlaskClient) -> None:
    reader.get(
        f"/t/c/{sent.personal(7)}/1",
        headers={"User-Agent": f"{CHROME} Secret/77"},
        environ_base={"REMOTE_ADDR": "203.0.113.77"},
    )
    folder = hits_folder(state(sent.app).settings.worker_folder)
    written = b"".join(path.read_bytes() for path in hits_files(folder))

    assert b"203.0" not in written
    assert b"Secret" not in written
    assert sent.personal(7).encode() not in written


def test_a_file_is_served_as_it_is_and_counted(sent: Sent, reader: FlaskClient) -> None:
    version = sent.link_document(3)

    answer = fetch(reader, f"/t/d/{sent.unlinked(1)}/3")

    assert (answer.status_code, answer.data) == (200, SAMPLE)
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"] == "inline; filename=brief.pdf"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    sent.apply()
    assert sent.figure(DocumentFigure, "downloads", version_id=version, group_no=1) == 1
    assert sent.figure(GroupFigure, "downloaded") == 1
    assert sent.figure(LinkFigure, "counted", link_number=3) == 1


def test_parts_of_a_file_are_served_and_count_once(sent: Sent, reader: FlaskClient) -> None:
    sent.link_document(3)
    path = f"/t/d/{sent.unlinked(1)}/3"

    first = fetch(reader, path, headers={"Range": "bytes=0-9"})
    etag = first.headers["ETag"]
    second = fetch(reader, path, headers={"Range": "bytes=10-", "If-Range": etag})
    same = fetch(reader, path, headers={"If-None-Match": etag})
    beyond = fetch(reader, path, headers={"Range": "bytes=9999999-"})
    other = f"/t/d/{sent.unlinked(2)}/3"
    nothing = fetch(reader, other, headers={"Range": "bytes=9999999-"})

    assert (first.status_code, first.data) == (206, SAMPLE[:10])
    assert (second.status_code, second.data) == (206, SAMPLE[10:])
    assert etag == f'"{hashlib.sha256(SAMPLE).hexdigest()}"'
    assert (same.status_code, same.data) == (304, b"")
    assert beyond.status_code == nothing.status_code == 416
    assert beyond.headers["Cache-Control"] == "no-store"
    assert beyond.headers["Referrer-Policy"] == "no-referrer"
    sent.apply()
    assert sent.figure(GroupFigure, "downloads") == sent.figure(GroupFigure, "downloaded") == 1
    assert len(sent.rows(Hit)) == 5


def test_a_document_elsewhere_is_followed_and_never_a_download(
    sent: Sent, reader: FlaskClient
) -> None:
    version = sent.link_document(3, address="https://zenodo.example/record/1")

    by_click = fetch(reader, f"/t/c/{sent.unlinked(1)}/3")
    by_download = fetch(reader, f"/t/d/{sent.unlinked(2)}/3")

    for answer in (by_click, by_download):
        assert answer.headers["Location"] == "https://zenodo.example/record/1"
    sent.apply()
    assert sent.figure(DocumentFigure, "followed", version_id=version) == 2
    assert sent.figure(DocumentFigure, "downloads") == 0
    assert sent.figure(GroupFigure, "downloads") == 0
    assert sent.figure(GroupFigure, "clicked") == 2


def test_a_visitor_without_a_letter_loads_the_same_file(sent: Sent, reader: FlaskClient) -> None:
    version = sent.link_document(3)
    path = f"/t/d/{sent.signer.site(sent.document_of(version))}/{version}"

    whole = [fetch(reader, path), fetch(reader, path)]
    part = fetch(reader, path, headers={"Range": "bytes=0-"})

    assert [answer.status_code for answer in (*whole, part)] == [200, 200, 206]
    sent.apply()
    assert sent.downloads(version) == 1
    assert {(hit["mailing_id"], hit["number"]) for hit in sent.rows(Hit)} == {(None, None)}


def test_a_visitor_who_came_from_a_letter_is_credited_to_it(
    sent: Sent, reader: FlaskClient
) -> None:
    version = sent.link_document(3)
    path = f"/t/d/{sent.signer.site(sent.document_of(version))}/{version}"

    fetch(reader, f"{path}?via={sent.unlinked(2)}")
    fetch(reader, f"{path}?via=forged")

    sent.apply()
    assert sent.figure(DocumentFigure, "downloads", version_id=version, group_no=1) == 1
    assert sent.downloads(version) == 1


def test_a_site_token_opens_its_own_document_only(sent: Sent, reader: FlaskClient) -> None:
    own, other = sent.link_document(3), sent.link_document(4)
    token = sent.signer.site(sent.document_of(own))

    assert reader.get(f"/t/d/{token}/{other}").status_code == 404
    assert reader.get(f"/t/c/{token}/1").status_code == 404
    assert kept(sent) == []


def test_a_document_taken_back_gets_a_page_that_leads_on(
    sent: Sent, reader: FlaskClient, now: datetime
) -> None:
    version = sent.link_document(3)
    sent.archive(version)

    answer = reader.get(f"/t/d/{sent.unlinked(1)}/3")

    assert answer.status_code == 200
    assert "no longer offered" in answer.text
    danish = reader.get(f"/t/d/{sent.unlinked(1)}/3", headers={"Accept-Language": "da"})
    assert "»Policy brief« blev trukket tilbage" in danish.text
    assert 'href="/results/result-' in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    sent.apply()
    assert {hit["kind"] for hit in sent.rows(Hit)} == {HitKind.CLICK}
    assert sent.figure(DocumentFigure, "downloads") == 0


def test_pages_of_links_that_lead_nowhere_speak_all_our_languages() -> None:
    said = [text for page in PAGES.values() for text in page.values()]

    assert all(text.has(language) for text in said for language in LANGUAGES)
    assert all(words_of("withdrawn", one)["lead"].count("{title}") == 1 for one in LANGUAGES)


def test_a_file_that_is_not_there_gets_a_page_that_leads_on(
    sent: Sent, reader: FlaskClient
) -> None:
    sent.link_document(3)
    path_of(state(sent.app).settings.documents, hashlib.sha256(SAMPLE).hexdigest()).unlink()

    answer = reader.get(f"/t/d/{sent.unlinked(1)}/3")

    assert answer.status_code == 200
    assert "no longer offered" in answer.text


def test_known_links_work_while_the_database_is_away(
    app: Flask, make: Factory, sent: Sent, reader: FlaskClient
) -> None:
    never_asked_for = sent_mailing(app, make, sent.now)
    reader.get(f"/t/c/{sent.unlinked(1)}/1")

    with database_away(sent.engine):
        known = reader.get(f"/t/c/{sent.unlinked(2)}/2")
        picture = reader.get(f"/t/o/{sent.unlinked(2)}.gif")
        unknown = reader.get(f"/t/c/{never_asked_for.unlinked(1)}/1")

    assert (known.status_code, picture.status_code) == (302, 200)
    assert unknown.status_code == 503
    assert "try again" in unknown.text
    assert sent.apply().hits == 4
    assert never_asked_for.figure(GroupFigure, "clicks") == 1


def test_links_looked_up_in_advance_work_while_the_database_is_away(
    sent: Sent, reader: FlaskClient, tracker: Tracker
) -> None:
    sent.link_document(3)
    tracker.targets.learn(since=sent.now - timedelta(days=1))

    with database_away(sent.engine):
        clicked = reader.get(f"/t/c/{sent.unlinked(1)}/1")
        letter = reader.get(f"/t/w/{sent.unlinked(1)}")
        file = fetch(reader, f"/t/d/{sent.unlinked(1)}/3")

    assert (clicked.status_code, letter.status_code) == (302, 302)
    assert file.data == SAMPLE
    assert sent.apply().hits == 3


def test_old_mailings_are_looked_up_when_somebody_comes(
    sent: Sent, reader: FlaskClient, tracker: Tracker
) -> None:
    tracker.targets.learn(since=sent.now + timedelta(days=1))

    with database_away(sent.engine):
        assert reader.get(f"/t/c/{sent.unlinked(1)}/1").status_code == 503

    assert sent.apply().hits == 1


def test_known_links_work_while_the_database_is_locked(sent: Sent, reader: FlaskClient) -> None:
    reader.get(f"/t/c/{sent.unlinked(1)}/1")
    with sent.engine.connect() as holder:
        is_sqlite = sent.engine.dialect.name == "sqlite"
        lock = "UPDATE mailing SET title = title" if is_sqlite else "LOCK TABLE mailing_link, hit"
        holder.execute(text(lock))

        assert reader.get(f"/t/c/{sent.unlinked(2)}/2").status_code == 302
        assert reader.get(f"/t/o/{sent.unlinked(2)}.gif").status_code == 200
        holder.rollback()

    assert sent.apply().hits == 3


def test_a_disk_that_refuses_costs_no_reader_the_way_on(sent: Sent, reader: FlaskClient) -> None:
    folder = hits_folder(state(sent.app).settings.worker_folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_bytes(b"a file where the folder should be")

    assert reader.get(f"/t/c/{sent.unlinked(1)}/1").status_code == 302
    assert reader.get(f"/t/o/{sent.unlinked(1)}.gif").status_code == 200


def test_other_addresses_go_to_the_application(reader: FlaskClient) -> None:
    assert reader.get("/t/x/abc").status_code == 404
    assert reader.get("/t/c/").status_code == 404
    assert reader.get("/no-such-page").status_code == 404


def test_leaving_by_a_letter_is_counted_by_group_once_it_was_done(
    sent: Sent, reader: FlaskClient
) -> None:
    token = sent.signer.delivery_tokens(sent.mailing_id, 1).unsubscribe
    one_click = {"List-Unsubscribe": "One-Click"}

    refused = reader.post(f"/u/{token}", data={"List-Unsubscribe": "No"})
    shown = reader.get(f"/u/{token}")
    left = [reader.post(f"/u/{token}", data=one_click) for _ in range(2)]
    forged = reader.post(f"/u/{sent.unlinked(1)}", data=one_click)

    assert [a.status_code for a in (refused, shown, *left)] == [400, 200, 200, 200]
    assert forged.status_code != 200
    sent.apply()
    assert sent.figure(GroupFigure, "unsubscribes", group_no=1) == 1
    assert {(hit["kind"], hit["number"]) for hit in sent.rows(Hit)} == {(HitKind.UNSUBSCRIBE, None)}


def test_leaving_that_was_taken_back_stands_in_no_figure(
    app: Flask, sent: Sent, reader: FlaskClient
) -> None:
    another = app.test_client()  # its visits are others, as those of another web process
    tokens = sent.signer.delivery_tokens(sent.mailing_id, 1)
    page = f"/preferences/{tokens.preferences}"
    with sent.app.app_context(), transaction() as session:
        record_consent(
            session, sent.people[1], sent.list_id, Purpose.NEWSLETTER, ConsentState.ACTIVE,
            basis=Basis.CONSENT, source="", actor="", now=sent.now,
        )  # fmt: skip

    def leave_and_come_back(by: FlaskClient) -> list[int]:
        left = reader.post(f"/u/{tokens.unsubscribe}", data={"List-Unsubscribe": "One-Click"})
        found = re.search(r'name="receipt" value="([^"]+)"', left.text)
        assert found
        taken_back = {"do": "take-back", "receipt": found[1]}
        return [by.post(page, data=taken_back).status_code for _ in range(2)]

    def figures() -> tuple[int, ...]:
        sent.apply()
        names = ("unsubscribes", "returns")
        return tuple(sent.figure(GroupFigure, name, group_no=1) for name in names)

    assert leave_and_come_back(reader) == [200, 409]
    assert figures() == (1, 1)
    assert leave_and_come_back(another) == [200, 409]
    assert figures() == (2, 2)
    another.post(page, data={"do": "leave"})
    assert figures() == (3, 2)
    paused = reader.post(page, data={"do": "pause"}).text
    wish = re.search(r'name="receipt" value="([^"]+)"', paused)
    assert wish
    assert reader.post(page, data={"do": "take-back", "receipt": wish[1]}).status_code == 200
    assert figures() == (3, 2)
    assert rebuild(sent.engine, sent.mailing_id) == []


@pytest.mark.parametrize("step", ["leave", "leave-all"])
def test_leaving_by_the_page_of_choices_counts_as_leaving_by_the_letter(
    sent: Sent, reader: FlaskClient, step: str
) -> None:
    tokens = sent.signer.delivery_tokens(sent.mailing_id, 1)
    page = f"/preferences/{tokens.preferences}"

    lessened = [reader.post(page, data={"do": do}) for do in ("pause", "fewer", "end-measurement")]
    left = reader.post(page, data={"do": step})
    again = reader.post(f"/u/{tokens.unsubscribe}", data={"List-Unsubscribe": "One-Click"})

    assert [answer.status_code for answer in (*lessened, left, again)] == [200] * 5
    sent.apply()
    assert sent.figure(GroupFigure, "unsubscribes", group_no=1) == 1
    assert {hit["kind"] for hit in sent.rows(Hit)} == {HitKind.UNSUBSCRIBE}
