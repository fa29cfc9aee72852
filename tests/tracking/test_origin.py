"""Where visitors of our pages came from, and the questions they ask."""

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from outreach.core.db import transaction
from outreach.core.signing import nonce_of
from outreach.tracking.figures import record_complaint, record_question
from outreach.tracking.models import GroupFigure, Hit, HitKind, Reader
from outreach.tracking.origin import Origin, origin_of
from outreach.tracking.rebuild import rebuild
from tests.factories import Factory
from tests.tracking.factories import KEY, Sent
from tests.tracking.sending import sent_mailing


def origin(session: Session, sent: Sent, via: str) -> Origin:
    found = origin_of(session, via, sent.signer)
    assert found is not None
    return found


def test_an_unlinked_letter_tells_its_group_and_role(session: Session, sent: Sent) -> None:
    found = origin(session, sent, sent.unlinked(1))

    assert found == Origin(sent.mailing_id, 1, None, nonce_of(KEY, 1), sent.make.roles()["ngo"])


def test_a_personal_letter_tells_its_delivery_only_with_consent(
    session: Session, sent: Sent
) -> None:
    assert origin(session, sent, sent.personal(7)).number == 7

    sent.withdraw(7)
    session.rollback()

    without = origin(session, sent, sent.personal(7))
    assert (without.number, without.group_no, without.reader_key) == (None, 1, None)


def test_a_shared_token_tells_the_group_alone(session: Session, sent: Sent) -> None:
    found = origin(session, sent, sent.signer.shared(sent.mailing_id, 1))

    assert (found.group_no, found.number, found.reader_key) == (1, None, None)


@pytest.mark.parametrize("via", ["", "nonsense", "A" * 400, "\x00ü"])
def test_anything_else_tells_nothing(session: Session, sent: Sent, via: str) -> None:
    assert origin_of(session, via, sent.signer) is None


def test_tokens_of_other_purposes_and_mailings_tell_nothing(session: Session, sent: Sent) -> None:
    signer = sent.signer
    strange = [
        signer.site(1),
        signer.delivery_tokens(sent.mailing_id, 7).unsubscribe,
        signer.unlinked(999, 1, b"12345678"),
        signer.unlinked(sent.mailing_id, 99, b"12345678"),
        signer.delivery_tokens(sent.mailing_id, 500).personal,
    ]

    assert [origin_of(session, via, signer) for via in strange] == [None] * 5


@pytest.mark.parametrize("number", [1, 7])
def test_a_letters_questions_count_it_as_asked_once(
    session: Session, sent: Sent, number: int
) -> None:
    via = sent.personal(7) if number == 7 else sent.unlinked(1)
    for _ in range(2):
        found = origin(session, sent, via)
        with transaction() as writing:
            record_question(writing, found, now=sent.now)

    sent.apply(sent.click(1, after=60, delivery=number, is_personal=number == 7))

    assert sent.figure(GroupFigure, "asked") == sent.figure(GroupFigure, "engaged") == 1
    assert sent.figure(GroupFigure, "questions") == 2
    assert sent.figure(GroupFigure, "clicked") == 1
    assert len(sent.rows(Reader)) == 1
    assert rebuild(sent.engine, sent.mailing_id) == []


def test_a_question_of_a_shared_token_counts_but_makes_no_letter(
    session: Session, sent: Sent
) -> None:
    found = origin(session, sent, sent.signer.shared(sent.mailing_id, 1))

    with transaction() as writing:
        record_question(writing, found, now=sent.now)

    assert sent.figure(GroupFigure, "questions") == 1
    assert sent.figure(GroupFigure, "asked") == 0


def test_a_question_does_not_undo_how_a_burst_was_judged(
    app: Flask, make: Factory, session: Session, now: object
) -> None:
    sent = sent_mailing(app, make, now, links=2)  # type: ignore[arg-type]  # the fixture's moment
    sent.apply(sent.click(1), sent.click(2, after=1))
    found = origin(session, sent, sent.unlinked(1))

    with transaction() as writing:
        record_question(writing, found, now=sent.now)

    assert sent.figure(GroupFigure, "machine_clicks") == 2
    assert [hit["kind"] for hit in sent.rows(Hit)][-1] is HitKind.QUESTION


def test_a_complaint_counts_by_group_and_names_nobody(sent: Sent, session: Session) -> None:
    with transaction() as writing:
        record_complaint(writing, sent.mailing_id, 1, now=sent.now)
        record_complaint(writing, sent.mailing_id, 999, now=sent.now)

    assert sent.figure(GroupFigure, "complaints", group_no=1) == 1
    assert [hit["number"] for hit in sent.rows(Hit)] == [None]
