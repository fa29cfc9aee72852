"""The FAQ page of staff: made from a question or by hand, in languages, published, ordered."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.accounts.models import Access
from outreach.core.text import LocalText
from outreach.questions.models import FaqEntry
from tests.cast import Cast
from tests.factories import Factory
from tests.questions.factories import QuestionFactory
from tests.web_client import post

FAQ = "/staff/questions/faq"


@pytest.fixture
def clerk(desk: QuestionFactory) -> FlaskClient:
    return desk.clerk()


def _entry(session: Session) -> FaqEntry:
    session.rollback()
    return session.scalars(select(FaqEntry)).one()


def test_a_question_becomes_an_entry_in_staffs_words(
    desk: QuestionFactory, clerk: FlaskClient, make: Factory, session: Session
) -> None:
    project_id = make.project()
    result_id = make.result(project_id)
    question_id = desk.question("Hvad koster det?", project_id=project_id, result_id=result_id)
    post(clerk, f"/staff/questions/{question_id}/answer", {"body": "Dear Jane Doe, 40 hours."})
    address = f"{FAQ}/new?question={question_id}&text=da"

    page = clerk.get(address).text
    named = post(
        clerk,
        address,
        {
            "place": f"result-{result_id}",
            "question": "Hvad koster det?",
            "answer": "Dear Jane Doe, 40.",
        },
    )
    kept = post(
        clerk,
        address,
        {"place": f"result-{result_id}", "question": "Hvad koster det?", "answer": "40 timer."},
    )

    entry = _entry(session)
    assert "Dear Jane Doe, 40 hours." in page
    assert f'selected value="result-{result_id}"' in page
    assert (named.status_code, kept.status_code) == (422, 302)
    assert "still name who asked" in named.text
    assert entry.question == {"da": "Hvad koster det?"}
    assert (entry.from_question_id, entry.result_id) == (question_id, result_id)
    assert entry.published_at is None
    assert "Hvad koster det?" in clerk.get(f"/staff/questions/{question_id}").text


def test_an_entry_made_by_hand_is_published_and_taken_back(
    clerk: FlaskClient, visitor: FlaskClient, make: Factory, session: Session
) -> None:
    project_id = make.project()
    make.result(project_id, slug="r")
    form = {"place": f"project-{project_id}", "question": "Who pays?", "answer": "The **city**."}

    post(clerk, f"{FAQ}/new", form)
    entry_id = _entry(session).id
    before = visitor.get("/ask?result=r").text
    post(clerk, f"{FAQ}/{entry_id}/publish")
    public = visitor.get("/ask?result=r").text
    post(clerk, f"{FAQ}/{entry_id}/unpublish")

    assert "Who pays?" not in before
    assert "Who pays?" in public
    assert "<strong>city</strong>" in public
    assert "Who pays?" not in visitor.get("/ask?result=r").text
    assert "Who pays?" in clerk.get(FAQ).text


def test_an_entry_is_worded_language_by_language(
    desk: QuestionFactory, clerk: FlaskClient, make: Factory, session: Session
) -> None:
    entry_id = desk.entry(make.project(), question=LocalText(en="Who?"), answer=LocalText(en="We."))

    page = clerk.get(f"{FAQ}/{entry_id}?text=fr").text
    post(clerk, f"{FAQ}/{entry_id}?text=fr", {"question": "Qui ?", "answer": "Nous."})
    half = post(clerk, f"{FAQ}/{entry_id}?text=de", {"question": "Wer?", "answer": ""})
    post(clerk, f"{FAQ}/{entry_id}?text=en", {"question": "", "answer": ""})

    assert 'lang="fr"' in page
    assert half.status_code == 422
    assert _entry(session).question == {"fr": "Qui ?"}


def test_entries_are_put_in_order(desk: QuestionFactory, clerk: FlaskClient, make: Factory) -> None:
    project_id = make.project()
    for place, name in enumerate(("First?", "Second?", "Third?")):
        last = desk.entry(project_id, question=LocalText(en=name), position=place)

    post(clerk, f"{FAQ}/{last}/up")

    assert re.findall(r">(\w+\?)</a>", clerk.get(FAQ).text) == ["First?", "Third?", "Second?"]


def test_a_public_entry_is_not_discarded_a_draft_is(
    desk: QuestionFactory, clerk: FlaskClient, make: Factory, session: Session
) -> None:
    entry_id = desk.entry(make.project())

    refused = post(clerk, f"{FAQ}/{entry_id}/discard")
    post(clerk, f"{FAQ}/{entry_id}/unpublish")
    gone = post(clerk, f"{FAQ}/{entry_id}/discard")

    assert (refused.status_code, gone.status_code) == (409, 302)
    assert session.scalars(select(FaqEntry)).all() == []


@pytest.mark.parametrize("step", ["publish", "unpublish", "up", "down", "discard"])
def test_foreign_entries_look_like_missing_ones(
    desk: QuestionFactory, cast: Cast, session: Session, step: str
) -> None:
    client = desk.clerk(cast.project_id)
    entry_id = desk.entry(cast.other_project_id, question=LocalText(en="Theirs?"))

    answer = post(client, f"{FAQ}/{entry_id}/{step}")
    missing = post(client, f"{FAQ}/987654/{step}")

    assert (answer.status_code, answer.text) == (404, missing.text)
    assert client.get(f"{FAQ}/{entry_id}").status_code == 404
    assert "Theirs?" not in client.get(FAQ).text
    assert _entry(session).published_at is not None


def test_an_entry_cannot_be_put_into_a_foreign_project_or_made_from_its_question(
    desk: QuestionFactory, cast: Cast, session: Session
) -> None:
    client = desk.clerk(cast.project_id)
    question_id = desk.question(project_id=cast.other_project_id)
    form = {"question": "Q?", "answer": "A."}

    put = post(client, f"{FAQ}/new", {**form, "place": f"project-{cast.other_project_id}"})
    made = post(
        client,
        f"{FAQ}/new?question={question_id}",
        {**form, "place": f"project-{cast.project_id}"},
    )

    assert (put.status_code, made.status_code) == (422, 404)
    assert session.scalars(select(FaqEntry)).all() == []


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"question": "x" * 301},
        {"answer": "x" * 100_000},
        {"place": "mailing-1"},
        {"place": ""},
        {"question": "", "answer": ""},
    ],
)
def test_an_entry_that_is_none_is_refused(
    clerk: FlaskClient, make: Factory, session: Session, values: dict[str, str]
) -> None:
    form = {"question": "Q?", "answer": "A.", "place": f"project-{make.project()}", **values}
    sent = form if values else {}

    page = post(clerk, f"{FAQ}/new?question=x&text=xx", sent)

    assert page.status_code == 422
    assert session.scalars(select(FaqEntry)).all() == []


def test_a_sender_reads_the_list_but_changes_nothing(desk: QuestionFactory, make: Factory) -> None:
    entry_id = desk.entry(make.project())
    client = desk.clerk(access=Access.SENDER)

    page = client.get(FAQ)

    assert page.status_code == 200
    assert "Add an entry" not in page.text
    assert post(client, f"{FAQ}/{entry_id}/unpublish").status_code == 403
