"""The sender: takes leases of one mailing and keeps a few hands busy with its letters.

The coordinating thread lays letters out before the hands run dry, writes results in groups, and
reads stops and the mailing's state at least every 250 ms. Results stay with it, and in the logbook,
until the database has taken them: a database that is locked or away for a while loses nothing.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, OperationalError

from outreach.core.clock import now
from outreach.delivery.board import Board
from outreach.delivery.breaker import Breaker, Trouble, disk_trouble
from outreach.delivery.composing import Composer
from outreach.delivery.hands import Hand, Task
from outreach.delivery.holdings import Holdings
from outreach.delivery.judging import Result, Retries
from outreach.delivery.leases import SIZE
from outreach.delivery.logbook import Logbook
from outreach.delivery.models import DeliveryState
from outreach.delivery.permitting import fetch_permits
from outreach.delivery.settling import ACTOR
from outreach.delivery.watching import Watch
from outreach.mail.pace import Pace, is_quiet
from outreach.mail.pacer import Pacer, Slots
from outreach.mail.server import SmtpSettings

log = structlog.get_logger()
GROUP = 500
WATCH_SECONDS = 0.2
WRITE_SECONDS = 0.5
"""How long results of a slow mailing wait to be written together; they are in the logbook."""
POLL_SECONDS = 0.02
MOST_LAID_OUT = 4 * SIZE
"""Letters held at most while those of some domains wait for their pace."""
DATABASE_PATIENCE = 120.0
"""How long results wait for a database that takes nothing, before the run is given up; they are
in the logbook all the same."""
PROBE_LETTERS = 3
"""So many have to be taken to show that it is well again."""
REST_SECONDS = 30.0
"""How long a hand the server did not want is left out while others send."""


@dataclass(frozen=True, slots=True)
class SenderOptions:
    """How a sender works; what a test shrinks and an operator may tune."""

    connections: int = 4
    retries: Retries = field(default_factory=Retries)
    lease_time: timedelta = timedelta(seconds=60)
    pace: Pace = field(default_factory=Pace)
    grace: float = 5.0
    """Seconds a stopping worker waits for answers to the letters in its hands."""
    is_probe: bool = False
    """Whether it tries a few letters after a pause, before the others follow."""


@dataclass(frozen=True)
class Assignment:
    """Which mailing is to be sent, with what, in whose name."""

    mailing_id: int
    list_id: int
    begun_at: datetime
    worker: str
    composer: Composer
    settings: SmtpSettings
    last: int | None = None
    """The number up to which letters may leave in this run; None for all. Fixed when it begins:
    the composer knows the subject line of no later ones."""

    @property
    def domain(self) -> str:
        """The domain its letters are from."""
        return self.composer.sender.rpartition("@")[2]


class Sender:
    """Sends one mailing until nothing is due, trouble comes or somebody says stop."""

    def __init__(
        self,
        engine: Engine,
        assignment: Assignment,
        logbook: Logbook,
        *,
        stop: threading.Event,
        options: SenderOptions,
        moment: Callable[[], datetime] = now,
        leave: Callable[[], bool] = bool,
        slots: Slots | None = None,
    ) -> None:
        """`leave` says when to end early: a better server is back, or another mailing's turn is.

        `slots` is what earlier runs of this process left of their permits.
        """
        self._leave = leave
        self._engine, self._what, self._logbook, self._stop = engine, assignment, logbook, stop
        self._options, self._moment = options, moment
        self.accepted = 0
        """Letters the server has taken since the beginning of this run."""
        self.trouble: Trouble | None = None
        """What ended the run, if trouble did."""
        self._board, self._breaker = (
            Board(Pacer(options.pace, slots)),
            Breaker(is_probe=options.is_probe),
        )
        self._watch = Watch(engine, assignment.mailing_id, assignment.list_id, moment)
        self._holdings = Holdings(
            engine, assignment, self._board, lasts=options.lease_time, moment=moment
        )
        self._hands: list[Hand] = []
        self._rested_at = 0.0
        self._unwritten: list[Result] = []
        self._written_at = time.monotonic()
        self._watched_at = self._asked_at = 0.0
        self._is_more = True

    def run(self) -> Trouble | None:
        """Send all that is due; returns the trouble that ended it, if one did."""
        try:
            self._logbook.reserve()
            while not self._board.is_halted and self._step():
                time.sleep(POLL_SECONDS)
        except OSError as error:
            self._board.halt(disk_trouble(error))
        finally:
            self._end()
        self.trouble = self._board.trouble or (
            None if self._stop.is_set() else self._holdings.spent
        )
        return self.trouble

    def _step(self) -> bool:
        """Do what is to be done every few milliseconds; False once nothing is left."""
        if self._stop.is_set():
            self._board.halt()
            return False
        self._attempt(self._look)
        self._attempt(self._fetch_permits)
        is_much = self._board.results_waiting() >= GROUP or self._board.wants_review
        if is_much or self._is_time_to_write():
            self._attempt(self._write)
        is_low = self._board.ready < SIZE and self._board.waiting < MOST_LAID_OUT
        if is_low and self._may_be_more():
            self._attempt(self._lay_out_more)
        self._keep_hands()
        return self._is_more or not self._is_done()

    def _may_be_more(self) -> bool:
        """Whether to ask for more; once nothing was due, only now and then."""
        return self._is_more or time.monotonic() - self._asked_at >= WATCH_SECONDS

    def _is_done(self) -> bool:
        return self._board.is_idle and not self._unwritten and not self._board.results_waiting()

    def _attempt(self, act: Callable[[], None]) -> None:
        """Do something with the database; what fails because it is away is done again later."""
        try:
            act()
        except (OperationalError, InterfaceError) as error:
            log.warning("the database takes nothing", reason=str(error.orig)[:200])
            if time.monotonic() - self._written_at > DATABASE_PATIENCE:
                self._board.halt(
                    Trouble(f"The database takes nothing: {error.orig}", is_lasting=False)
                )
            self._stop.wait(WATCH_SECONDS)

    def _look(self) -> None:
        """Read who left and whether the mailing was paused; keep the leases."""
        if time.monotonic() - self._watched_at < WATCH_SECONDS:
            return
        seen = self._watch.look(self._board.stopped)
        self._board.keep_fresh()
        self._watched_at = time.monotonic()
        is_quiet_now = is_quiet(self._options.pace, self._moment())
        if not seen.is_sending or is_quiet_now or self._is_probed() or self._leave():
            self._board.halt()
        self._holdings.renew_in_time()

    def _fetch_permits(self) -> None:
        fetch_permits(self._engine, self._board, self._what.settings.where)

    def _is_probed(self) -> bool:
        return self._options.is_probe and self.accepted >= PROBE_LETTERS

    def _is_time_to_write(self) -> bool:
        if not self.accepted and self._board.has_accepted:
            return True  # the first one at once: somebody pressed the button and looks
        patience = WRITE_SECONDS if self.accepted else WATCH_SECONDS
        return time.monotonic() - self._written_at >= patience

    def _write(self) -> None:
        self._unwritten += self._board.results()
        if self._unwritten:
            self._holdings.settle(self._unwritten)
            self._count(self._unwritten)
            trouble = self._breaker.trips_on(
                self._unwritten,
                self._holdings.address_of,
                on_probation=self._holdings.remembered,
            )
            self._unwritten = []
            for domain, said in self._breaker.to_hold.items():
                self._holdings.hold(domain, said, actor=ACTOR)
            if trouble:
                self._board.halt(trouble)
        self._board.reviewed(self._holdings.remembered)
        self._written_at = time.monotonic()

    def _count(self, results: list[Result]) -> None:
        self.accepted += sum(one.state is DeliveryState.ACCEPTED for one in results)

    def _lay_out_more(self) -> None:
        """Lease the next range; a logbook that is nearly full is cleared first."""
        if self._logbook.has_room_for(SIZE + self._board.waiting + len(self._hands)):
            self._asked_at = time.monotonic()
            self._is_more = self._holdings.lay_out_more()
        elif self._is_done():
            self._logbook.clear()

    def _keep_hands(self) -> None:
        """Start hands as letters wait; one that the server did not want rests for a while."""
        resting = [hand for hand in self._hands if not hand.is_alive]
        if not resting and len(self._hands) >= self._options.connections:
            return
        self._hands = [hand for hand in self._hands if hand.is_alive]
        for hand in resting:
            self._rested_at = time.monotonic()
            if hand.reason and not self._hands:
                self._board.halt(hand.reason)
        is_resting = time.monotonic() - self._rested_at < REST_SECONDS and bool(self._hands)
        wanted = min(self._options.connections, self._board.waiting)
        while len(self._hands) < wanted and not is_resting and not self._board.is_halted:
            self._hands.append(Hand(self._task, self._board, len(self._hands)))

    @property
    def _task(self) -> Task:
        what = self._what
        return Task(
            what.mailing_id,
            what.begun_at,
            what.settings,
            what.composer,
            self._logbook,
            self._options.retries,
            self._moment,
        )

    def _end(self) -> None:
        """Wait for the answers still to come, write everything down, give the leases back."""
        self._board.halt()
        self._await_hands()
        doubted = [
            Result(
                number,
                DeliveryState.QUEUED,
                reply="No answer when the worker stopped",
                is_doubted=True,
            )
            for number in self._board.left_in_hand()
        ]
        self._unwritten += [*self._board.results(), *doubted]
        until = time.monotonic() + (0 if self._stop.is_set() else DATABASE_PATIENCE)
        while not self._is_written_down() and time.monotonic() < until:
            time.sleep(WATCH_SECONDS)

    def _await_hands(self) -> None:
        stopping_since: float | None = None
        while any(hand.is_alive for hand in self._hands):
            for hand in self._hands:
                hand.join(POLL_SECONDS)
            if self._is_time_to_write():
                self._attempt(self._write)
                self._attempt(self._holdings.renew_in_time)
            if self._stop.is_set():
                stopping_since = stopping_since or time.monotonic()
                if time.monotonic() - stopping_since > self._options.grace:
                    return

    def _is_written_down(self) -> bool:
        """Settle what is left and let go; without it the logbook stays for whoever replays it."""
        try:
            self._holdings.settle(self._unwritten)
            self._count(self._unwritten)
            self._unwritten = []
            self._logbook.clear()
            self._holdings.let_go()
        except (OperationalError, InterfaceError, OSError) as error:
            log.warning("results wait in the logbook", reason=str(error)[:200])
            return False
        return True
