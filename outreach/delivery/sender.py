"""The sender: takes leases of one mailing and hands its letters to the mail server.

A few threads, each with a connection of its own, pull recipients from the lease in memory; the
coordinating thread writes results in groups and reads stops and the mailing's state at least every
250 ms. A letter in hand is in the logbook before its last dot and its outcome is there right after
the answer, so that whoever continues after a kill -9 knows all but what was in a hand.
"""

import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Engine, Select, select
from sqlalchemy.engine import Connection

from outreach.core.clock import now
from outreach.core.db import transaction
from outreach.core.errors import Refusal
from outreach.delivery.composing import Composer, Recipient
from outreach.delivery.judging import BLOCKED_OF_HUNDRED, Result, Retries, judge, judge_loss
from outreach.delivery.leases import Range, claim, is_due, release, renew
from outreach.delivery.logbook import Logbook, Mark
from outreach.delivery.models import Delivery, DeliveryState, TokenGroup
from outreach.delivery.settling import settle
from outreach.mail.server import (
    ConnectionLost,
    ServerUnreachable,
    SignInRefused,
    SmtpSettings,
    TlsRefused,
)
from outreach.mail.transport import SmtpConnection, connection
from outreach.mailings.models import Mailing, MailingState
from outreach.projects.models import Organisation
from outreach.stakeholders.eligibility import withheld_reason
from outreach.stakeholders.models import Purpose, Stakeholder, Stop

log = structlog.get_logger()
DISK = "The worker's disk has no room or fails ({}). Make room, then resume."
WATCH_SECONDS = 0.2
GROUP = 500
GRACE_SECONDS = 5.0
"""How long a stopping worker waits for answers to the letters in its hands."""
STOP_OVERLAP = timedelta(seconds=30)
"""Stops are read again for so long: on PostgreSQL one may become visible after a later one."""


@dataclass(frozen=True, slots=True)
class SenderOptions:
    """How a sender works; what a test shrinks and an operator may tune."""

    connections: int = 4
    retries: Retries = field(default_factory=Retries)
    lease_time: timedelta = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why sending cannot go on; `is_lasting` means that a person has to look."""

    message: str
    is_lasting: bool


class Sender:
    """Sends one mailing until nothing is due, trouble comes or somebody says stop."""

    def __init__(
        self,
        engine: Engine,
        settings: SmtpSettings,
        composer: Composer,
        logbook: Logbook,
        *,
        mailing_id: int,
        list_id: int,
        begun_at: datetime,
        worker: str,
        stop: threading.Event,
        options: SenderOptions,
        moment: Callable[[], datetime] = now,
    ) -> None:
        self._engine, self._settings, self._composer = engine, settings, composer
        self._logbook, self._worker, self._stop = logbook, worker, stop
        self._mailing_id, self._list_id, self._begun_at = mailing_id, list_id, begun_at
        self._options, self._moment = options, moment
        self._work: deque[Recipient] = deque()
        self._results: queue.SimpleQueue[Result] = queue.SimpleQueue()
        self._in_hand: dict[int, Recipient] = {}
        self._halt = threading.Event()
        self._stopped: set[int] = set()
        self._stops_read_at = moment() - STOP_OVERLAP
        self._recent: deque[bool] = deque(maxlen=100)
        self._trouble: Trouble | None = None

    def run(self) -> Trouble | None:
        """Send all that is due; returns the trouble that ended it, if one did."""
        try:
            while not self._should_end():
                with transaction(self._engine) as writing:
                    leased = claim(
                        writing,
                        self._mailing_id,
                        self._worker,
                        now=self._moment(),
                        lasts=self._options.lease_time,
                    )
                if leased is None:
                    break
                self._send_range(leased)
        except OSError as error:
            self._trouble = Trouble(DISK.format(error.strerror), is_lasting=True)
        finally:
            with transaction(self._engine) as writing:
                release(writing, self._worker)
        return self._trouble

    def _should_end(self) -> bool:
        return self._stop.is_set() or self._halt.is_set() or self._trouble is not None

    def _send_range(self, leased: Range) -> None:
        self._logbook.reserve()
        self._watch()
        with transaction(self._engine) as writing:
            recipients = self._load(writing, leased)
        self._work.extend(recipients)
        threads = [
            threading.Thread(target=self._hand_over, name=f"sender-{number}", daemon=True)
            for number in range(min(self._options.connections, len(self._work)))
        ]
        for thread in threads:
            thread.start()
        self._look_after(threads)
        self._work.clear()
        self._write_results()
        self._doubt_what_is_in_hand(threads)
        self._logbook.clear()
        with transaction(self._engine) as writing:
            release(writing, self._worker)

    def _load(self, writing: Connection, leased: Range) -> list[Recipient]:
        """Read the range's due letters; who must not be mailed any more is settled right here."""
        rows = writing.execute(_due_letters(leased, self._list_id, self._moment())).all()
        barred = [row.number for row in rows if row.why is not None]
        settle(
            writing, leased.mailing_id, [_stopped(number) for number in barred], now=self._moment()
        )
        return [
            Recipient(
                number=row.number,
                stakeholder_id=row.stakeholder_id,
                email=row.email,
                name=row.name,
                given_name=row.given_name,
                organisation=row.organisation or "",
                role_id=row.role_id,
                group_no=row.group_no or 0,
                is_personal=row.is_personal,
                is_measured=bool(row.is_measured),
                attempts=row.attempts,
                was_doubted=row.doubted_at is not None,
            )
            for row in rows
            if row.why is None
        ]

    def _look_after(self, threads: list[threading.Thread]) -> None:
        """Write results, read stops and renew the lease while the threads send."""
        last_watch, ending_since = 0.0, None
        while any(thread.is_alive() for thread in threads):
            for thread in threads:
                thread.join(0.01)
            self._write_results(at_least=GROUP)
            if time.monotonic() - last_watch >= WATCH_SECONDS:
                last_watch = time.monotonic()
                self._watch()
                self._write_results()
            if self._stop.is_set():
                self._halt.set()
                ending_since = ending_since or time.monotonic()
                if time.monotonic() - ending_since > GRACE_SECONDS:
                    return

    def _watch(self) -> None:
        """Read who left meanwhile and whether the mailing was paused; keep the lease."""
        moment = self._moment()
        with transaction(self._engine) as writing:
            left = writing.scalars(
                select(Stop.stakeholder_id).where(
                    Stop.at >= self._stops_read_at - STOP_OVERLAP,
                    Stop.purpose == Purpose.NEWSLETTER,
                    Stop.list_id.is_(None) | (Stop.list_id == self._list_id),
                )
            )
            self._stopped.update(left)
            state = writing.scalar(select(Mailing.state).where(Mailing.id == self._mailing_id))
            renew(writing, self._worker, now=moment, lasts=self._options.lease_time)
        self._stops_read_at = moment
        if state is not MailingState.SENDING:
            self._halt.set()

    def _write_results(self, at_least: int = 1) -> None:
        if self._results.qsize() < at_least:
            return
        results = [self._results.get() for _ in range(self._results.qsize())]
        with transaction(self._engine) as writing:
            settle(writing, self._mailing_id, results, now=self._moment())
        self._break_if_blocked(results)

    def _break_if_blocked(self, results: list[Result]) -> None:
        self._recent.extend(result.is_blocked for result in results if result.is_attempt)
        if sum(self._recent) > BLOCKED_OF_HUNDRED:
            self._end(
                "More than 20 of the last 100 letters were refused as unwanted. Look at the last "
                "replies, then resume.",
                is_lasting=True,
            )

    def _doubt_what_is_in_hand(self, threads: list[threading.Thread]) -> None:
        """After a stop that did not wait: what a server never answered may have arrived."""
        left = list(self._in_hand) if any(thread.is_alive() for thread in threads) else []
        results = [
            Result(number, DeliveryState.QUEUED, reply="No answer when the worker stopped",
                   is_doubted=True)
            for number in left
        ]  # fmt: skip
        if results:
            with transaction(self._engine) as writing:
                settle(writing, self._mailing_id, results, now=self._moment())

    def _end(self, message: str, *, is_lasting: bool) -> None:
        self._trouble = self._trouble or Trouble(message[:400], is_lasting)
        self._halt.set()

    def _hand_over(self) -> None:
        """One thread: hand letters over until none is left, or say why it cannot go on."""
        try:
            with connection(self._settings) as server:
                self._hand_over_by(server)
        except (SignInRefused, TlsRefused) as error:
            self._end(str(error), is_lasting=True)
        except (ServerUnreachable, ConnectionLost) as error:
            self._end(str(error), is_lasting=False)
        except OSError as error:
            self._end(DISK.format(error.strerror), is_lasting=True)
        except Exception:
            # A thread that dies silently would leave its letters to be taken up for ever.
            log.exception("a sending thread failed", mailing=self._mailing_id)
            self._end("Sending failed unexpectedly; the log says why.", is_lasting=True)

    def _hand_over_by(self, server: SmtpConnection) -> None:
        while not self._halt.is_set():
            try:
                recipient = self._work.popleft()
            except IndexError:
                return
            if recipient.stakeholder_id in self._stopped:
                self._results.put(_stopped(recipient.number))
                continue
            self._send(server, recipient)
            self._in_hand.pop(recipient.number, None)

    def _send(self, server: SmtpConnection, recipient: Recipient) -> None:
        number = recipient.number
        try:
            letter = self._composer.compose(recipient)
        except Refusal as error:
            self._results.put(
                Result(number, DeliveryState.REFUSED, reply=str(error)[:300], is_attempt=False)
            )
            return
        self._in_hand[number] = recipient
        self._logbook.write(self._mailing_id, number, Mark.IN_HAND)
        attempts = recipient.attempts + 1
        try:
            outcome = server.deliver(letter)
        except ConnectionLost as loss:
            if not loss.in_doubt:
                self._logbook.write(self._mailing_id, number, Mark.NOT_ACCEPTED)
            self._results.put(
                judge_loss(
                    number,
                    in_doubt=loss.in_doubt,
                    was_doubted=recipient.was_doubted,
                    attempts=attempts,
                    now=self._moment(),
                    retries=self._options.retries,
                )
            )
            return
        except (SignInRefused, TlsRefused, ServerUnreachable):
            self._logbook.write(self._mailing_id, number, Mark.NOT_ACCEPTED)
            raise
        mark = Mark.ACCEPTED if outcome.is_accepted else Mark.NOT_ACCEPTED
        self._logbook.write(self._mailing_id, number, mark)
        self._results.put(
            judge(
                number,
                outcome,
                attempts=attempts,
                begun_at=self._begun_at,
                now=self._moment(),
                retries=self._options.retries,
            )
        )


def _stopped(number: int) -> Result:
    return Result(number, DeliveryState.WITHHELD, is_attempt=False, is_stopped=True)


def _due_letters(leased: Range, list_id: int, moment: datetime) -> Select[*tuple[Any, ...]]:
    """The letters of a range with all that is asked of their person now, ledger included."""
    return (
        select(
            Delivery.number,
            Delivery.stakeholder_id,
            Delivery.role_id,
            Delivery.group_no,
            Delivery.is_personal,
            Delivery.attempts,
            Delivery.doubted_at,
            TokenGroup.is_measured,
            Stakeholder.email,
            Stakeholder.name,
            Stakeholder.given_name,
            Organisation.name.label("organisation"),
            withheld_reason(list_id, moment).label("why"),
        )
        .join(Stakeholder, Stakeholder.id == Delivery.stakeholder_id)
        .outerjoin(Organisation, Organisation.id == Stakeholder.organisation_id)
        .outerjoin(
            TokenGroup,
            (TokenGroup.mailing_id == Delivery.mailing_id) & (TokenGroup.no == Delivery.group_no),
        )
        .where(
            Delivery.mailing_id == leased.mailing_id,
            Delivery.number.between(leased.lo, leased.hi),
            is_due(moment),
        )
        .order_by(Delivery.number)
    )
