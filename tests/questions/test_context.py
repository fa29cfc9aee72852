"""What a question is about follows from the way somebody came; wrong ways say nothing."""

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from outreach.core.db import transaction
from outreach.core.state import state
from outreach.core.text import LocalText
from outreach.mailings.models import Mailing, MailingResult
from outreach.questions.context import Context, context_of
from outreach.stakeholders.models import Basis, Consent, ConsentState, Purpose, Stakeholder
from tests.factories import Factory
from tests.questions.factories import QuestionFactory
from tests.tracking.factories import Sent


def _context(session: Session, sent: Sent, **ways: str) -> Context:
    values = {"via": "", "web_key": "", "result_slug": "", **ways}
    return context_of(session, signer=sent.signer, **values)


def _announcing(sent: Sent, *result_ids: int) -> None:
    with sent.app.app_context(), transaction() as session:
        session.add_all(
            MailingResult(mailing_id=sent.mailing_id, result_id=key) for key in result_ids
        )


def test_an_unlinked_letter_tells_mailing_group_and_role_but_no_person(
    desk: QuestionFactory, sent: Sent, session: Session
) -> None:
    about = _context(session, sent, via=sent.unlinked(1)).about

    assert about.mailing_id == sent.mailing_id
    assert about.origin is not None
    assert (about.origin.group_no, about.origin.role_id) == (1, desk.roles["ngo"])
    assert about.stakeholder_id is None


def test_a_personal_letter_tells_the_person_while_consent_stands(
    sent: Sent, session: Session
) -> None:
    before = _context(session, sent, via=sent.personal(7)).about
    sent.withdraw(7)
    session.rollback()
    after = _context(session, sent, via=sent.personal(7)).about

    assert before.stakeholder_id == sent.people[7]
    assert (after.stakeholder_id, after.mailing_id) == (None, sent.mailing_id)


def test_a_merged_persons_letter_tells_who_they_are_now(
    desk: QuestionFactory, sent: Sent, session: Session
) -> None:
    heir = desk.person("heir@example.org")
    with transaction() as writing:
        writing.execute(
            update(Stakeholder).where(Stakeholder.id == sent.people[7]).values(merged_into_id=heir)
        )
        writing.add(
            Consent(
                stakeholder_id=heir,
                list_id=sent.list_id,
                purpose=Purpose.MEASUREMENT,
                state=ConsentState.ACTIVE,
                basis=Basis.CONSENT,
                since=sent.now,
            )
        )

    assert _context(session, sent, via=sent.personal(7)).about.stakeholder_id == heir


def test_a_letter_that_announces_one_result_is_about_it(
    make: Factory, sent: Sent, session: Session
) -> None:
    project_id = make.project()
    result_id = make.result(project_id, title=LocalText(en="Found", da="Fundet"))
    _announcing(sent, result_id)

    context = _context(session, sent, via=sent.unlinked(1))

    assert (context.about.result_id, context.about.project_id) == (result_id, project_id)
    assert context.title("da") == "Fundet"


def test_a_letter_of_several_projects_leaves_the_project_of_its_list(
    make: Factory, sent: Sent, session: Session
) -> None:
    _announcing(sent, make.result(), make.result())

    context = _context(session, sent, via=sent.unlinked(1))

    assert context.about.result_id is None
    assert context.project is not None
    assert context.project.id == context.about.project_id


def test_a_result_that_is_named_comes_before_the_letters_own(
    make: Factory, sent: Sent, session: Session
) -> None:
    named = make.result(slug="named")
    _announcing(sent, make.result())

    about = _context(session, sent, via=sent.unlinked(1), result_slug="named").about

    assert (about.result_id, about.mailing_id) == (named, sent.mailing_id)


def test_a_web_version_tells_its_mailing_once_it_has_begun(
    make: Factory, sent: Sent, session: Session
) -> None:
    result_id = make.result()
    _announcing(sent, result_id)
    web_key = session.get_one(Mailing, sent.mailing_id).web_key

    draft = _context(session, sent, web_key=web_key).about
    with transaction() as writing:
        writing.execute(update(Mailing).values(started_at=sent.now))
    begun = _context(session, sent, web_key=web_key).about

    assert (draft.mailing_id, draft.result_id) == (None, result_id)
    assert (begun.mailing_id, begun.result_id) == (sent.mailing_id, result_id)


@pytest.mark.parametrize(
    "ways",
    [
        {},
        {"via": "wrong"},
        {"via": "x" * 5000},
        {"via": "\u20ac"},
        {"web_key": "wrong"},
        {"web_key": "x" * 5000},
        {"result_slug": "nothing"},
        {"result_slug": "hidden"},
        {"result_slug": "x" * 5000},
    ],
)
def test_a_wrong_way_says_nothing(
    make: Factory, sent: Sent, session: Session, ways: dict[str, str]
) -> None:
    make.result(slug="hidden", published_at=None)

    context = _context(session, sent, **ways)

    assert (context.result, context.mailing, context.about.origin) == (None, None, None)
    assert context.question_address == ""


def test_a_token_with_one_bit_changed_says_nothing(sent: Sent, session: Session) -> None:
    token = sent.unlinked(1)
    wrong = token[:-2] + ("A" if token[-2] != "A" else "B") + token[-1]

    assert _context(session, sent, via=wrong).about.origin is None


def test_the_unsubscribe_token_of_a_letter_is_no_way_to_ask(sent: Sent, session: Session) -> None:
    token = sent.signer.delivery_tokens(sent.mailing_id, 7).unsubscribe

    assert _context(session, sent, via=token).about.origin is None


def test_an_installation_with_one_project_asks_for_it(make: Factory, session: Session) -> None:
    project_id = make.project()

    context = context_of(session, via="", web_key="", result_slug="", signer=state(make.app).signer)

    assert context.about.project_id == project_id
