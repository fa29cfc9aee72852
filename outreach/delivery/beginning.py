"""Keeping promises: a mailing whose moment has come becomes deliveries."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy import ColumnElement, Connection, Engine, exists, select
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from outreach.core.clock import now
from outreach.core.config import TrackingMode
from outreach.core.db import db, prepared_transaction, session_within, transaction
from outreach.core.state import State
from outreach.delivery.breaker import UNEXPECTED
from outreach.delivery.fanout import Judged, fan_out, judge
from outreach.delivery.finding_out import begin_alone, done_elsewhere, let_others
from outreach.delivery.models import Delivery, Dispatch, Wave
from outreach.delivery.settling import ACTOR
from outreach.mailings import schedule
from outreach.mailings.confirming import Present, forget_people
from outreach.mailings.log import Act, note
from outreach.mailings.models import Mailing, MailingState

log = structlog.get_logger()
MISSED = (
    "Some of its letters were due more than a day ago, when nothing was running. Resume it to send "
    "them now, or cancel what is left."
)


@dataclass(frozen=True, slots=True)
class Promise:
    """A mailing as it was promised when it was found to be due."""

    mailing_id: int
    revision_id: int | None
    moved_at: datetime
    """When somebody last changed it or moved it; resuming it confirms its audience anew."""

    def is_kept_by(self, mailing: Mailing) -> bool:
        """Whether nobody has touched it since: what was found out about it still holds."""
        return (
            mailing.state is MailingState.SCHEDULED
            and mailing.revision_id == self.revision_id
            and mailing.updated_at == self.moved_at
        )


@dataclass(frozen=True, slots=True)
class Found:
    """What was found out about a due mailing before anything was locked."""

    reason: str
    """Why a person should look at it first; "" when it may begin."""
    judged: Judged
    """Everybody of its audience."""


def begin_due(here: State, engine: Engine) -> list[int]:
    """Begin every mailing that is due; returns which.

    Judging a large audience, and whether it is still the one that was confirmed, takes a while and
    is done before anything is locked, so that people can work on meanwhile. Of several workers one
    does it: the others would judge the same people beside it, and slow it down.
    """
    moment = now()
    due = select(Mailing.id, Mailing.revision_id, Mailing.updated_at).where(*_is_due(moment))
    promises = [Promise(*row) for row in db.session.execute(due).all()]
    if promises:
        elsewhere = done_elsewhere(db.session.connection())
        promises = [one for one in promises if one.mailing_id not in elsewhere]
    db.session.rollback()
    tracking, begun = here.settings.tracking, list[int]()
    for promise in promises:
        mailing_id = promise.mailing_id
        preparing = partial(_find_out, mailing_id=mailing_id, tracking=tracking, now=moment)
        try:
            with prepared_transaction(engine, preparing) as (writing, found):
                if found is None:
                    continue
                begun.append(mailing_id)
                with session_within(writing) as session:
                    mailing = session.get_one(Mailing, mailing_id)
                    _begin(session, mailing, promise, found, here, moment)
                found.judged.drop(writing)
                let_others(writing, mailing_id)
        except (OperationalError, InterfaceError):
            raise  # the database's trouble is no mailing's own
        except Exception:
            log.exception("a mailing cannot begin", mailing=mailing_id)
            _hold(mailing_id)
    return begun


def is_any_due(engine: Engine) -> bool:
    """Say whether there is a mailing to begin."""
    due = select(Mailing.id).where(*_is_due(now())).limit(1)
    with engine.connect() as reading:
        return reading.scalar(due) is not None


def _is_due(moment: datetime) -> tuple[ColumnElement[bool], ...]:
    return Mailing.state == MailingState.SCHEDULED, Mailing.due_at <= moment


def hold_missed() -> None:
    """Pause mailings of which a part was due long ago, when nothing was running: somebody decides.

    A mailing that is merely slow goes on: letters of it have left meanwhile.
    """
    moment = now()
    long_ago = moment - schedule.GRACE
    missed = exists().where(
        Wave.mailing_id == Mailing.id, Wave.due_at < long_ago, Wave.lo >= Dispatch.next_number
    )
    found = db.session.scalars(
        select(Mailing.id)
        .join(Dispatch, Dispatch.mailing_id == Mailing.id)
        .where(Mailing.state == MailingState.SENDING, Mailing.updated_at < long_ago, missed)
    ).all()
    stalled = [one for one in found if not _has_left_since(one, long_ago)]
    db.session.rollback()
    for mailing_id in stalled:
        with transaction() as session:
            mailing = session.get_one(Mailing, mailing_id)
            schedule.claim(session, mailing)
            if mailing.state is MailingState.SENDING:
                schedule.pause(session, mailing, reason=MISSED, actor=ACTOR, now=moment)


def _has_left_since(mailing_id: int, since: datetime) -> bool:
    left = select(Delivery.number).where(
        Delivery.mailing_id == mailing_id, Delivery.settled_at >= since
    )
    return db.session.scalar(left.limit(1)) is not None


def _hold(mailing_id: int) -> None:
    """Pause a mailing that cannot begin, so that it keeps no other one waiting."""
    with transaction() as session:
        mailing = session.get_one(Mailing, mailing_id)
        schedule.claim(session, mailing)
        if mailing.state is MailingState.SCHEDULED:
            schedule.pause(session, mailing, reason=UNEXPECTED.message, actor=ACTOR, now=now())


def _find_out(
    connection: Connection, mailing_id: int, *, tracking: TrackingMode, now: datetime
) -> Found | None:
    """Judge the audience of a mailing, and find out whether it may begin.

    People are judged once: whom it was confirmed for is compared with those who would get it.
    None while another worker does, or when one has done so just now.
    """
    if not begin_alone(connection, mailing_id):
        return None
    with Session(connection) as session:  # reads only: nothing is flushed or committed by it
        mailing = session.get_one(Mailing, mailing_id)
        if mailing.state is not MailingState.SCHEDULED:
            let_others(connection, mailing_id)
            return None
        judged = judge(connection, mailing_id, tracking=tracking, now=now)
        present = Present(judged.by_role, partial(judged.marks, connection, mailing))
        return Found(schedule.why_to_ask(session, mailing, present, now=now), judged)


def _begin(
    session: Session,
    mailing: Mailing,
    promise: Promise,
    found: Found,
    here: State,
    moment: datetime,
) -> None:
    schedule.claim(session, mailing)
    if not promise.is_kept_by(mailing):
        return  # it was taken back, held or promised anew meanwhile: the next look finds out again
    if found.reason:
        schedule.pause(session, mailing, reason=found.reason, actor=ACTOR, now=moment)
        return
    mailing.move_to(MailingState.SENDING, now=moment)
    mailing.started_at = moment
    forget_people(session, mailing)
    session.flush()  # the fan-out reads the mailing by its own statements
    settings = here.settings
    made = fan_out(
        session.connection(),
        mailing.id,
        tracking=settings.tracking,
        threshold=settings.disclosure_threshold,
        transport="catcher" if settings.catcher else "smtp",
        now=moment,
        already=found.judged,
    )
    detail = f"{made.recipients:,} letters, {made.withheld:,} people withheld"
    note(session, mailing, Act.STARTED, actor=ACTOR, now=moment, detail=detail)
