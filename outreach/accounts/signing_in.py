"""Stays of users: begun by signing in, ended by signing out, by time, or all at once (S13)."""

import hashlib
import secrets
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Select, bindparam, delete, select, update
from sqlalchemy.orm import Session, joinedload

from outreach.accounts.models import SignIn, User, browser_of

LONGEST = timedelta(hours=24)
"""However busy, a stay ends after this."""
LONGEST_STAYING = timedelta(days=14)
"""The same for who asked to stay signed in."""
IDLE = timedelta(hours=8)
"""A stay nobody used for so long is over, unless the user asked to stay signed in."""
KEPT = timedelta(days=30)
"""How long an ended stay can still be looked up."""


def begin(session: Session, user: User, *, stays: bool, agent: str, now: datetime) -> str:
    """Begin a stay and return its key, which only the browser keeps."""
    key = secrets.token_urlsafe(24)
    session.add(
        SignIn(
            user_id=user.id,
            key_hash=_hashed(key),
            agent=browser_of(agent),
            created_at=now,
            expires_at=now + (LONGEST_STAYING if stays else LONGEST),
        )
    )
    return key


def find_user(session: Session, uniquifier: str, key: str, *, now: datetime) -> User | None:
    """Return the user whose stay this is; None once it is over, or for a user kept out."""
    values = {"uniquifier": uniquifier, "key_hash": _hashed(key), "present": now}
    return session.scalars(_who_stays(), values).unique().one_or_none()


@cache
def _who_stays() -> Select[User]:
    """Return the question every page of staff's asks; building it took longer than its answer."""
    return (
        select(User)
        .join(SignIn, SignIn.user_id == User.id)
        .where(
            User.fs_uniquifier == bindparam("uniquifier"),
            User.active,
            SignIn.key_hash == bindparam("key_hash"),
            SignIn.ended_at.is_(None),
            SignIn.expires_at > bindparam("present"),
        )
        # Each page asks: one question instead of two.
        .options(joinedload(User.memberships))
    )


def stays_of(session: Session, user: User, *, now: datetime) -> Sequence[SignIn]:
    """Return the stays of a user that last, the newest first."""
    query = select(SignIn).where(
        SignIn.user_id == user.id, SignIn.ended_at.is_(None), SignIn.expires_at > now
    )
    return session.scalars(query.order_by(SignIn.created_at.desc(), SignIn.id.desc())).all()


def end(session: Session, key: str, *, now: datetime) -> None:
    """End one stay; a copy of its cookie opens nothing any more."""
    session.execute(
        update(SignIn)
        .where(SignIn.key_hash == _hashed(key), SignIn.ended_at.is_(None))
        .values(ended_at=now)
    )


def end_all(session: Session, user: User, *, now: datetime) -> None:
    """End every stay of a user, and every link to set a password that was mailed to them."""
    user.fs_uniquifier = uuid.uuid4().hex
    session.execute(
        update(SignIn)
        .where(SignIn.user_id == user.id, SignIn.ended_at.is_(None))
        .values(ended_at=now)
    )


def forget_old(session: Session, *, now: datetime) -> None:
    """Delete stays that ended long ago."""
    session.execute(delete(SignIn).where(SignIn.expires_at < now - KEPT))


def _hashed(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
