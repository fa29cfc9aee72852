"""Empties the outbox: one letter at a time, and no transaction open while the server answers."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Self

from sqlalchemy import Engine

from outreach.core import clock
from outreach.core.db import transaction
from outreach.core.errors import Refusal
from outreach.mail.dkim import DkimSigner
from outreach.mail.letter import Address, Letter
from outreach.mail.models import OutboxState
from outreach.mail.outbox import (
    MOST_DOUBTS,
    DueLetter,
    Settlement,
    claim_due,
    give_up,
    judge,
    rendered,
    settle,
)
from outreach.mail.relays import Relays
from outreach.mail.replies import Outcome
from outreach.mail.server import ConnectionLost, TransportError
from outreach.mail.transport import SmtpConnection, connection

_LOST_TWICE = (
    "The server's word was missing twice after the whole letter was written: it may have arrived "
    "once or twice, and is not sent again."
)
ReturnPath = Callable[[int, str], str]
"""Gives the address to which a letter of the outbox, by its id and Message-ID, comes back."""


@dataclass(frozen=True, slots=True)
class DrainReport:
    """What one drain did."""

    accepted: int = 0
    deferred: int = 0
    refused: int = 0
    failed: int = 0
    problem: str = ""
    """Why it stopped before the outbox was empty, and what to do; empty when all is well."""


def drain(
    engine: Engine,
    relays: Relays,
    *,
    sender: Address,
    limit: int = 500,
    dkim: DkimSigner | None = None,
    return_path: ReturnPath | None = None,
    moment: Callable[[], datetime] = clock.now,
) -> DrainReport:
    """Send what is due, at most `limit` letters; `sender` writes those that name none.

    Letters are taken one by one: of a drain that is killed, one letter is in doubt, and it is sent
    again after ten minutes with the same Message-ID. When a server is away, the letter in hand goes
    to the next one; when all are, it waits and the others are left for the next drain. Without a
    `return_path` letters come back to whom they are from.
    """
    writing_as = _Writing(sender, dkim, return_path)
    counts, problem = Counter[OutboxState](), ""
    with _Servers(relays) as servers:
        while counts.total() < limit and not problem:
            letter = _claim(engine, moment(), sender)
            if letter is None:
                break
            settlement, problem = _attempt(servers, letter, writing_as, moment)
            with transaction(engine) as writing:
                settle(writing, letter, settlement, now=moment())
            counts[settlement.state] += 1
    return DrainReport(
        accepted=counts[OutboxState.ACCEPTED],
        deferred=counts[OutboxState.QUEUED],
        refused=counts[OutboxState.REFUSED],
        failed=counts[OutboxState.FAILED],
        problem=problem,
    )


def _claim(engine: Engine, now: datetime, writer: Address) -> DueLetter | None:
    with transaction(engine) as writing:
        return next(iter(claim_due(writing, now=now, limit=1, writer=writer)), None)


@dataclass(frozen=True, slots=True)
class _Writing:
    """What makes a row of the outbox a letter."""

    sender: Address
    dkim: DkimSigner | None
    return_path: ReturnPath | None

    def letter(self, due: DueLetter) -> Letter:
        path = self.return_path(due.id, due.message_id) if self.return_path else None
        written = rendered(due, default_sender=self.sender, return_path=path)
        return self.dkim.signed(written) if self.dkim else written


class _Servers:
    """A connection to the first server that works, opened by the first letter."""

    def __init__(self, relays: Relays) -> None:
        self._relays = relays
        self._waiting = relays.in_order()
        self._server = self._waiting.pop(0)
        self._connection: SmtpConnection = connection(self._server)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._connection.close()

    def deliver(self, letter: Letter) -> Outcome:
        """Offer a letter to one server after the other; raises what the last of them does."""
        while True:
            try:
                outcome = self._connection.deliver(letter)
            except ConnectionLost:
                raise
            except TransportError:
                self._relays.pass_over(self._server)
                if not self._waiting:
                    raise
                self._server = self._waiting.pop(0)
                self._connection = connection(self._server)
            else:
                self._relays.works(self._server)
                return outcome


def _attempt(
    servers: _Servers,
    letter: DueLetter,
    writing_as: _Writing,
    moment: Callable[[], datetime],
) -> tuple[Settlement, str]:
    """Offer the letter; return what to write down and, when the server is away, why."""
    if letter.doubts >= MOST_DOUBTS:
        return give_up(letter, _LOST_TWICE, now=moment()), ""
    jitter = random.random()  # noqa: S311 - spreads retries, protects nothing
    try:
        outcome = servers.deliver(writing_as.letter(letter))
    except TransportError as error:
        return judge(letter, error, now=moment(), jitter=jitter), str(error)
    except Refusal as error:
        # A header or an address that cannot be written stops this letter, not the outbox.
        return give_up(letter, str(error), now=moment()), ""
    return judge(letter, outcome, now=moment(), jitter=jitter), ""
