"""The staff inbox lists what a user may see, in few statements, and takes other questions in."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.accounts.models import Access
from outreach.core.text import LocalText
from outreach.questions.models import Question, QuestionSource, QuestionState
from tests.cast import Cast
from tests.factories import Factory
from tests.questions.factories import QuestionFactory
from tests.statements import counted_statements
from tests.web_client import post

INBOX = "/staff/questions"
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7777*7777}}"


def _subjects(page: str) -> list[str]:
    return re.findall(r'class="cover" href="/staff/questions/\d+">([^<]*)<', page)


def _counts(page: str) -> dict[str, int]:
    tabs = re.findall(r'class="tab"[^>]*>(\w+) <span class="tab-count">(\d+)<', page)
    return {name: int(count) for name, count in tabs}


@pytest.fixture
def clerk(desk: QuestionFactory) -> FlaskClient:
    return desk.clerk()


def test_the_new_ones_are_shown_first_the_longest_waiting_on_top(
    desk: QuestionFactory, clerk: FlaskClient, make: Factory
) -> None:
    desk.question("Later?", now=make.now.replace(hour=13))
    desk.question("Earlier?", now=make.now.replace(hour=9))
    desk.question("Open?", state=QuestionState.OPEN)
    desk.question("Spam?", state=QuestionState.SPAM)

    page = clerk.get(INBOX).text

    assert _subjects(page) == ["Earlier?", "Later?"]
    assert _counts(page) == {"New": 2, "Open": 1, "Waiting": 0, "Closed": 0, "Spam": 1, "All": 4}


@pytest.mark.parametrize("state", [*QuestionState, "all"])
def test_each_tab_shows_its_own(desk: QuestionFactory, clerk: FlaskClient, state: str) -> None:
    for each in QuestionState:
        desk.question(f"{each}?", state=each)

    found = set(_subjects(clerk.get(f"{INBOX}?state={state}").text))

    assert found == ({f"{each}?" for each in QuestionState} if state == "all" else {f"{state}?"})


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=budget", ["One about the budget?"]),
        ("q=BUDGET+one", ["One about the budget?"]),
        ("q=jane%40example.org", ["One about the budget?"]),
        ("q=100%25", ["A 100% hit?"]),
        ("q=_", []),
        ("role=ngo", ["One about the budget?"]),
        ("role=ngo&role=media", ["One about the budget?", "A 100% hit?"]),
        ("project={project}", ["A 100% hit?"]),
        ("project=9999", []),
        ("project=x&page=x&size=x&state=x", ["One about the budget?", "A 100% hit?"]),
        ("q=%00&role=%00&state=%00&project=%00", ["One about the budget?", "A 100% hit?"]),
        ("page=99999999999999999999", []),
        ("project=99999999999999999999", ["One about the budget?", "A 100% hit?"]),
    ],
)
def test_filters_and_search_narrow_the_list(
    desk: QuestionFactory, clerk: FlaskClient, make: Factory, query: str, expected: list[str]
) -> None:
    project_id = make.project()
    desk.question("One about the budget?", email="jane@example.org", role_id=desk.roles["ngo"])
    desk.question("A 100% hit?", project_id=project_id, role_id=desk.roles["media"])

    page = clerk.get(f"{INBOX}?{query.format(project=project_id)}")

    assert page.status_code == 200
    assert sorted(_subjects(page.text)) == sorted(expected)


def test_a_search_finds_words_of_answers_and_of_the_reference(
    desk: QuestionFactory, clerk: FlaskClient, session: Session
) -> None:
    question_id = desk.question("First line\nand the needle in the body")
    reference = session.get_one(Question, question_id).reference

    assert _subjects(clerk.get(f"{INBOX}?q=needle").text)
    assert _subjects(clerk.get(f"{INBOX}?q={reference.lower()}").text)


def test_staff_of_one_project_see_that_projects_questions_only(
    desk: QuestionFactory, cast: Cast
) -> None:
    client = desk.clerk(cast.project_id)
    mine = desk.question("Mine?", project_id=cast.project_id)
    other = desk.question("Other?", project_id=cast.other_project_id)
    nobodys = desk.question("Nobody's?")

    page = client.get(f"{INBOX}?state=all").text

    assert _subjects(page) == ["Mine?"]
    assert client.get(f"{INBOX}/{mine}").status_code == 200
    assert _subjects(client.get(f"{INBOX}?project={cast.other_project_id}").text) == []
    missing = client.get(f"{INBOX}/987654")
    for foreign in (other, nobodys):
        found = client.get(f"{INBOX}/{foreign}")
        assert (found.status_code, found.text) == (404, missing.text)


def test_roles_keep_the_capitals_they_have(desk: QuestionFactory, clerk: FlaskClient) -> None:
    desk.question(role_id=desk.roles["ngo"])
    desk.question(role_id=desk.roles["policy-maker"])

    page = clerk.get(INBOX).text

    assert 'role-ngo">NGO<' in page
    assert 'role-policy-maker">Policy-maker<' in page


def test_partners_never_enter(cast: Cast) -> None:
    assert cast.ben.get(INBOX).status_code == 403


def test_the_list_takes_the_same_statements_however_long_it_is(
    desk: QuestionFactory, clerk: FlaskClient, make: Factory
) -> None:
    def load() -> int:
        with counted_statements() as seen:
            assert clerk.get(f"{INBOX}?state=all").status_code == 200
        return len(seen)

    desk.question(project_id=make.project())
    short = load()
    for slug in ("ngo", "media", "citizen"):
        project_id = make.project()
        desk.question(
            project_id=project_id,
            result_id=make.result(project_id),
            role_id=desk.roles[slug],
            assigned_to_id=1,
        )

    assert load() == short


def test_a_long_list_is_paged_with_its_filters(desk: QuestionFactory, clerk: FlaskClient) -> None:
    for number in range(12):
        desk.question(f"Question {number}?", role_id=desk.roles["ngo"])

    first = clerk.get(f"{INBOX}?role=ngo&size=10").text
    second = clerk.get(f"{INBOX}?role=ngo&size=10&page=2").text

    assert (len(_subjects(first)), len(_subjects(second))) == (10, 2)
    assert "role=ngo&amp;page=2&amp;size=10" in first


def test_hostile_words_are_only_words_on_every_staff_page(
    desk: QuestionFactory, clerk: FlaskClient, make: Factory
) -> None:
    project_id = make.project()
    result_id = make.result(project_id, title=LocalText(en=HOSTILE))
    question_id = desk.question(
        HOSTILE, name=HOSTILE, email=HOSTILE, project_id=project_id, result_id=result_id
    )
    entry_id = desk.entry(project_id, question=LocalText(en=HOSTILE), answer=LocalText(en=HOSTILE))

    for path in (
        f"?q={HOSTILE}",
        f"/{question_id}",
        f"/{question_id}/thread",
        "/faq",
        f"/faq/{entry_id}",
        f"/faq/new?question={question_id}",
        "/new",
    ):
        page = clerk.get(f"{INBOX}{path}")
        assert page.status_code == 200, path
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
        assert "60481729" not in page.text


def test_the_menu_counts_the_new_ones_within_reach(desk: QuestionFactory, cast: Cast) -> None:
    desk.question(project_id=cast.project_id)
    desk.question(project_id=cast.project_id)
    desk.question(project_id=cast.other_project_id)
    desk.question(project_id=cast.project_id, state=QuestionState.OPEN)

    everywhere = desk.clerk().get(INBOX).text
    one_project = desk.clerk(cast.project_id).get(INBOX).text

    assert re.search(r'rail-count">3<', everywhere)
    assert re.search(r'rail-count">2<', one_project)


def test_a_call_is_written_down(
    desk: QuestionFactory, clerk: FlaskClient, make: Factory, session: Session
) -> None:
    result_id = make.result()

    answer = post(
        clerk,
        f"{INBOX}/new",
        {
            "source": "phone",
            "about": f"result-{result_id}",
            "body": "Who pays?\nAnd why?",
            "name": "Jane\r\nBcc: x@example.org",
            "email": "jane@example.org",
            "role": "politician",
            "language": "da",
            "asked_on": "2026-02-27",
        },
    )

    question = session.scalars(select(Question)).one()
    assert answer.headers["Location"].endswith(f"/{question.id}")
    assert (question.source, question.state) == (QuestionSource.PHONE, QuestionState.OPEN)
    assert (question.result_id, question.role_id) == (result_id, desk.roles["politician"])
    assert (question.subject, question.language) == ("Who pays? And why?", "da")
    assert question.name == "Jane Bcc: x@example.org"
    assert question.created_at.isoformat() == "2026-02-26T23:00:00+00:00"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"body": ""}, "Write down what was asked."),
        ({"body": "x" * 100_000}, "longer than"),
        ({"about": ""}, "Say what the question is about."),
        ({"about": "result-999999"}, "Not a valid choice"),
        ({"email": "nobody"}, "ada@example.org"),
        ({"email": "a@example.org\nBcc: b@example.org"}, "ada@example.org"),
        ({"source": "form"}, "Not a valid choice"),
        ({"language": "xx"}, "Not a valid choice"),
        ({"asked_on": "someday"}, "valid date"),
        ({"asked_on": "2099-01-01"}, "in the future"),
        ({"asked_on": "0001-01-01"}, "Check the year."),
        ({"asked_on": "9999-12-31"}, "Check the year."),
    ],
)
def test_what_cannot_be_written_down_is_said_beside_the_form(
    clerk: FlaskClient, make: Factory, session: Session, values: dict[str, str], words: str
) -> None:
    project_id = make.project()
    form = {
        "source": "mail",
        "about": f"project-{project_id}",
        "body": "Who?",
        "language": "en",
        **values,
    }

    page = post(clerk, f"{INBOX}/new", form)

    assert page.status_code == 422
    assert words in page.text
    assert session.scalars(select(Question)).all() == []


def test_a_question_cannot_be_entered_into_a_foreign_project(
    desk: QuestionFactory, cast: Cast, session: Session
) -> None:
    form = {"source": "mail", "about": f"project-{cast.other_project_id}", "body": "?"}

    page = post(desk.clerk(cast.project_id), f"{INBOX}/new", {**form, "language": "en"})

    assert page.status_code == 422
    assert session.scalars(select(Question)).all() == []


def test_a_sender_reads_but_does_not_answer(desk: QuestionFactory, session: Session) -> None:
    question_id = desk.question()
    client = desk.clerk(access=Access.SENDER)

    page = client.get(f"{INBOX}/{question_id}")
    answer = post(client, f"{INBOX}/{question_id}/close")

    assert (page.status_code, answer.status_code) == (200, 403)
    assert "Send the answer" not in page.text
    assert "Enter a question" not in client.get(INBOX).text
