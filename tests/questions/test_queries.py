"""Figures and entries for other rooms."""

import pytest
from sqlalchemy.orm import Session

from outreach.core.text import LocalText
from outreach.questions.inbox import new_count
from outreach.questions.models import QuestionState
from outreach.questions.queries import RoleCount, counts, published_faq
from tests.factories import Factory
from tests.questions.factories import QuestionFactory
from tests.tracking.factories import Sent


def test_questions_are_counted_by_role_without_spam(
    desk: QuestionFactory, make: Factory, session: Session
) -> None:
    project_id, ngo, media = make.project(), desk.roles["ngo"], desk.roles["media"]
    desk.question(project_id=project_id, role_id=ngo, answered_at=make.now)
    desk.question(project_id=project_id, role_id=ngo)
    desk.question(project_id=project_id, role_id=media, state=QuestionState.CLOSED)
    desk.question(project_id=project_id)
    desk.question(project_id=project_id, state=QuestionState.SPAM)
    desk.question(project_id=make.project())

    found = counts(session, project_id=project_id)

    assert (found.asked, found.answered) == (4, 1)
    assert set(found.by_role) == {
        RoleCount(ngo, 2, 1),
        RoleCount(media, 1, 0),
        RoleCount(None, 1, 0),
    }


def test_a_mailings_questions_stand_beside_the_letters_of_their_role(
    desk: QuestionFactory, sent: Sent, session: Session
) -> None:
    ngo, media = desk.roles["ngo"], desk.roles["media"]
    desk.question(mailing_id=sent.mailing_id, group_no=1, role_id=media)
    desk.question(mailing_id=sent.mailing_id, role_id=media)

    found = counts(session, mailing_id=sent.mailing_id)

    assert set(found.by_role) == {RoleCount(ngo, 1, 0), RoleCount(media, 1, 0)}


def test_nothing_asked_is_nothing(make: Factory, session: Session) -> None:
    found = counts(session, result_id=make.result())

    assert (found.asked, found.answered, found.by_role) == (0, 0, ())


def test_a_result_shows_its_own_entries_first_then_its_projects(
    desk: QuestionFactory, make: Factory, session: Session
) -> None:
    project_id = make.project()
    result_id, other_id = make.result(project_id), make.result(project_id)
    desk.entry(project_id, question=LocalText(en="General"))
    desk.entry(project_id, result_id=other_id, question=LocalText(en="Other"))
    desk.entry(project_id, result_id=result_id, question=LocalText(en="Second"), position=2)
    desk.entry(project_id, result_id=result_id, question=LocalText(en="First"), position=1)
    desk.entry(project_id, result_id=result_id, published_at=None)

    of_result = published_faq(session, project_id=project_id, result_id=result_id, language="en")
    of_project = published_faq(session, project_id=project_id, language="en")

    assert [entry.question for entry in of_result] == ["First", "Second", "General"]
    assert {entry.question for entry in of_project} == {"General", "Other", "Second", "First"}


@pytest.mark.parametrize(
    "hostile", ["<script>alert(1)</script>", "[x](javascript:alert(1))", "<img src=x onerror=y>"]
)
def test_an_answer_holds_nothing_that_runs(
    desk: QuestionFactory, make: Factory, session: Session, hostile: str
) -> None:
    project_id = make.project()
    desk.entry(project_id, answer=LocalText(en=hostile))

    answer = str(published_faq(session, project_id=project_id, language="en")[0].answer)

    assert "<script" not in answer
    assert "<img" not in answer
    assert 'href="javascript' not in answer


def test_what_the_rail_counts_is_one_statement_for_each_reach(
    desk: QuestionFactory, make: Factory, session: Session
) -> None:
    mine, other = make.project(), make.project()
    for project_id in (mine, mine, other):
        desk.question(project_id=project_id)

    def figures() -> list[int | None]:
        reaches = (None, frozenset({mine}), frozenset({other}), frozenset({mine, other}))
        return [session.scalar(new_count(reach)) for reach in reaches]

    assert figures() == figures() == [3, 2, 1, 3]
    assert new_count(frozenset({mine})) is new_count(frozenset({mine}))
