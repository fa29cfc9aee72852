"""The editions of the rules, the newest first, and what each did to requests it found stored."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.errors import NotFound
from outreach.tracking.models import LabelRules
from outreach.tracking.rules import DEFAULT, FIRST_VERSION, Rules, rules_of

MOST_EDITIONS = 20


class Fate(StrEnum):
    """What an edition did to past requests."""

    UNDER_WAY = "under way"
    DONE = "done"
    CUT_SHORT = "cut short"
    """The next edition came before all were judged."""
    LEFT = "left"
    UNKNOWN = "unknown"
    """Put in force when that was not written down yet."""


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition as it is listed; the built-in one came into force at no moment and by nobody."""

    version: int
    is_in_force: bool
    fate: Fate | None = None
    rerun_at: datetime | None = None
    """When the last past request was judged anew."""
    created_at: datetime | None = None
    created_by: str = ""


def editions(session: Session) -> list[Edition]:
    """Return the newest editions, the built-in rules last."""
    stored = session.scalars(
        select(LabelRules).order_by(LabelRules.version.desc()).limit(MOST_EDITIONS)
    ).all()
    listed = [
        Edition(
            row.version,
            is_in_force=row is stored[0],
            fate=fate_of(row, is_in_force=row is stored[0]),
            rerun_at=row.rerun_at,
            created_at=row.created_at,
            created_by=row.created_by,
        )
        for row in stored
    ]
    return [*listed, Edition(FIRST_VERSION, is_in_force=not stored)]


def fate_of(edition: LabelRules, *, is_in_force: bool) -> Fate:
    """Return what an edition did, or is doing, to past requests."""
    if edition.rerun_mailing_id is not None:
        return Fate.UNDER_WAY if is_in_force else Fate.CUT_SHORT
    if edition.rerun_at is not None:
        return Fate.DONE
    return Fate.UNKNOWN if edition.is_rerun is None else Fate.LEFT


def rules_of_edition(session: Session, version: int) -> Rules:
    """Return the rules of an edition; raises NotFound for one that never was."""
    if version == FIRST_VERSION:
        return DEFAULT
    stored = session.get(LabelRules, version)
    if stored is None:
        raise NotFound("There is no such edition of the rules.")
    return rules_of(version, stored.values)
