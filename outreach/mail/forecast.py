"""When a mailing is through: the pace, quiet hours and a warm-up plan followed into the future."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from outreach.mail.pace import Pace, QuietHours, rate_words

MOST_STEPS = 5_000
FREE = 1_000.0
"""Letters a second assumed of a server on this machine; it takes more."""


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be sent."""

    letters: int
    by_domain: Mapping[str, int]
    """Of them, to recipients at domains that have a pace of their own."""
    left_by_day: Mapping[date, int] | None = None
    """What a warm-up plan lets leave on its days; None without a plan."""


def ends_at(work: Work, pace: Pace, start: datetime) -> datetime | None:
    """Return when the last letter has left, if none has to wait for an answer; None: beyond years.

    Overall and every slow domain go on side by side; the slowest of them decides.
    """
    ends = [_end(work.letters, pace.per_second or FREE, pace.quiet, work.left_by_day, start)]
    ends += [
        _end(letters, pace.per_domain[domain], pace.quiet, None, start)
        for domain, letters in work.by_domain.items()
        if letters
    ]
    known = [end for end in ends if end is not None]
    return max(known) if len(known) == len(ends) else None


def told(work: Work, pace: Pace, start: datetime) -> str:
    """Say to a person how long it takes from `start`, and what decides that."""
    end = ends_at(work, pace, start)
    if end is None:
        return "years: look at the pace"
    takes, why = duration_words(end - start), what_slows(work, pace, start, end)
    if why:
        return f"about {takes}: {why}"
    if pace.per_second is None:
        return takes if pace.quiet else "moments; the mail server is on this machine"
    return f"about {takes}: {rate_words(pace.per_second)} ({pace.why})"


def what_slows(work: Work, pace: Pace, start: datetime, end: datetime) -> str:
    """Say what else than the pace of all letters decides that it takes until `end`; "" if nothing.

    Quiet hours are said apart, wherever a pace is told.
    """
    if slow := _slowest(work, pace, start, end):
        return f"{rate_words(pace.per_domain[slow])} to {slow}"
    if work.left_by_day and end.date() > start.astimezone(UTC).date():
        days = [f"{ceiling:,}" for ceiling in work.left_by_day.values()][:4]
        return f"the warm-up plan lets {', '.join(days)}, … letters leave on the coming days"
    return ""


def _slowest(work: Work, pace: Pace, start: datetime, end: datetime) -> str:
    """Return the domain whose own pace decides when it is through; empty when none does."""
    for domain in work.by_domain:
        rest = {name: count for name, count in work.by_domain.items() if name != domain}
        without = ends_at(replace(work, by_domain=rest), pace, start)
        if without is not None and without < end:
            return domain
    return ""


def duration_words(takes: timedelta) -> str:
    """Say how long something takes as people would: "12 minutes", "3 hours", "2 days"."""
    minutes = round(takes.total_seconds() / 60)
    if minutes < 1:
        return "a minute"
    if minutes < 90:
        return "1 minute" if minutes == 1 else f"{minutes} minutes"
    hours = round(minutes / 60)
    return f"{hours} hours" if hours < 48 else f"{round(hours / 24)} days"


def _end(
    letters: int,
    rate: float,
    quiet: QuietHours | None,
    left_by_day: Mapping[date, int] | None,
    start: datetime,
) -> datetime | None:
    at, left = start.astimezone(UTC), float(letters)
    for _ in range(MOST_STEPS):
        if left <= 0:
            return at
        if quiet and (until := quiet.until(at)):
            at = until.astimezone(UTC)
            continue
        ceiling = left_by_day.get(at.date()) if left_by_day else None
        midnight = datetime.combine(at.date() + timedelta(days=1), time(), tzinfo=UTC)
        stretch = (_next_stop(at, midnight, quiet) - at).total_seconds()
        can_leave = min(left, rate * stretch, float("inf") if ceiling is None else ceiling)
        left -= can_leave
        if ceiling is not None and left_by_day is not None:
            left_by_day = {**left_by_day, at.date(): ceiling - int(can_leave)}
        is_spent = ceiling is not None and can_leave >= ceiling
        if left <= 0:
            return at + timedelta(seconds=can_leave / rate)
        at = midnight if is_spent else _next_stop(at, midnight, quiet)
    return None


def _next_stop(at: datetime, midnight: datetime, quiet: QuietHours | None) -> datetime:
    """Return when letters stop leaving next, or when another day's number begins to hold."""
    return min(quiet.next_beginning(at), midnight) if quiet else midnight
