"""How a kind of file was understood, remembered for the next one of the same columns."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.stakeholders.importing.mapping import Field
from outreach.stakeholders.models import ImportMemory
from outreach.stakeholders.roles import plain_word


def key_of(header: Sequence[str]) -> str:
    """Return what tells one kind of file from another: its columns' names, never their words."""
    return hashlib.sha256("\n".join(map(plain_word, header)).encode()).hexdigest()


def recall(session: Session, header: Sequence[str]) -> ImportMemory | None:
    """Return how such a file was understood last time, if we still know all of it."""
    found = session.scalars(
        select(ImportMemory).where(ImportMemory.header_key == key_of(header))
    ).one_or_none()
    known = {field.value for field in Field} | {""}
    if found and len(found.fields) == len(header) and known.issuperset(found.fields):
        return found
    return None


def remember(
    session: Session,
    header: Sequence[str],
    fields: Sequence[Field | None],
    words: Mapping[str, Mapping[str, str]],
    now: datetime,
) -> None:
    """Keep how a file was understood; the newest understanding counts."""
    key = key_of(header)
    found = session.scalars(select(ImportMemory).where(ImportMemory.header_key == key)).first()
    if found is None:
        session.add(found := ImportMemory(header_key=key))
    found.fields = [field.value if field else "" for field in fields]
    found.words = {name: dict(meanings) for name, meanings in words.items()}
    found.used_at = now
