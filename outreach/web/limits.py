"""How often one client may ask for the same thing; counted in our database, so for all processes.

No address of a client is stored: a counter's key is a keyed hash that is another one each day.
"""

import hmac
import time
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

from flask import Flask, request
from flask_limiter import Limiter
from limits import RateLimitItem
from limits.storage import Storage
from sqlalchemy import Engine, String, case, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from outreach.core import clock
from outreach.core.db import Base, db, transaction
from outreach.core.errors import Refusal
from outreach.core.keys import KeyPurpose
from outreach.core.state import state


class RateCount(Base):
    """How often something was asked for since a window of time began."""

    __tablename__ = "rate_count"

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    count: Mapped[int]
    ends_at: Mapped[datetime] = mapped_column(index=True)


class DatabaseStorage(Storage):
    """Where the `limits` library keeps its counters: a row each, in a transaction of its own.

    So it must be asked before a view opens its transaction: SQLite has one writer.
    """

    STORAGE_SCHEME = ["outreach"]

    @property
    def base_exceptions(self) -> type[Exception]:
        """What may go wrong underneath."""
        return SQLAlchemyError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count `amount` more and return how many there are in the window."""
        now = clock.now()
        ends_at = now + timedelta(seconds=expiry)
        is_over = RateCount.ends_at <= now
        insert = _insert_for(db.engine)(RateCount)
        counted = insert.values(key=key, count=amount, ends_at=ends_at).on_conflict_do_update(
            index_elements=[RateCount.key],
            set_={
                "count": case((is_over, amount), else_=RateCount.count + amount),
                "ends_at": case((is_over, ends_at), else_=RateCount.ends_at),
            },
        )
        with transaction(db.engine) as connection:
            return int(connection.execute(counted.returning(RateCount.count)).scalar_one())

    def get(self, key: str) -> int:
        """Return how many there are in the window."""
        query = select(RateCount.count).where(RateCount.key == key, RateCount.ends_at > clock.now())
        with db.engine.connect() as connection:
            return connection.scalar(query) or 0

    def get_expiry(self, key: str) -> float:
        """Return when the window ends, in seconds since 1970."""
        with db.engine.connect() as connection:
            ends_at = connection.scalar(select(RateCount.ends_at).where(RateCount.key == key))
        return ends_at.timestamp() if ends_at else time.time()

    def check(self) -> bool:
        """Say whether the database answers."""
        with db.engine.connect() as connection:
            return connection.scalar(select(1)) == 1

    def reset(self) -> int | None:
        """Forget all counters."""
        with transaction(db.engine) as connection:
            return connection.execute(delete(RateCount)).rowcount

    def clear(self, key: str) -> None:
        """Forget a counter."""
        with transaction(db.engine) as connection:
            connection.execute(delete(RateCount).where(RateCount.key == key))


class TooMany(Refusal):
    """Asked for too often; `seconds` is how long to wait."""

    status = 429

    def __init__(self, message: str, remedy: str, *, seconds: int) -> None:
        super().__init__(message, remedy)
        self.seconds = seconds


def client_key(*more: str) -> str:
    """Return today's key of whoever makes this request, told apart further by `more`."""
    return hashed(_client(request.remote_addr or ""), *more)


def hashed(*parts: str) -> str:
    """Return a keyed hash of some words that nobody can turn back and no other day repeats."""
    secret = state().ring.derive(KeyPurpose.SESSION, "limits")
    text = "\0".join((clock.now().date().isoformat(), *parts))
    return hmac.new(secret.encode(), text.encode("utf-8", "replace"), "sha256").hexdigest()[:32]


def _client(address: str) -> str:
    """Return what counts as one client: an IPv4 address, or the network an IPv6 one is from."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    # A household or a rented machine has 2^64 addresses of IPv6.
    return str(int(found) >> 64) if isinstance(found, IPv6Address) else address


limiter = Limiter(
    client_key, storage_uri="outreach://", strategy="fixed-window", headers_enabled=True
)


def hold_back(rule: RateLimitItem, *whose: str, message: str, remedy: str) -> None:
    """Count one more try of somebody; raises TooMany when the rule allows no more.

    `whose` are hashed words. In the remedy, `{minutes}` says how long to wait.
    """
    if limiter.limiter.hit(rule, *whose):
        return
    ends_at = limiter.limiter.get_window_stats(rule, *whose).reset_time
    seconds = max(1, int(ends_at - clock.now().timestamp()) + 1)
    raise TooMany(message, remedy.format(minutes=-(-seconds // 60)), seconds=seconds)


def forget_old_counts(app: Flask) -> None:
    """Drop counters whose window is over."""
    with app.app_context(), transaction(db.engine) as connection:
        connection.execute(delete(RateCount).where(RateCount.ends_at < clock.now()))


def init_limits(app: Flask) -> None:
    """Let routes of `app` be limited."""
    limiter.init_app(app)


def _insert_for(engine: Engine):  # type: ignore[no-untyped-def]  # two functions without a common type
    return postgresql.insert if engine.dialect.name == "postgresql" else sqlite.insert
