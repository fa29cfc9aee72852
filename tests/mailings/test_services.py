"""Drafts: begun, copied and saved without losing anybody's work."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.db import transaction
from outreach.core.errors import Conflict, Refusal
from outreach.mailings.audience import Audience, audience_of
from outreach.mailings.blocks import Content, add, load
from outreach.mailings.models import Mailing, MailingState
from outreach.mailings.services import (
    Details,
    StaleEdit,
    archive,
    begin,
    clone,
    edit_content,
    edit_details,
    restore,
)
from outreach.mailings.trail_models import MailingLog
from tests.factories import Factory
from tests.mailings.factories import MailingFactory


def _with_divider(content: Content) -> Content:
    return add(content, {"kind": "divider"})


def _add_divider(mailing_id: int, now: datetime, *, lock_version: int, actor: str = "Ada") -> None:
    with transaction() as session:
        mailing = session.get_one(Mailing, mailing_id)
        edit_content(
            session, mailing, _with_divider, lock_version=lock_version, actor=actor, now=now
        )


def _log(session: Session) -> list[tuple[str, str]]:
    lines = session.scalars(select(MailingLog).order_by(MailingLog.id))
    return [(line.actor, line.verb) for line in lines]


def test_a_draft_begins_empty_for_nobody_and_promised_for_no_time(
    make: Factory, session: Session, now: datetime
) -> None:
    list_id = make.list_of(make.project())

    with transaction() as writing:
        mailing = begin(
            writing, Details(title="Spring\nletter ", list_id=list_id), actor="Ada", now=now
        )

    assert (mailing.title, mailing.slug) == ("Spring letter", "spring-letter")
    assert (mailing.state, mailing.due_at) == (MailingState.DRAFT, None)
    assert load(mailing.content).blocks == ()
    assert audience_of(mailing).is_empty
    assert len(mailing.web_key) == 32
    assert _log(session) == [("Ada", "created")]


def test_names_of_our_own_pages_are_never_a_mailings_address(
    make: Factory, session: Session, now: datetime
) -> None:
    list_id = make.list_of(make.project())

    with transaction() as writing:
        slugs = [
            begin(writing, Details(title=title, list_id=list_id), actor="Ada", now=now).slug
            for title in ("Pictures", "New", "News", "News")
        ]

    assert slugs == ["pictures-2", "new-2", "news", "news-2"]


@pytest.mark.parametrize(
    ("details", "complaint"),
    [
        ({"title": " "}, "no name"),
        ({"title": "x" * 201}, "too long"),
        ({"subject": "x" * 251}, "subject is too long"),
        ({"subject": "Dear {salary|you}"}, "no merge field"),
        ({"language": "tlh"}, "No letter can be in"),
        ({"list_id": 999_999}, "list is no longer there"),
        ({"result_ids": (999_999,)}, "result is no longer there"),
    ],
)
def test_details_that_cannot_be_are_refused_by_name(
    make: Factory,
    session: Session,
    now: datetime,
    details: dict[str, object],
    complaint: str,
) -> None:
    values = {"title": "A", "list_id": make.list_of(make.project()), **details}

    with pytest.raises(Refusal, match=complaint), transaction() as writing:
        begin(writing, Details(**values), actor="Ada", now=now)  # type: ignore[arg-type]  # by design


def test_a_subject_cannot_smuggle_a_header(make: Factory, session: Session, now: datetime) -> None:
    list_id = make.list_of(make.project())
    hostile = "Hello\r\nBcc: all@example.org\x85X: y\u2028Z"

    with transaction() as writing:
        mailing = begin(
            writing, Details(title="A", list_id=list_id, subject=hostile), actor="Ada", now=now
        )

    assert mailing.subject == "Hello Bcc: all@example.org X: y Z"


def test_a_copy_is_a_draft_with_the_same_words_results_and_audience(
    room: MailingFactory, session: Session, now: datetime
) -> None:
    original_id = room.mailing(state=MailingState.SENT, title="Spring")

    with transaction() as writing:
        copy = clone(writing, writing.get_one(Mailing, original_id), actor="Ada", now=now)

    original = session.get_one(Mailing, original_id)
    assert (copy.title, copy.state) == ("Spring (copy)", MailingState.DRAFT)
    assert copy.content == original.content
    assert audience_of(copy) == audience_of(original)
    assert copy.results == original.results
    assert copy.web_key != original.web_key
    assert original.state is MailingState.SENT


def test_saving_counts_up_and_a_stale_save_overwrites_nothing(
    room: MailingFactory, session: Session, now: datetime
) -> None:
    mailing_id = room.mailing()
    _add_divider(mailing_id, now, lock_version=1)

    with pytest.raises(StaleEdit, match="what you typed is still here"):
        _add_divider(mailing_id, now, lock_version=1, actor="Eve")

    mailing = session.get_one(Mailing, mailing_id)
    assert mailing.lock_version == 2
    assert len(load(mailing.content).blocks) == 7


def test_what_was_promised_cannot_be_edited(
    room: MailingFactory, session: Session, now: datetime
) -> None:
    mailing_id = room.mailing(state=MailingState.SENT)

    with pytest.raises(Conflict, match="is sent; its words can no longer be changed"):
        _add_divider(mailing_id, now, lock_version=1)


def test_one_sitting_is_one_line_of_the_log(
    room: MailingFactory, session: Session, now: datetime
) -> None:
    mailing_id = room.mailing()
    saves = ((0, "Ada"), (29, "Ada"), (40, "Ada"), (41, "Eve"), (42, "Ada"))

    for version, (minutes, actor) in enumerate(saves, start=1):
        moment = now + timedelta(minutes=minutes)
        _add_divider(mailing_id, moment, lock_version=version, actor=actor)

    assert _log(session) == [
        ("Ada", "edited"),
        ("Ada", "edited"),
        ("Eve", "edited"),
        ("Ada", "edited"),
    ]


def test_a_result_announced_later_comes_after_those_announced_before(
    make: Factory, room: MailingFactory, session: Session, now: datetime
) -> None:
    project_id = make.project()
    first, later = make.result(project_id), make.result(project_id)
    mailing_id = room.mailing(project_id, result_id=first)
    with transaction() as writing:
        mailing = writing.get_one(Mailing, mailing_id)
        details = Details(title="Two", list_id=mailing.list_id, result_ids=(later, first))
        edit_details(writing, mailing, details, lock_version=1, actor="Ada", now=now)

    announced = session.get_one(Mailing, mailing_id).results

    assert [result.id for result in announced] == [first, later]


def test_details_and_audience_are_saved_together(
    room: MailingFactory, make: Factory, session: Session, now: datetime
) -> None:
    mailing_id = room.mailing()
    first, second = make.result(), make.result()
    list_id = make.list_of(make.project())

    with transaction() as writing:
        edit_details(
            writing,
            writing.get_one(Mailing, mailing_id),
            Details(title="New", list_id=list_id, language="de", result_ids=(second, first)),
            audience=Audience(countries=("BE",)),
            lock_version=1,
            actor="Ada",
            now=now,
        )

    mailing = session.get_one(Mailing, mailing_id)
    assert (mailing.title, mailing.list_id, mailing.language) == ("New", list_id, "de")
    assert [result.id for result in mailing.results] == [second, first]
    assert audience_of(mailing) == Audience(countries=("BE",))


def test_a_draft_can_be_put_away_and_taken_back(
    room: MailingFactory, session: Session, now: datetime
) -> None:
    mailing_id = room.mailing()

    with transaction() as writing:
        archive(writing, writing.get_one(Mailing, mailing_id), actor="Ada", now=now)
    put_away = session.get_one(Mailing, mailing_id).archived_at
    with transaction() as writing:
        restore(writing, writing.get_one(Mailing, mailing_id), actor="Ada", now=now)

    assert put_away == now
    assert session.get_one(Mailing, mailing_id).archived_at is None


def test_a_mailing_at_work_cannot_be_put_away(
    room: MailingFactory, session: Session, now: datetime
) -> None:
    mailing_id = room.mailing(state=MailingState.SENDING)

    with pytest.raises(Conflict, match="is sending; it cannot be archived"), transaction() as w:
        archive(w, w.get_one(Mailing, mailing_id), actor="Ada", now=now)
