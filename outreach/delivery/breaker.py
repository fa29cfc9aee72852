"""The circuit breaker: when sending must stop, and what is said of it."""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from outreach.delivery.judging import Result, is_unwanted_for_now
from outreach.delivery.models import DeliveryState
from outreach.mail.replies import BounceClass

WINDOW = 100
MOST_BLOCKED = 30
"""Of so many letters in a row; ten in a hundred unwanted letters are an ordinary day."""
MOST_REFUSED = 60
MOST_PUT_OFF = 30
"""Letters in a row that a server puts off as unwanted before all others wait as well; greylisting,
which passes for each letter by itself, is none of it."""
MOST_IN_A_ROW, MOST_ON_PROBATION = 10, 3
"""Refusals of one domain, without a letter taken between them, after which it is held back."""
_RESUME = "Look at the last replies below, mend the cause with whoever runs the mail server, then "


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why sending cannot go on; `is_lasting` means that a person has to look."""

    message: str
    is_lasting: bool
    is_servers: bool = False
    """Whether it is the mail server's own, so that another server may do."""
    until: datetime | None = None
    """When it is over by itself, where that is known."""
    may_pass: bool = False
    """Whether a lasting one may be over without a person, so that it is tried again by itself."""


BLOCKED = Trouble(
    f"More than {MOST_BLOCKED} of the last {WINDOW} letters were refused as unwanted. {_RESUME}"
    "resume. Nobody was put on the do-not-mail list for it.",
    is_lasting=True,
    may_pass=True,
)
REFUSED = Trouble(
    f"More than {MOST_REFUSED} of the last {WINDOW} letters were refused. {_RESUME}"
    "resume; if the addresses are old, clean the list first.",
    is_lasting=True,
    may_pass=True,
)
PUT_OFF = Trouble(
    f"The mail server put off the last {MOST_PUT_OFF} letters as unwanted for now; the last "
    "replies below say why.",
    is_lasting=False,
    is_servers=True,
)
UNEXPECTED = Trouble(
    "Sending failed unexpectedly. The worker's log says why; resume to try again.", is_lasting=True
)


def disk_trouble(error: OSError) -> Trouble:
    """Return what is said of a disk that takes no more."""
    return Trouble(
        f"The worker's disk has no room or fails ({error.strerror}). Make room, then resume.",
        is_lasting=True,
        may_pass=True,
    )


class _Try(NamedTuple):
    """What became of one of the last letters."""

    domain: str
    is_accepted: bool
    is_refused: bool
    is_blocked: bool
    is_put_off: bool


def domain_in(address: str) -> str:
    """Return the domain of a stored address."""
    return address.rpartition("@")[2].lower()


def warm_up_trouble(domain: str, until: datetime) -> Trouble:
    """Return what is said when a warm-up plan's number of a day has left."""
    return Trouble(
        f"Today's number of letters from {domain} has left, as its warm-up plan says. It goes on "
        f"by itself at {until:%H:%M} UTC, or once the plan is stopped in Settings → Sending.",
        is_lasting=False,
        until=until,
    )


@dataclass(slots=True)
class _Row:
    """Refusals of one domain without a letter taken between them."""

    count: int = 0
    said: str = ""


class Breaker:
    """Watches the last letters that were offered to the server.

    A single domain that refuses all its letters, while others take theirs, is no trouble of the
    mailing's: it is to be held back, and its refusals are forgotten.
    """

    def __init__(self, *, is_probe: bool = False) -> None:
        """A probe, after a pause, need not show at length that it is no better."""
        self._is_probe = is_probe
        self._last: deque[_Try] = deque(maxlen=WINDOW)
        self._rows: dict[str, _Row] = {}
        self.to_hold: dict[str, str] = {}
        """Domains found by the last call, and what they said."""

    def trips_on(
        self,
        results: Sequence[Result],
        address_of: Callable[[int], str],
        *,
        on_probation: Collection[str] = (),
    ) -> Trouble | None:
        """Take in what became of letters; return the trouble when too many were refused.

        `address_of` gives a letter's recipient; only of few letters is it asked. Domains on
        probation were held lately and need not show at length that they still refuse.
        """
        attempts = [result for result in results if result.is_attempt]
        self._last.extend(_try(one, address_of) for one in attempts[-WINDOW:])
        self._count_rows(attempts, address_of)
        self.to_hold = self._refusing(on_probation)
        for domain in self.to_hold:
            del self._rows[domain]
            kept = [one for one in self._last if one.domain != domain]
            self._last = deque(kept, maxlen=WINDOW)
        return self._trouble()

    def _trouble(self) -> Trouble | None:
        blocked = sum(one.is_blocked for one in self._last)
        refused = sum(one.is_refused for one in self._last)
        if self._is_probe and refused >= max(
            MOST_ON_PROBATION, sum(one.is_accepted for one in self._last) + 1
        ):
            return BLOCKED if blocked * 2 >= refused else REFUSED
        if blocked > MOST_BLOCKED:
            return BLOCKED
        if refused > MOST_REFUSED:
            return REFUSED
        run = list(self._last)[-MOST_PUT_OFF:]
        is_all = len(run) == MOST_PUT_OFF and all(one.is_put_off for one in run)
        return PUT_OFF if is_all else None

    def _refusing(self, on_probation: Collection[str]) -> dict[str, str]:
        return {
            domain: row.said
            for domain, row in self._rows.items()
            if row.count >= (MOST_ON_PROBATION if domain in on_probation else MOST_IN_A_ROW)
            and any(one.is_accepted for one in self._last if one.domain != domain)
        }

    def _count_rows(self, attempts: Iterable[Result], address_of: Callable[[int], str]) -> None:
        for one in attempts:
            if is_unwanted(one):
                row = self._rows.setdefault(domain_in(address_of(one.number)), _Row())
                row.count, row.said = row.count + 1, f"{one.code or ''} {one.reply}".strip()
            elif self._rows and one.state is DeliveryState.ACCEPTED:
                self._rows.pop(domain_in(address_of(one.number)), None)


def _try(result: Result, address_of: Callable[[int], str]) -> _Try:
    return _Try(
        domain_in(address_of(result.number)),
        result.state is DeliveryState.ACCEPTED,
        result.state is DeliveryState.REFUSED,
        result.bounce_class is BounceClass.BLOCKED,
        is_put_off(result),
    )


def is_put_off(result: Result) -> bool:
    """Whether a server does not want the letter for now, and says that it means us."""
    is_answer = result.state is DeliveryState.DEFERRED and result.code is not None
    return is_answer and is_unwanted_for_now(result.reply)


def is_unwanted(result: Result) -> bool:
    """Whether a refusal is the gateway's.

    That an address does not exist is the address's own, and so is the state of a mailbox: full,
    switched off (X.2.X, RFC 3463 §3.3).
    """
    is_refused = result.state is DeliveryState.REFUSED
    is_its_own = result.bounce_class is BounceClass.HARD or result.reply.startswith("5.2.")
    return is_refused and not is_its_own
