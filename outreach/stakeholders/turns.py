"""Letting two requests about one address wait for each other, or both would count zero."""

import hashlib

from sqlalchemy import func, select
from sqlalchemy.orm import Session


def one_at_a_time(session: Session, address: str) -> None:
    """Hold everybody else who asks about an address (or its fingerprint) until we have ended.

    On SQLite a writing transaction is alone anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        digest = hashlib.sha256(address.encode()).digest()
        key = int.from_bytes(digest[:8], "big", signed=True)
        session.execute(select(func.pg_advisory_xact_lock(key)))
