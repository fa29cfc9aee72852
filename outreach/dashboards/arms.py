"""What came of each subject line of a test, and choosing the winner when its time is over."""

from dataclasses import dataclass
from datetime import datetime

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.delivery.deciding import choose_line, ends_at, running_test, unended_tests
from outreach.delivery.models import DeliveryFigure, Dispatch, TokenGroup, Wave
from outreach.mailings.freezing import thaw
from outreach.mailings.models import Mailing, MailingRevision
from outreach.mailings.schedule import claim
from outreach.mailings.subject_test import ArmFigures, Measure, SubjectLine, SubjectTest, judge
from outreach.tracking.models import GroupFigure

ACTOR = "the subject test"
_WAITS = "The subject test waits for you."


@dataclass(frozen=True, slots=True)
class ArmRow:
    """One line and what came of it."""

    arm: str
    line: SubjectLine
    figures: ArmFigures


@dataclass(frozen=True, slots=True)
class LinesReport:
    """A subject test as staff see it."""

    test: SubjectTest
    rows: tuple[ArmRow, ...]
    ends_at: datetime
    waiting: int
    """Letters that wait for its end."""
    winner: str
    best: str
    is_chance: bool

    @property
    def finding(self) -> str:
        """Say what the figures say, in one sentence."""
        measured = [row.figures for row in self.rows]
        if not any(one.hits(self.test.measure) for one in measured):
            return f"No {self.test.measure} yet, so no line is better."
        if self.is_chance:
            return f"Line {self.best} leads, but so small a difference could be chance."
        return f"Line {self.best} is better: so large a difference is hardly chance."


def lines_report(session: Session, mailing: Mailing) -> LinesReport | None:
    """Return how a mailing's subject test stands; None where nothing was tried."""
    if mailing.revision_id is None:
        return None
    letter = thaw(session.get_one(MailingRevision, mailing.revision_id))
    dispatch = session.get(Dispatch, mailing.id)
    figures = arm_figures(session, mailing.id)
    if letter.test is None or dispatch is None or not figures:
        return None
    lines = letter.test.lines(letter.subject, letter.preheader)
    complete = {arm: figures.get(arm, ArmFigures(0, 0, 0)) for arm in letter.test.arms}
    verdict = judge(complete, letter.test.measure)
    return LinesReport(
        test=letter.test,
        rows=tuple(ArmRow(arm, lines[arm], complete[arm]) for arm in letter.test.arms),
        ends_at=ends_at(dispatch.fanned_out_at, letter.test),
        waiting=_waiting(session, mailing.id),
        winner=dispatch.winner,
        best=verdict.best,
        is_chance=verdict.is_chance,
    )


def arm_figures(session: Session, mailing_id: int) -> dict[str, ArmFigures]:
    """Return what came of each line that was tried: letters, each counted once."""
    letters = session.execute(
        select(TokenGroup.arm, func.sum(DeliveryFigure.accepted + DeliveryFigure.bounced))
        .join(
            DeliveryFigure,
            (DeliveryFigure.mailing_id == TokenGroup.mailing_id)
            & (DeliveryFigure.group_no == TokenGroup.no),
        )
        .where(TokenGroup.mailing_id == mailing_id, TokenGroup.is_measured, TokenGroup.arm != "")
        .group_by(TokenGroup.arm)
    )
    counted = session.execute(
        select(TokenGroup.arm, func.sum(GroupFigure.clicked), func.sum(GroupFigure.downloaded))
        .join(
            GroupFigure,
            (GroupFigure.mailing_id == TokenGroup.mailing_id)
            & (GroupFigure.group_no == TokenGroup.no),
        )
        .where(TokenGroup.mailing_id == mailing_id, TokenGroup.is_measured, TokenGroup.arm != "")
        .group_by(TokenGroup.arm)
    )
    hits = {arm: (visited, downloaded) for arm, visited, downloaded in counted}
    return {arm or "": ArmFigures(n or 0, *hits.get(arm, (0, 0))) for arm, n in letters}


def end_tests(_app: Flask) -> None:
    """Choose the winner of every test whose time is over, or say that staff must."""
    session, moment = db.session(), now()
    found = [one for one in unended_tests(session) if _is_over(session, one, moment)]
    session.rollback()
    for mailing_id in found:
        with transaction() as writing:
            end_test(writing, writing.get_one(Mailing, mailing_id), now=moment)


def _is_over(session: Session, mailing_id: int, now: datetime) -> bool:
    mailing = session.get_one(Mailing, mailing_id)
    dispatch, test = session.get_one(Dispatch, mailing_id), running_test(session, mailing)
    if test is None or mailing.state_reason.startswith(_WAITS):
        return False
    return now >= ends_at(dispatch.fanned_out_at, test)


def end_test(session: Session, mailing: Mailing, *, now: datetime) -> None:
    """Choose a test's winner once its time is over; where luck could decide, leave it to staff."""
    claim(session, mailing)
    if running_test(session, mailing) is None:
        return
    report = lines_report(session, mailing)
    if report is None or now < report.ends_at:
        return
    if report.test.is_by_hand or report.is_chance:
        why = report.finding if not report.test.is_by_hand else "Its time is over."
        mailing.state_reason = (
            f"{_WAITS} {why} Choose the line for the {report.waiting:,} letters that wait."
        )[:400]
        return
    choose_line(session, mailing, report.best, why=_told(report), actor=ACTOR, now=now)


def _told(report: LinesReport) -> str:
    rates = ", ".join(
        f"{row.arm} {row.figures.rate(report.test.measure) * 100:.1f}" for row in report.rows
    )
    kind = "visit" if report.test.measure is Measure.VISITS else "download"
    return f"Letters with a {kind} per 100: {rates}"


def _waiting(session: Session, mailing_id: int) -> int:
    waves = select(func.sum(Wave.hi - Wave.lo + 1)).where(
        Wave.mailing_id == mailing_id, Wave.due_at.is_(None)
    )
    return session.scalar(waves) or 0
