"""Staff pages of mailings: what they refuse, and that nobody's words are lost on the way."""

import io
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from outreach import create_app
from outreach.core.db import db, transaction
from outreach.core.state import state
from outreach.core.text import LocalText
from outreach.demo.pdf import make_pdf
from outreach.mailings import links
from outreach.mailings.blocks import Content, dump, load, merge, speak
from outreach.mailings.following import Outcome
from outreach.mailings.log import Act
from outreach.mailings.models import Mailing, MailingState
from outreach.mailings.queries import log_of
from outreach.results.models import DocumentKind
from outreach.results.services import DocumentWords, NewVersion, add_document
from outreach.results.storage import FileKind, store
from tests.cast import Cast, make_cast
from tests.conftest import NOON, QUICK_HASH
from tests.databases import settings_for
from tests.factories import Factory
from tests.mailings.factories import MailingFactory
from tests.web_client import post

STAFF = "/staff/mailings"
LATER = {"when": "later", "date": "2027-12-01", "time": "09:00", "zone": "Europe/Copenhagen"}
ONE_OF_EACH = {
    "headline": {"text": "A headline"},
    "text": {"markdown": "A text."},
    "relevance": {"lead": "For whoever asks", "points": "one\ntwo"},
    "quote": {"text": "Everybody gains.", "attribution": "Somebody"},
    "calls_to_action": {
        "items-0-label": "Elsewhere",
        "items-0-target": "address:",
        "items-0-address": "https://example.org/",
    },
    "faq_link": {"label": "What we are asked"},
    "ask_us": {"text": "Ask us."},
    "divider": {},
    "columns": {"left": "One", "right": "Two"},
    "event": {"title": "A talk", "starts": "2027-03-01 09:00", "zone": "Europe/Brussels"},
    "contact": {"name": "Ada Byron", "email": "ada@example.org"},
    "spacer": {"size": "large"},
}


@pytest.fixture
def ada(cast: Cast) -> FlaskClient:
    return cast.ada


@pytest.fixture
def draft(room: MailingFactory, cast: Cast) -> int:
    return room.mailing(cast.project_id)


def _mailing(app: Flask, mailing_id: int) -> Mailing:
    with app.app_context():
        return db.session.get_one(Mailing, mailing_id)


def _content(app: Flask, mailing_id: int) -> Content:
    return load(_mailing(app, mailing_id).content)


def _moved(app: Flask, mailing_id: int, state: MailingState, **values: Any) -> None:
    with app.app_context(), transaction() as session:
        mailing = session.get_one(Mailing, mailing_id)
        mailing.state = state
        for name, value in values.items():
            setattr(mailing, name, value)


def test_every_kind_of_block_can_be_added_opened_and_saved(
    ada: FlaskClient, draft: int, app: Flask
) -> None:
    at = f"{STAFF}/{draft}/content"

    for place, (kind, fields) in enumerate(ONE_OF_EACH.items(), start=7):
        version = _mailing(app, draft).lock_version
        offered = ada.get(f"{at}?add={kind}")
        added = post(ada, f"{at}/blocks/new/{kind}", {"lock_version": version, **fields})
        opened = ada.get(f"{at}?block=b{place}")
        saved = post(ada, f"{at}/blocks/b{place}", {"lock_version": version + 1, **fields})

        assert offered.status_code == opened.status_code == 200, kind
        assert added.status_code == saved.status_code == 302, kind
        assert _content(app, draft).blocks[-1].kind == kind


def test_two_people_editing_notice_each_other(ada: FlaskClient, draft: int, app: Flask) -> None:
    at = f"{STAFF}/{draft}/content/blocks/b1"
    post(ada, at, {"lock_version": 1, "text": "What the first one wrote"})

    page = post(ada, at, {"lock_version": 1, "text": "What the second one wrote"})
    script = post(ada, at, {"lock_version": 1, "text": "…"}, headers={"Accept": "application/json"})
    moved = post(ada, f"{at}/move-down", {"lock_version": 1}, follow_redirects=True)

    assert page.status_code == script.status_code == 409
    assert "Nothing was overwritten" in page.text
    assert "What the second one wrote" in page.text
    assert "Nothing was overwritten" in script.json["message"]  # type: ignore[index]  # it is JSON
    assert "Somebody changed this mailing meanwhile" in moved.text
    assert "What the first one wrote" in str(_content(app, draft).blocks[0])


def test_edits_can_be_undone_and_done_again(ada: FlaskClient, draft: int, app: Flask) -> None:
    at = f"{STAFF}/{draft}/content"
    post(ada, f"{at}/blocks/b1", {"lock_version": 1, "text": "First words"})
    post(ada, f"{at}/blocks/b1", {"lock_version": 2, "text": "First words and more"})
    post(ada, f"{at}/blocks/b1/move", {"lock_version": 3, "to": 2})

    undone = post(ada, f"{at}/undo", {"lock_version": 4}, follow_redirects=True)
    once = _content(app, draft)
    post(ada, f"{at}/undo", {"lock_version": 5})
    twice = _content(app, draft)
    post(ada, f"{at}/redo", {"lock_version": 6})
    nothing = post(ada, f"{at}/undo", {"lock_version": 1}, follow_redirects=True)

    assert "Do it again" in undone.text
    assert "First words and more" in str(once.blocks[0])
    assert "Learn from go-betweens" in str(twice.blocks[0])
    assert _content(app, draft) == once
    assert "Somebody saved this mailing" in nothing.text
    assert ada.get(f"{at}/version").json == {"lock_version": 7, "actor": "Ada"}


def test_a_letter_is_said_differently_by_role_and_language(
    ada: FlaskClient, draft: int, app: Flask, room: MailingFactory
) -> None:
    at, letter = f"{STAFF}/{draft}/content", f"{STAFF}/{draft}/preview/letter"
    with app.app_context(), transaction() as session:
        mailing = session.get_one(Mailing, draft)
        mailing.content = dump(speak(load(mailing.content), ["de"]))

    post(ada, f"{at}/blocks/b1/otherwise", {"lock_version": 1, "role": "ngo"})
    post(ada, f"{at}/blocks/b7", {"lock_version": 2, "text": "For you who act"})
    post(ada, f"{at}/blocks/b2/roles", {"lock_version": 3, "roles": ["funder", "nobody"]})
    post(ada, f"{at}/blocks/b1?in=de", {"lock_version": 4, "text": "Lernen Sie"})
    post(ada, f"{at}/lines/de", {"lock_version": 5, "subject": "Ein Betreff"})
    page = ada.get(f"{at}?in=de&as=ngo&block=b3")
    matrix = ada.get(f"{STAFF}/{draft}/preview?in=de&role=0")

    assert page.status_code == 200
    assert "not translated yet" in page.text
    assert "Who sees it: funders" in ada.get(f"{at}?block=b2").text
    assert "For you who act" in ada.get(f"{letter}?role={room.roles['ngo']}").text
    assert "They" not in ada.get(f"{letter}?role=0").text
    assert "Lernen Sie" in ada.get(f"{letter}?role=0&in=de").text
    assert "Ein Betreff" in matrix.text
    assert "Who gets which variant" in matrix.text
    stale = post(ada, f"{STAFF}/{draft}/variants/ngo.en/approve", {"lock_version": 1})
    post(ada, f"{STAFF}/{draft}/variants/ngo.en/approve", {"lock_version": 6})
    approved = ada.get(f"{STAFF}/{draft}/preview")
    assert stale.status_code == 302
    assert approved.text.count("approved by Ada") == 1
    assert post(ada, f"{at}/lines/fr", {"lock_version": 6}).status_code == 404


def test_a_card_shows_the_cover_of_its_pdf(
    ada: FlaskClient, draft: int, app: Flask, cast: Cast, visitor: FlaskClient
) -> None:
    with app.app_context(), transaction() as session:
        result = session.get_one(Mailing, draft).results[0]
        stored = store(
            io.BytesIO(make_pdf("A brief", [("One", "Two")])),
            state().settings.documents,
            kind=FileKind.PDF,
        )
        words = DocumentWords(kind=DocumentKind.POLICY_BRIEF, title=LocalText(en="A brief"))
        version = NewVersion(label="1.0", language="en", stored=stored, filename="brief.pdf")
        document = add_document(session, result, words, version, now=NOON)
        target = f"document:{document.id}"

    fields = {"lock_version": 1, "target": target, "label": "Read the brief"}
    post(ada, f"{STAFF}/{draft}/content/blocks/new/document_card", fields)
    letter = ada.get(f"{STAFF}/{draft}/preview/letter").text

    cover = re.search(r"/mailings/pictures/[0-9a-f]{64}", letter)
    assert cover
    with visitor.get(cover[0]) as picture:
        assert picture.content_type == "image/png"


def test_an_event_can_be_put_into_a_calendar(
    ada: FlaskClient, draft: int, visitor: FlaskClient, app: Flask
) -> None:
    event = {"title": "A talk, in; town", "starts": "2027-03-28 09:00", "zone": "Europe/Brussels"}
    post(ada, f"{STAFF}/{draft}/content/blocks/new/event", {"lock_version": 1, **event})
    key = _mailing(app, draft).web_key

    entry = visitor.get(f"/mailings/{key}/b7.ics")

    assert entry.content_type == "text/calendar; charset=utf-8"
    assert "DTSTART;TZID=Europe/Brussels:20270328T090000" in entry.text
    assert r"SUMMARY:A talk\, in\; town" in entry.text
    assert visitor.get(f"/mailings/{key}/b1.ics").status_code == 404
    assert visitor.get("/mailings/nothing/b7.ics").status_code == 404


def test_what_a_block_lacks_is_said_at_its_field(ada: FlaskClient, draft: int) -> None:
    at = f"{STAFF}/{draft}/content/blocks"

    page = post(ada, f"{at}/new/quote", {"lock_version": 1, "text": "Typed and kept"})
    script = post(
        ada, f"{at}/b1", {"lock_version": 1, "text": ""}, headers={"Accept": "application/json"}
    )

    assert page.status_code == script.status_code == 422
    assert "Write who said it" in page.text
    assert "Typed and kept" in page.text
    assert script.json == {"message": "Write the headline."}


def test_a_block_with_nothing_to_choose_is_not_offered_to_be_added(
    ada: FlaskClient, draft: int
) -> None:
    at = f"{STAFF}/{draft}/content"

    page, quote = ada.get(f"{at}?add=faq"), ada.get(f"{at}?add=quote")

    assert "No FAQ entry of these projects is published yet" in page.text
    assert "Add the block" not in page.text
    assert "Add the block" in quote.text


def test_foreign_and_missing_mailings_and_blocks_look_the_same(
    ada: FlaskClient, cast: Cast, draft: int
) -> None:
    assert cast.ben.get(f"{STAFF}/{draft}").status_code == 403
    for path in (
        "999",
        f"{draft}/content/blocks/zz",
        "2147483648",
        f"{draft}/content/blocks/new/x",
    ):
        page = post(ada, f"{STAFF}/{path}") if "blocks" in path else ada.get(f"{STAFF}/{path}")
        assert page.status_code == 404, path


def test_the_letter_is_shown_in_every_way(ada: FlaskClient, draft: int) -> None:
    for view in ("desktop", "phone", "dark", "bare", "text", "nonsense"):
        page = ada.get(f"{STAFF}/{draft}/preview?view={view}")
        letter = ada.get(f"{STAFF}/{draft}/preview/letter?view={view}")

        assert page.status_code == letter.status_code == 200
        assert ("@media all{" in letter.text) == (view == "dark")
        assert ("img-src 'none'" in letter.headers["Content-Security-Policy"]) == (view == "bare")


def test_every_merge_field_is_told_of_beside_the_editor(ada: FlaskClient, draft: int) -> None:
    for step in ("details", "content"):
        page = ada.get(f"{STAFF}/{draft}/{step}").text

        told = re.findall(r"<code>\{([a-z_]+)\|[^}]+\}</code>", page)
        assert told == list(merge.NAMES), step


def test_a_person_is_shown_their_own_letter(
    ada: FlaskClient, room: MailingFactory, cast: Cast, draft: int
) -> None:
    person_id = room.person("ngo", name="Zoë Quist", given_name="Zoë", email="zoe@example.org")

    found = ada.get(f"{STAFF}/{draft}/preview?q=quist+zoe")
    nobody = ada.get(f"{STAFF}/{draft}/preview?q=quist+anna")
    sample = ada.get(f"{STAFF}/{draft}/preview?sample=yes")
    page = ada.get(f"{STAFF}/{draft}/preview?person={person_id}&view=text")

    assert f"person={person_id}" in found.text
    assert "No name, address or organisation has “quist anna”." in nobody.text
    assert "Dear Zoë Quist" in page.text
    assert "Ten who would get it" in sample.text
    assert "Zoë Quist" not in sample.text
    assert ada.get(f"{STAFF}/{draft}/preview?person=99999").status_code == 404


def test_the_composer_keeps_the_reader_the_letter_is_looked_at_as(
    ada: FlaskClient, room: MailingFactory, draft: int
) -> None:
    someone = f"person={room.person('ngo', name='Zoë Quist', email='zoe@example.org')}"
    at = f"{STAFF}/{draft}/content"

    led = ada.get(f"{STAFF}/{draft}/preview?{someone}")
    page = ada.get(f"{at}?block=b1&{someone}")
    saved = post(ada, f"{at}/blocks/b1?{someone}", {"lock_version": 1, "text": "Another"})

    assert f'href="{at}?{someone}"' in led.text
    assert "As Zoë Quist gets it" in page.text
    assert f"preview/letter?v=1&amp;{someone}" in page.text
    assert f'action="{at}/blocks/b1?{someone}"' in page.text
    assert re.search(rf'href="{at}\?block=b2&amp;[^"]*{someone}#settings"', page.text)
    assert someone in saved.headers["Location"]
    assert "person=" not in ada.get(f"{at}?block=b1").text
    assert ada.get(f"{at}?person=99999").status_code == 404


def test_the_audience_is_counted_as_it_is_chosen(
    ada: FlaskClient, room: MailingFactory, cast: Cast, make: Factory, draft: int
) -> None:
    room.person("funder", list_id=make.list_of(cast.project_id), state="withdrawn")
    chosen = f"role_ids={room.roles['funder']}&role_ids={room.roles['ngo']}"

    page = ada.get(f"{STAFF}/{draft}/audience?chosen=1&{chosen}")
    nobody = ada.get(f"{STAFF}/{draft}/audience?chosen=1&tiers=nonsense&role_ids=0")
    less = ada.get(f"{STAFF}/{draft}/audience?chosen=1&{chosen}&not_role_ids={room.roles['ngo']}")
    listed = ada.get(f"{STAFF}/{draft}/withheld?reason=unsubscribed&page=1")

    assert "left out by role or segment" in less.text
    assert "Nobody is withheld" in listed.text  # as it is saved, it is for NGOs alone
    assert "person gets" in page.text
    assert "left this list" in page.text
    assert "Nobody is chosen yet" in nobody.text


def test_a_test_goes_to_the_named_addresses(ada: FlaskClient, draft: int) -> None:
    at = f"{STAFF}/{draft}/test"

    sent = post(ada, at, {"addresses": "a@example.org, b@example.org", "role_id": "0"})
    refused = post(ada, at, {"addresses": "a@example.org nonsense", "role_id": "0"})

    assert sent.status_code == 302
    assert refused.status_code == 422
    assert "nonsense" in refused.text


def test_links_are_tried_and_answered_for(ada: FlaskClient, draft: int, app: Flask) -> None:
    at = f"{STAFF}/{draft}"
    post(ada, f"{at}/links")
    waiting = ada.get(f"{at}/links")
    links.try_waiting(app, look=lambda _: Outcome(is_dead=True, detail="nobody is there"))
    page = ada.get(f"{at}/checks")
    code = re.search(r'name="code" value="(dead:[0-9a-f]+)"', page.text)
    assert code

    short = post(ada, f"{at}/answers", {"code": code[1], "reason": "ok"}, follow_redirects=True)
    kept = post(
        ada,
        f"{at}/answers",
        {"code": code[1], "reason": "It opens on Monday"},
        follow_redirects=True,
    )

    assert "0 of 2 links tried" in waiting.text
    assert "2 of 2 links tried" in page.text
    assert "The reason is missing" in short.text
    assert "It goes out in spite of it: It opens on Monday (Ada)" in kept.text
    assert post(ada, f"{at}/answers", {"code": "credit:x", "reason": "Because"}).status_code == 404


def test_the_confirmation_repeats_everything_and_promises_nothing(
    ada: FlaskClient, draft: int, app: Flask
) -> None:
    page = post(ada, f"{STAFF}/{draft}/schedule", LATER)

    for words in ("1 person", "1 Dec 2027, 09:00 (Europe/Copenhagen)", "1 Dec 2027, 08:00 (UTC)"):
        assert words in page.text
    assert _mailing(app, draft).state is MailingState.DRAFT


def test_a_promise_is_made_and_taken_back(
    ada: FlaskClient, draft: int, app: Flask, context: None
) -> None:
    promised = post(ada, f"{STAFF}/{draft}/schedule/confirm", LATER)
    taken_back = post(ada, f"{STAFF}/{draft}/unschedule")

    assert promised.status_code == taken_back.status_code == 302
    verbs = [line.verb for line in log_of(db.session(), draft)]
    assert verbs[:2] == [Act.UNSCHEDULED, Act.SCHEDULED]


def test_a_moment_that_cannot_be_is_refused_on_the_form(ada: FlaskClient, draft: int) -> None:
    for changes, words in (
        ({"date": "2020-01-01"}, "still to come"),
        ({"date": ""}, "Choose a date and a time"),
        ({"date": "nonsense"}, "Not a valid date"),
        ({"date": "2027-03-28", "time": "02:30"}, "jump over 02:30"),
        ({"zone": "Mars/Olympus"}, "Not a valid choice"),
    ):
        asked = post(ada, f"{STAFF}/{draft}/schedule", {**LATER, **changes})
        confirmed = post(ada, f"{STAFF}/{draft}/schedule/confirm", {**LATER, **changes})

        assert asked.status_code == confirmed.status_code == 422
        assert words in asked.text
        assert words in confirmed.text


def test_a_wrong_move_is_refused_in_words(
    ada: FlaskClient, draft: int, app: Flask, now: datetime
) -> None:
    for there, act in (
        (MailingState.DRAFT, "pause"),
        (MailingState.DRAFT, "cancel"),
        (MailingState.SENT, "unschedule"),
        (MailingState.SENDING, "unschedule"),
        (MailingState.SENT, "resume"),
        (MailingState.CANCELLED, "resume"),
        (MailingState.SENDING, "schedule/confirm"),
        (MailingState.SENDING, "archive"),
    ):
        has_begun = there in {MailingState.SENDING, MailingState.SENT}
        _moved(app, draft, there, started_at=now - timedelta(hours=1) if has_begun else None)

        page = post(ada, f"{STAFF}/{draft}/{act}", LATER)

        assert page.status_code == 409
        assert "This mailing is" in page.text
        assert _mailing(app, draft).state is there


def test_pausing_and_resuming_keep_the_moment(ada: FlaskClient, draft: int, app: Flask) -> None:
    post(ada, f"{STAFF}/{draft}/schedule/confirm", LATER)
    post(ada, f"{STAFF}/{draft}/pause", {"reason": "the brief is being corrected"})
    held = ada.get(f"{STAFF}/{draft}")
    post(ada, f"{STAFF}/{draft}/resume")

    mailing = _mailing(app, draft)
    assert "the brief is being corrected" in held.text
    assert mailing.state is MailingState.SCHEDULED
    assert mailing.due_local == "2027-12-01 09:00"


def test_where_no_letter_can_leave_the_schedule_says_what_to_set(
    database_uri: str, tmp_path: Path, now: datetime
) -> None:
    app = create_app(
        settings_for(database_uri, tmp_path, base_url="https://outreach.example.org"),
        SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS=QUICK_HASH,
    )
    make = Factory(app, now=now)
    cast, room = make_cast(make), MailingFactory(make)
    draft = room.mailing(cast.project_id)

    page = post(cast.ada, f"{STAFF}/{draft}/schedule/confirm", LATER)

    assert page.status_code == 422
    assert "OUTREACH_MAIL_SERVER" in page.text
    assert "OUTREACH_CATCHER=1" in page.text
    assert _mailing(app, draft).state is MailingState.DRAFT
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
