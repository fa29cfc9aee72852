"""The one place that asks what time it is; everything else takes `now` as a value."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return this moment, aware, in UTC."""
    return datetime.now(UTC)
