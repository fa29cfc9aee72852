"""Anybody can ask: without a login, a cookie or a script, and whatever they send is answered."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from outreach.core.db import transaction
from outreach.core.text import LANGUAGES, LocalText
from outreach.mail.models import OutboxLetter
from outreach.mailings.models import Mailing, MailingResult
from outreach.questions.models import Question, QuestionState
from outreach.questions.wordings import ask_words
from tests.factories import Factory
from tests.questions.factories import QuestionFactory
from tests.tracking.factories import Sent

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}'


def _fields(page: str) -> dict[str, str]:
    """Return the hidden fields of the form as a browser would send them."""
    found = re.findall(r'<input[^>]*type="hidden"[^>]*>', page)
    pairs = (
        (re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)) for tag in found
    )
    return {name[1]: value[1] if value else "" for name, value in pairs if name}


def _ask(visitor: FlaskClient, where: str = "/ask", **values: Any) -> Any:
    form = {**_fields(visitor.get(where).text), "body": "What does it cost?", **values}
    return visitor.post("/ask", data=form)


def _only(session: Session) -> Question:
    session.rollback()
    return session.scalars(select(Question)).one()


def test_a_question_is_kept_and_the_next_page_says_what_happens(
    visitor: FlaskClient, make: Factory, session: Session
) -> None:
    result_id = make.result(slug="go-betweens", title=LocalText(en="Go-betweens"))

    answer = _ask(visitor, "/ask?result=go-betweens", email="jane@example.org", name="Jane")
    page = visitor.get(answer.headers["Location"])

    question = _only(session)
    assert answer.status_code == 303
    assert (question.state, question.result_id) == (QuestionState.NEW, result_id)
    assert question.reference in page.text
    assert "answers to the address" in page.text
    assert 'href="/results/go-betweens"' in page.text


def test_who_leaves_no_address_is_told_so(visitor: FlaskClient, session: Session) -> None:
    answer = _ask(visitor)

    assert "you left no address" in visitor.get(answer.headers["Location"]).text.lower()
    assert session.scalars(select(OutboxLetter)).all() == []


def test_no_page_sets_a_cookie(visitor: FlaskClient) -> None:
    answer = _ask(visitor)
    pages = [visitor.get("/ask"), answer, visitor.get(answer.headers["Location"])]

    assert not any("Set-Cookie" in page.headers for page in pages)


def test_looking_at_the_form_changes_nothing(
    visitor: FlaskClient, sent: Sent, session: Session
) -> None:
    for address in ("/ask", f"/ask?via={sent.unlinked(1)}&body=x&email=a@example.org"):
        visitor.get(address)
        visitor.head(address)

    assert session.scalar(select(func.count()).select_from(Question)) == 0
    assert sent.figures() == {}


def test_a_letter_brings_its_mailing_its_role_and_its_result(
    visitor: FlaskClient, desk: QuestionFactory, make: Factory, sent: Sent, session: Session
) -> None:
    result_id = make.result(slug="r", title=LocalText(en="Go-betweens"))
    with transaction() as writing:
        writing.add(MailingResult(mailing_id=sent.mailing_id, result_id=result_id))
    page = visitor.get(f"/ask?via={sent.unlinked(1)}").text

    answer = _ask(visitor, f"/ask?via={sent.unlinked(1)}")

    question = _only(session)
    assert "Go-betweens" in page
    assert re.search(r'<input[^>]*checked[^>]*value="ngo"', page)
    assert (question.mailing_id, question.group_no) == (sent.mailing_id, 1)
    assert (question.result_id, question.role_id) == (result_id, desk.roles["ngo"])
    assert question.stakeholder_id is None
    assert f"/results/r?via={sent.unlinked(1)}" in visitor.get(answer.headers["Location"]).text


def test_a_letter_with_consent_brings_the_person(
    visitor: FlaskClient, sent: Sent, session: Session
) -> None:
    _ask(visitor, f"/ask?via={sent.personal(7)}")

    assert _only(session).stakeholder_id == sent.people[7]


def test_a_letter_without_a_measure_token_brings_its_mailing(
    visitor: FlaskClient, sent: Sent, session: Session
) -> None:
    with transaction() as writing:
        writing.execute(update(Mailing).values(started_at=sent.now, subject="Dear {name|reader}"))
        web_key = writing.get_one(Mailing, sent.mailing_id).web_key

    page = visitor.get(f"/ask?mailing={web_key}").text
    _ask(visitor, f"/ask?mailing={web_key}")

    question = _only(session)
    assert "Dear reader" in page
    assert (question.mailing_id, question.group_no) == (sent.mailing_id, None)


@pytest.mark.parametrize(
    "query",
    [
        "via=wrong",
        "mailing=wrong",
        "result=wrong",
        "via=%00&mailing=%00&result=%00",
        "via=%F0%9F%98%80&lang=xx",
        f"via={'x' * 3000}&result={'y' * 3000}&mailing={'z' * 3000}",
        "via=a&via=b&lang=%0d%0aSet-Cookie:x=1",
    ],
)
def test_wrong_ways_are_no_errors(visitor: FlaskClient, session: Session, query: str) -> None:
    page = visitor.get(f"/ask?{query}")
    answer = visitor.post(f"/ask?{query}", data={"body": "Still fine?"})

    assert (page.status_code, answer.status_code) == (200, 303)
    assert visitor.get(answer.headers["Location"]).status_code == 200
    assert _only(session).mailing_id is None


def test_addresses_with_a_token_leave_no_trace(visitor: FlaskClient, sent: Sent) -> None:
    page = visitor.get(f"/ask?via={sent.unlinked(1)}")
    answer = _ask(visitor, f"/ask?via={sent.unlinked(1)}")
    receipt = visitor.get(answer.headers["Location"])

    for found in (page, receipt):
        assert found.headers["Referrer-Policy"] == "no-referrer"
        assert found.headers["Cache-Control"] == "no-store"
        assert "noindex" in found.headers["X-Robots-Tag"]


def test_the_form_sent_twice_is_one_question(visitor: FlaskClient, session: Session) -> None:
    form = {**_fields(visitor.get("/ask").text), "body": "Twice?"}

    first, second = (visitor.post("/ask", data=form) for _ in range(2))

    assert first.headers["Location"] == second.headers["Location"]
    assert _only(session).subject == "Twice?"


def test_the_trap_makes_spam_and_the_answer_looks_the_same(
    visitor: FlaskClient, session: Session
) -> None:
    answer = _ask(visitor, homepage="https://spam.example", email="victim@example.org")

    assert "has arrived" in visitor.get(answer.headers["Location"]).text
    assert _only(session).state is QuestionState.SPAM
    assert session.scalars(select(OutboxLetter)).all() == []


def test_a_form_that_was_never_fetched_and_advertises_is_spam(
    visitor: FlaskClient, session: Session
) -> None:
    visitor.post("/ask", data={"body": "Buy at https://spam.example"})

    assert _only(session).state is QuestionState.SPAM


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "Write your question here."),
        ({"body": " \r\n "}, "Write your question here."),
        ({"body": "x" * 5001}, "It has 5001 characters"),
        ({"body": "é" * 100_000}, "It has 100000 characters"),
        ({"body": "x", "email": "nobody"}, "ada@example.org"),
        ({"body": "x", "email": "a@example.org\r\nBcc: b@example.org"}, "ada@example.org"),
        ({"body": "x", "email": "x" * 5000 + "@example.org"}, "ada@example.org"),
        ({"body": "x", "name": "n" * 101}, "to 100 characters"),
    ],
)
def test_a_mistake_is_named_and_what_was_typed_stays(
    visitor: FlaskClient, session: Session, values: dict[str, str], words: str
) -> None:
    page = visitor.post("/ask", data=values)

    assert page.status_code == 422
    assert words in page.text
    assert "Not sent yet" in page.text
    assert values.get("body", "").strip() in page.text
    assert session.scalars(select(Question)).all() == []


def test_a_form_that_was_refused_keeps_its_key(visitor: FlaskClient, session: Session) -> None:
    fields = _fields(visitor.get("/ask").text)

    refused = visitor.post("/ask", data={**fields, "body": ""})

    assert _fields(refused.text)["form_key"] == fields["form_key"]


def test_breaks_and_controls_reach_no_line_of_a_letter(
    visitor: FlaskClient, session: Session
) -> None:
    evil = "One\r\nBcc: all@example.org\x00\x85\u2028X: 1"

    _ask(visitor, body=evil, name=evil, email="jane@example.org")

    question, letter = _only(session), session.scalars(select(OutboxLetter)).one()
    for line in (question.name, question.subject, letter.subject, letter.recipient_name):
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", line)


def test_hostile_words_are_only_words(visitor: FlaskClient, make: Factory) -> None:
    make.result(slug="r", title=LocalText(en=HOSTILE))
    query = {"via": HOSTILE, "mailing": HOSTILE, "result": HOSTILE, "lang": HOSTILE}

    pages = [
        visitor.get("/ask", query_string=query),
        visitor.get("/ask?result=r"),
        visitor.post("/ask", data={"name": HOSTILE, "email": HOSTILE, "role": HOSTILE, **query}),
        visitor.get("/ask/sent/" + "%3Cscript%3E"),
    ]

    for page in pages:
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
        assert "}}49" not in page.text


@pytest.mark.parametrize("receipt", ["x", "a.b", "%00", "x" * 3000])
def test_a_receipt_that_is_not_ours_is_nothing(visitor: FlaskClient, receipt: str) -> None:
    assert visitor.get(f"/ask/sent/{receipt}").status_code == 404


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_form_speaks_the_visitors_language(
    visitor: FlaskClient, make: Factory, session: Session, language: str
) -> None:
    make.result(slug="r", title=LocalText({language: f"Title {language}", "en": "Title"}))
    words = ask_words(language)

    page = visitor.get("/ask?result=r", headers={"Accept-Language": language})
    answer = visitor.post(f"/ask?lang={language}", data={"body": "?", "result": "r"})
    receipt = visitor.get(answer.headers["Location"])

    assert f'<html lang="{language}">' in page.text
    assert words.question in page.text
    assert f"{words.about} <strong>Title" in page.text
    assert words.sent in receipt.text
    assert _only(session).language == language


def test_entries_that_may_answer_already_stand_beside_the_form(
    visitor: FlaskClient, desk: QuestionFactory, make: Factory
) -> None:
    project_id = make.project()
    result_id = make.result(project_id, slug="r")
    for number in range(7):
        desk.entry(project_id, result_id=result_id, question=LocalText(en=f"Known {number}?"))
    desk.entry(make.project(), question=LocalText(en="Elsewhere?"))
    desk.entry(project_id, question=LocalText(en="Hidden?"), published_at=None)

    page = visitor.get("/ask?result=r").text

    assert "Perhaps answered already" in page
    assert len(re.findall(r"Known \d", page)) == 5
    assert "Elsewhere?" not in page
    assert "Hidden?" not in page


def test_the_projects_own_address_stands_beside_the_button(
    visitor: FlaskClient, make: Factory
) -> None:
    make.result(make.project(question_address="ask@example.org"), slug="r")

    assert 'href="mailto:ask@example.org"' in visitor.get("/ask?result=r").text


def test_one_client_cannot_flood_the_desk(visitor: FlaskClient, session: Session) -> None:
    answers = [visitor.post("/ask?lang=fr", data={"body": f"Question {n}?"}) for n in range(31)]

    assert [answer.status_code for answer in answers] == [303] * 30 + [429]
    assert "Trop de tentatives" in answers[-1].text
    assert '<html lang="fr">' in answers[-1].text
    assert session.scalar(select(func.count()).select_from(Question)) == 30


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_question_from_a_test_letter_is_kept_nowhere_and_the_page_says_so(
    visitor: FlaskClient, make: Factory, session: Session, language: str
) -> None:
    make.result(slug="r", title=LocalText(en="Go-betweens"))
    words = ask_words(language)
    way = f"/ask?result=r&test=yes&lang={language}"

    form = visitor.get(way)
    fields = {**_fields(form.text), "email": "jane@example.org", "body": HOSTILE}
    answer = visitor.post(f"/ask?lang={language}", data=fields)

    assert words.tried in form.text
    assert answer.status_code == 200
    assert words.tried_sent in answer.text
    assert HOSTILE not in answer.text
    assert "alert(1)" in answer.text
    assert f'href="/ask?result=r&amp;lang={language}">{words.really}' in answer.text
    session.rollback()
    assert session.scalars(select(Question)).all() == []
    assert session.scalars(select(OutboxLetter)).all() == []


def test_a_real_letter_is_no_test_whatever_its_address_says(
    visitor: FlaskClient, sent: Sent, session: Session
) -> None:
    answer = _ask(visitor, f"/ask?via={sent.unlinked(1)}&test=yes")

    assert answer.status_code == 303
    assert _only(session).mailing_id == sent.mailing_id


def test_an_empty_question_of_a_test_is_told_so_as_any_other(visitor: FlaskClient) -> None:
    answer = _ask(visitor, "/ask?test=yes", body="")

    assert answer.status_code == 422
    assert ask_words("en").tried in answer.text
