"""A hand: one thread with one connection, which takes letters off the board and offers them.

A letter in hand is in the logbook before its last dot and its outcome is there right after the
answer, so that whoever continues after a kill -9 knows all but what was in a hand. Behind it the
next letter is prepared: its envelope travels with the end of the one in hand, which halves the
round trips. Whether it may leave is asked right before the letter itself does.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import structlog

from outreach.core.errors import Refusal
from outreach.delivery.board import Board
from outreach.delivery.breaker import UNEXPECTED, Trouble, disk_trouble
from outreach.delivery.composing import Composer, Recipient
from outreach.delivery.judging import Result, Retries, accepted, judge, judge_loss
from outreach.delivery.logbook import Logbook, Mark
from outreach.delivery.models import DeliveryState
from outreach.mail.letter import Letter
from outreach.mail.replies import SERVICE_CLOSING, Outcome, OutcomeKind
from outreach.mail.server import (
    ConnectionLost,
    ServerUnreachable,
    SmtpSettings,
    TransportError,
)
from outreach.mail.transport import SmtpConnection, connection

log = structlog.get_logger()
MOST_LOSSES = 3
"""Letters in a row that broke the connection, before the server is left alone for a while."""


@dataclass(frozen=True)
class Task:
    """What all hands of a sender work with."""

    mailing_id: int
    begun_at: datetime
    settings: SmtpSettings
    composer: Composer
    logbook: Logbook
    retries: Retries
    moment: Callable[[], datetime]


class _Unwilling(Exception):
    """The server wants to be left alone; the letter in hand is judged already."""


class _Prepared(NamedTuple):
    recipient: Recipient
    letter: Letter


class Hand:
    """One thread with one connection, kept for the whole mailing."""

    def __init__(self, task: Task, board: Board, number: int) -> None:
        self._task, self._board = task, board
        self.reason: Trouble | None = None
        """Why it put its work down, when the server is not there for it."""
        self._losses = 0
        self._ahead: _Prepared | None = None
        """The letter behind the one in hand."""
        self._is_in_hand = False
        """Whether that one is in hand already, as the one before it is settled."""
        self._thread = threading.Thread(target=self._run, name=f"hand-{number}", daemon=True)
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        """Whether it still works."""
        return self._thread.is_alive()

    def join(self, seconds: float) -> None:
        """Wait for its end, at most so long."""
        self._thread.join(seconds)

    def _run(self) -> None:
        try:
            with connection(self._task.settings) as server:
                self._offer_all(server)
        except (ServerUnreachable, _Unwilling) as error:
            self.reason = Trouble(str(error), is_lasting=False, is_servers=True)
        except Refusal as error:
            # A sign-in, a certificate or a sender's address that only a person can mend.
            is_servers = isinstance(error, TransportError)
            self._board.halt(Trouble(str(error), is_lasting=True, is_servers=is_servers))
        except OSError as error:
            self._board.halt(disk_trouble(error))
        except Exception:
            # A thread that dies silently would leave its letters to be taken up for ever.
            log.exception("a sending thread failed", mailing=self._task.mailing_id)
            self._board.halt(UNEXPECTED)
        finally:
            if self._ahead:
                self._board.give_back(self._ahead.recipient)

    def _offer_all(self, server: SmtpConnection) -> None:
        while taken := self._next():
            self._ahead = self._prepared(self._board.reserve)
            self._offer(server, *taken)

    def _next(self) -> _Prepared | None:
        """Return the next letter in hand, mostly the one prepared; None when there is no more."""
        ahead, is_in_hand = self._ahead, self._is_in_hand
        self._ahead, self._is_in_hand = None, False
        if ahead and is_in_hand:
            return ahead
        if ahead and not self._board.may_leave(ahead.recipient):
            self._board.give_back(ahead.recipient)
            ahead = None
        taken = ahead or self._prepared(self._board.take)
        if taken:
            self._take_in_hand(taken.recipient)
        return taken

    def _prepared(self, take: Callable[[], Recipient | None]) -> _Prepared | None:
        """Compose the next letter; one that cannot be is refused right here."""
        while recipient := take():
            try:
                return _Prepared(recipient, self._task.composer.compose(recipient))
            except Refusal as error:
                said = str(error)[:300]
                refused = DeliveryState.REFUSED
                self._board.record(Result(recipient.number, refused, reply=said, is_attempt=False))
        return None

    def _take_in_hand(self, recipient: Recipient) -> None:
        try:
            self._mark(recipient, Mark.IN_HAND)
        except OSError:
            self._board.give_back(recipient)
            raise

    def _offer(self, server: SmtpConnection, recipient: Recipient, letter: Letter) -> None:
        try:
            outcome = server.deliver(letter, self._ahead.letter if self._ahead else None)
        except ConnectionLost as loss:
            self._conclude(recipient, self._judge_loss(recipient, loss))
            self._losses += 1
            if self._losses >= MOST_LOSSES:
                raise _Unwilling(f"The mail server hangs up again and again. {loss}") from loss
        except Refusal:
            self._mark(recipient, Mark.NOT_ACCEPTED)
            self._board.give_back(recipient)
            raise
        else:
            is_taken = outcome.kind is OutcomeKind.ACCEPTED
            self._conclude(
                recipient,
                accepted(recipient.number, outcome)
                if is_taken
                else self._judge(recipient, outcome),
            )
            self._losses = 0
            if outcome.code == SERVICE_CLOSING:
                said = f"421 {outcome.enhanced} {outcome.text}"
                raise _Unwilling(f"The mail server asks to be left alone for a while: {said}")

    def _conclude(self, recipient: Recipient, result: Result) -> None:
        """Keep the outcome in the logbook, and in any case on the board.

        When all is well the next letter is taken in hand by the same write.
        """
        ahead = self._ahead.recipient if self._ahead else None
        try:
            if result.state is not DeliveryState.ACCEPTED:
                # What may have arrived stays in hand in the logbook: nobody knows better.
                if not result.is_doubted:
                    self._mark(recipient, Mark.NOT_ACCEPTED)
            elif ahead and self._board.may_leave(ahead):
                self._is_in_hand = True
                self._task.logbook.write(
                    self._task.mailing_id, recipient.number, Mark.ACCEPTED, ahead.number
                )
            else:
                self._mark(recipient, Mark.ACCEPTED)
        finally:
            self._board.record(result)

    def _mark(self, recipient: Recipient, mark: Mark) -> None:
        self._task.logbook.write(self._task.mailing_id, recipient.number, mark)

    def _judge(self, recipient: Recipient, outcome: Outcome) -> Result:
        return judge(
            recipient.number,
            outcome,
            attempts=recipient.attempts + 1,
            begun_at=self._task.begun_at,
            now=self._task.moment(),
            retries=self._task.retries,
        )

    def _judge_loss(self, recipient: Recipient, loss: ConnectionLost) -> Result:
        return judge_loss(
            recipient.number,
            in_doubt=loss.in_doubt,
            was_doubted=recipient.was_doubted,
            attempts=recipient.attempts + 1,
            begun_at=self._task.begun_at,
            now=self._task.moment(),
            retries=self._task.retries,
        )
