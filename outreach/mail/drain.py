"""Empties the outbox: one letter at a time, and no transaction open while the server answers."""

import random
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from outreach.core import clock
from outreach.core.db import transaction
from outreach.core.errors import Refusal
from outreach.mail.dkim import DkimSigner
from outreach.mail.letter import Address
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
from outreach.mail.server import SmtpSettings, TransportError
from outreach.mail.transport import SmtpConnection, connection

_LOST_TWICE = (
    "The server's word was missing twice after the whole letter was written: it may have arrived "
    "once or twice, and is not sent again."
)


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
    settings: SmtpSettings,
    *,
    sender: Address,
    limit: int = 500,
    dkim: DkimSigner | None = None,
    moment: Callable[[], datetime] = clock.now,
) -> DrainReport:
    """Send what is due, at most `limit` letters; `sender` writes those that name none.

    Letters are taken one by one: of a drain that is killed, one letter is in doubt, and it is sent
    again after ten minutes with the same Message-ID. When the server is away, the letter in hand
    waits and the others are left for the next drain.
    """
    counts, problem = Counter[OutboxState](), ""
    with closing(connection(settings)) as server:
        while counts.total() < limit and not problem:
            letter = _claim(engine, moment())
            if letter is None:
                break
            settlement, problem = _attempt(server, letter, sender, dkim, moment)
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


def _claim(engine: Engine, now: datetime) -> DueLetter | None:
    with transaction(engine) as writing:
        return next(iter(claim_due(writing, now=now, limit=1)), None)


def _attempt(
    server: SmtpConnection,
    letter: DueLetter,
    sender: Address,
    dkim: DkimSigner | None,
    moment: Callable[[], datetime],
) -> tuple[Settlement, str]:
    """Offer the letter; return what to write down and, when the server is away, why."""
    if letter.doubts >= MOST_DOUBTS:
        return give_up(letter, _LOST_TWICE, now=moment()), ""
    jitter = random.random()  # noqa: S311 - spreads retries, protects nothing
    try:
        written = rendered(letter, default_sender=sender)
        outcome = server.deliver(dkim.signed(written) if dkim else written)
    except TransportError as error:
        return judge(letter, error, now=moment(), jitter=jitter), str(error)
    except Refusal as error:
        # A header or an address that cannot be written stops this letter, not the outbox.
        return give_up(letter, str(error), now=moment()), ""
    return judge(letter, outcome, now=moment(), jitter=jitter), ""
