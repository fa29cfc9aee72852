"""The circuit breaker: when sending must stop, and what is said of it."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from outreach.delivery.judging import Result
from outreach.delivery.models import DeliveryState
from outreach.mail.replies import BounceClass

WINDOW = 100
MOST_BLOCKED = 30
"""Of so many letters in a row; ten in a hundred unwanted letters are an ordinary day."""
MOST_REFUSED = 60
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


BLOCKED = Trouble(
    f"More than {MOST_BLOCKED} of the last {WINDOW} letters were refused as unwanted. {_RESUME}"
    "resume. Nobody was put on the do-not-mail list for it.",
    is_lasting=True,
)
REFUSED = Trouble(
    f"More than {MOST_REFUSED} of the last {WINDOW} letters were refused. {_RESUME}"
    "resume; if the addresses are old, clean the list first.",
    is_lasting=True,
)
UNEXPECTED = Trouble(
    "Sending failed unexpectedly. The worker's log says why; resume to try again.", is_lasting=True
)


def disk_trouble(error: OSError) -> Trouble:
    """Return what is said of a disk that takes no more."""
    return Trouble(
        f"The worker's disk has no room or fails ({error.strerror}). Make room, then resume.",
        is_lasting=True,
    )


def warm_up_trouble(domain: str, until: datetime) -> Trouble:
    """Return what is said when a warm-up plan's number of a day has left."""
    return Trouble(
        f"Today's number of letters from {domain} has left, as its warm-up plan says. It goes on "
        f"by itself at {until:%H:%M} UTC, or once the plan is stopped in Settings → Sending.",
        is_lasting=False,
        until=until,
    )


class Breaker:
    """Watches the last letters that were offered to the server."""

    def __init__(self) -> None:
        self._blocked: deque[bool] = deque(maxlen=WINDOW)
        self._refused: deque[bool] = deque(maxlen=WINDOW)

    def trips_on(self, results: Iterable[Result]) -> Trouble | None:
        """Take in what became of letters; return the trouble when too many were refused."""
        attempts = [result for result in results if result.is_attempt][-WINDOW:]
        self._blocked.extend(one.bounce_class is BounceClass.BLOCKED for one in attempts)
        self._refused.extend(result.state is DeliveryState.REFUSED for result in attempts)
        if sum(self._blocked) > MOST_BLOCKED:
            return BLOCKED
        return REFUSED if sum(self._refused) > MOST_REFUSED else None
