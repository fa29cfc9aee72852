"""What an answer of the mail server means for a delivery: decided by pure functions of values."""

import random
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from outreach.delivery.holds import reply_of
from outreach.delivery.models import DeliveryState
from outreach.mail.replies import BounceClass, Outcome, OutcomeKind, says_unwanted
from outreach.stakeholders.models import WithheldReason

STEPS = (60, 300, 900, 1800, 3600, 7200, 14_400, 21_600)
"""Seconds until the next try, by the number of tries made; the last one repeats."""
FULL_SECONDS, TOO_FAST_SECONDS = 3_600, 900
"""A full mailbox is not emptied in a minute; whoever finds us too fast is left alone longer."""
_FULL = re.compile(r"mailbox (?:is )?full|over ?quota|quota exceeded", re.IGNORECASE)
_TOO_FAST = re.compile(
    r"rate.?limit|too (?:many|fast)|throttl|unusual rate|slow down|exceeded the .{0,20}rate",
    re.IGNORECASE,
)
GIVE_UP = timedelta(days=3)
"""A letter refused for now is tried for so long, counted from the mailing's beginning."""


@dataclass(frozen=True, slots=True)
class Retries:
    """How retries are spaced; tests shrink the steps by `scale`."""

    scale: float = 1.0
    give_up: timedelta = GIVE_UP


class Result(NamedTuple):
    """What became of one try, ready to be written; a tuple, because every letter makes one."""

    number: int
    state: DeliveryState
    code: int | None = None
    reply: str = ""
    next_try_at: datetime | None = None
    is_doubted: bool = False
    is_attempt: bool = True
    bounce_class: BounceClass | None = None
    """What a refusal for good says of the address."""
    reason: WithheldReason | None = None
    """Why it is withheld, where it is."""


def stopped(number: int, reason: WithheldReason = WithheldReason.STOPPED) -> Result:
    """Return the result of a letter that is withheld, mostly because the person has left."""
    return Result(number, DeliveryState.WITHHELD, is_attempt=False, reason=reason)


def held_back(number: int, domain: str, until: datetime) -> Result:
    """Return the result of a letter that was not offered, since its domain refuses our letters."""
    said = reply_of(domain)
    return Result(number, DeliveryState.DEFERRED, None, said, until, is_attempt=False)


def next_try(attempts: int, now: datetime, retries: Retries, *, least: int = 0) -> datetime:
    """Return when to try again after `attempts` tries: growing steps with up to 20 % jitter.

    No step is shorter than `least` seconds.
    """
    step = max(STEPS[min(max(attempts, 1), len(STEPS)) - 1], least) * retries.scale
    return now + timedelta(seconds=step * random.uniform(1.0, 1.2))  # noqa: S311 - spreads load


def least_wait(outcome: Outcome) -> int:
    """Return for how many seconds a refusal for now is left alone at least, by what it says.

    Greylisting passes within minutes, and has no status of its own: it gets the shortest steps.
    """
    if outcome.enhanced == "4.2.2" or _FULL.search(outcome.text):
        return FULL_SECONDS
    if outcome.enhanced == "4.7.28" or _TOO_FAST.search(outcome.text):
        return TOO_FAST_SECONDS
    return 0


def is_unwanted_for_now(said: str) -> bool:
    """Whether a refusal for now means us: it says so, or that we are too fast."""
    return says_unwanted(said) or bool(_TOO_FAST.search(said))


def judge(
    number: int,
    outcome: Outcome,
    *,
    attempts: int,
    begun_at: datetime,
    now: datetime,
    retries: Retries,
) -> Result:
    """Say what the server's answer to try number `attempts` makes of a delivery."""
    if outcome.kind is OutcomeKind.ACCEPTED:
        return accepted(number, outcome)
    said = _said(outcome)
    if outcome.kind is OutcomeKind.DEFERRED and now - begun_at < retries.give_up:
        again = next_try(attempts, now, retries, least=least_wait(outcome))
        return Result(number, DeliveryState.DEFERRED, _code(outcome), said, again)
    return Result(
        number,
        DeliveryState.REFUSED,
        _code(outcome),
        said,
        bounce_class=outcome.bounce_class,
    )


def accepted(number: int, outcome: Outcome) -> Result:
    """Return the result of a letter the server took."""
    _, code, enhanced, text, _ = outcome
    return Result(number, DeliveryState.ACCEPTED, code, f"{enhanced} {text}".strip()[:300])


def _code(outcome: Outcome) -> int | None:
    """Return the code people are shown; what is no SMTP reply has none."""
    return outcome.code if outcome.code > 0 else None


def _said(outcome: Outcome) -> str:
    said = f"{outcome.enhanced} {outcome.text}".strip()[:250]
    return said if outcome.code > 0 else f"This is no SMTP reply: “{said}”"


def judge_loss(
    number: int,
    *,
    in_doubt: bool,
    was_doubted: bool,
    attempts: int,
    begun_at: datetime,
    now: datetime,
    retries: Retries,
) -> Result:
    """Say what a lost connection makes of the letter in hand.

    Before its last dot nothing can have arrived: it is tried again. After it the answer is
    unknowable: it is sent once more with the same Message-ID, and a second doubt is left for a
    person, so that nobody gets more than two copies.
    """
    if in_doubt and was_doubted:
        return Result(number, DeliveryState.IN_DOUBT, reply="No answer, twice", is_doubted=True)
    if not in_doubt and now - begun_at >= retries.give_up:
        return Result(number, DeliveryState.REFUSED, reply="The connection was lost every time")
    again = next_try(attempts, now, retries)
    said = "The answer was lost" if in_doubt else "The connection was lost"
    return Result(
        number, DeliveryState.DEFERRED, reply=said, next_try_at=again, is_doubted=in_doubt
    )
