"""What the room contributes: its ticks, the timeline, the doctor's line, the erasure."""

from flask import Flask
from sqlalchemy.orm import Session

from outreach.core.db import db, transaction
from outreach.core.state import state
from outreach.tracking.contributes import (
    CONTRIBUTION,
    apply_hits,
    check,
    forget_unfollowed,
    timeline,
)
from outreach.tracking.hits_file import hits_folder
from outreach.tracking.models import GroupFigure, Reader
from tests.tracking.factories import Sent


def test_the_tick_applies_what_waits(app: Flask, sent: Sent) -> None:
    sent.append(sent.click(1), sent.open(delivery=2))

    apply_hits(app)
    apply_hits(app)

    assert sent.figure(GroupFigure, "clicks") == sent.figure(GroupFigure, "opens") == 1


def test_the_sweep_runs_once_an_hour_however_many_ask(app: Flask, sent: Sent) -> None:
    sent.apply(sent.click(1, delivery=7, is_personal=True))
    forget_unfollowed(app)
    sent.withdraw(7)

    forget_unfollowed(app)

    assert [row["number"] for row in sent.rows(Reader)] == [7]


def test_a_persons_timeline_tells_what_a_followed_letter_brought(
    sent: Sent, session: Session
) -> None:
    sent.apply(
        sent.open(delivery=7, is_personal=True),
        sent.click(1, after=60, delivery=7, is_personal=True),
        sent.click(2, after=90, delivery=7, is_personal=True),
        sent.click(1),
    )

    entries = list(timeline(session, sent.people[7], limit=5))

    assert [entry.title for entry in entries] == ["Followed a link", "Opened a letter"]
    assert list(timeline(session, sent.people[1], limit=5)) == []
    assert len(list(timeline(session, sent.people[7], limit=1))) == 1


def test_after_a_withdrawal_the_timeline_is_empty(sent: Sent, session: Session) -> None:
    sent.apply(sent.click(1, delivery=7, is_personal=True))
    (erasure,) = CONTRIBUTION.erasures
    with transaction() as writing:
        erasure.erase(writing, sent.people[7])

    assert list(timeline(db.session(), sent.people[7], limit=5)) == []


def test_the_doctor_says_what_waits(app: Flask, sent: Sent) -> None:
    sent.append(sent.click(1), sent.click(99))

    (waiting,) = check(app)
    sent.apply()
    (applied,) = check(app)

    assert waiting.is_well
    assert not waiting.message.startswith("0 bytes")
    assert applied.message.startswith("0 bytes of hits wait to be counted; 1 damaged")


def test_the_doctor_says_when_hits_cannot_be_kept(app: Flask, sent: Sent) -> None:
    folder = hits_folder(state(app).settings.worker_folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_bytes(b"")

    (finding,) = check(app)

    assert not finding.is_well
    assert finding.remedy
