"""Where a mailing stands, as `outreach mailing status` prints it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from outreach.mail.forecast import duration_words


def lines(status: dict[str, Any], *, with_domains: bool = False) -> Iterator[str]:
    """Give the lines of a status (dashboards.status); the domains only where asked for."""
    reason = f": {status['reason']}" if status["reason"] else ""
    yield f"{status['title']} ({status['id']}) is {_words(status['state'])}{reason}"
    if status["next_try_at"]:
        yield f"{'next try':<12}by itself on {short(status['next_try_at'])}"
    elif status["state"] == "paused":
        yield f"{'next try':<12}by hand: outreach mailing resume {status['id']}"
    if status["due_at"]:
        yield f"due         {status['due_local']} ({status['due_zone']})"
    for name in ("deliveries", "withheld"):
        yield _counts(name, status[name])
    under_way = status["under_way"]
    if under_way:
        yield from _under_way(status, under_way)
        if with_domains:
            yield from _domains(under_way["domains"])
    yield _counts("counted", status["counted"])
    raw = (f"{kind} {found['all']}" for kind, found in (status["raw"] or {}).items())
    yield f"{'requests':<12}{', '.join(raw) or 'nothing yet'}"


def _counts(name: str, counts: dict[str, int | None] | None) -> str:
    words = (f"{count} {_words(word)}" for word, count in (counts or {}).items() if count)
    return f"{name:<12}{', '.join(words) or ('none' if counts else 'nothing yet')}"


def _under_way(status: dict[str, Any], found: dict[str, Any]) -> Iterator[str]:
    if status["in_doubt"]:
        yield f"{'doubtful':<12}{status['in_doubt']} may have arrived twice"
    if status["waiting"]:
        left = found["minutes_left"]
        goes_on = status["state"] == "sending" and not status["next_try_at"]
        ends = f", about {duration_words(timedelta(minutes=left))} left" if left and goes_on else ""
        yield f"{'rate':<12}{found['per_minute']} in the last minute{ends}"
        if ends and found["slowed_by"]:
            yield f"{'slowed by':<12}{found['slowed_by']}"
    if found["tried_later"]:
        first, last = short(found["tries_from"]), short(found["tries_until"])
        when = f"on {first}" if first == last else f"the first on {first}, the last on {last}"
        yield f"{'later':<12}{found['tried_later']} tried again, {when}"
    for one in found["held_back"]:
        yield f"{'held back':<12}{one['domain']} until {short(one['until'])}: {one['said']}"
    for one in found["replies"]:
        where = ", ".join(f"{name or 'erased'} {n}" for name, n in one["domains"].items())
        yield f"{'reply':<12}{one['letters']} {_words(one['state'])}: {one['said']} ({where})"


def _domains(rows: list[dict[str, Any]]) -> Iterator[str]:
    for one in rows:
        counts = (f"{one[name]} {_words(name)}" for name in _OF_DOMAIN if one[name])
        of = f"{one['letters']} letter{'s' if one['letters'] != 1 else ''}"
        yield f"{'domain':<12}{one['domain'] or 'erased people'}: {', '.join([of, *counts])}"


_OF_DOMAIN = ("sent", "waiting", "refused", "came_back")


def short(moment: str) -> str:
    """Return an ISO moment of UTC to the minute, as people read it."""
    return f"{moment[:16].replace('T', ' ')} UTC"


def _words(name: str) -> str:
    return name.replace("_", " ")
