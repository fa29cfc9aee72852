"""Whether an audience is still the one that was confirmed: as many of them, and the same people.

Of a large audience a random part is kept (one person in `every`, by a keyed number the database
draws), so that an exchange of people is seen at a million as well.
"""

import struct
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import delete
from sqlalchemy.orm import Session

from outreach.mailings.headcount import Headcount
from outreach.mailings.models import ConfirmedAudience, Mailing

MOST_CHANGE = 0.1
"""The share by which an audience may grow, shrink or be exchanged between promise and moment."""


@dataclass(frozen=True, slots=True)
class Present:
    """Who would get a mailing now, as far as it is compared with whom it was confirmed for."""

    by_role: Mapping[int | None, int]
    """How many, by reporting role."""
    marks: Callable[[int], frozenset[int]]
    """Tells the marks of one person in so many; asked only where marks were kept."""

    @property
    def recipients(self) -> int:
        """How many there are."""
        return sum(self.by_role.values())


def confirm(session: Session, mailing: Mailing, counted: Headcount) -> None:
    """Keep who would get the mailing at the moment somebody confirms it."""
    mailing.confirmed_recipients = counted.audience.recipients
    mailing.confirmed_roles = {
        _key(line.role_id): line.recipients for line in counted.audience.by_role
    }
    marks = _packed(sorted(counted.marks))
    session.merge(ConfirmedAudience(mailing_id=mailing.id, every=counted.every, marks=marks))


def forget(session: Session, mailing: Mailing) -> None:
    """Keep nothing of whom it was confirmed for: the promise was taken back."""
    mailing.confirmed_recipients, mailing.confirmed_roles = None, {}
    forget_people(session, mailing)


def forget_people(session: Session, mailing: Mailing) -> None:
    """Keep no longer who they were, only how many: the mailing has begun, or never will."""
    session.execute(delete(ConfirmedAudience).where(ConfirmedAudience.mailing_id == mailing.id))


def how_changed(session: Session, mailing: Mailing, present: Present) -> str:
    """Say how the audience changed since it was confirmed; "" while it is much the same."""
    confirmed = mailing.confirmed_recipients
    if confirmed is None:
        return ""
    come, gone = _by_role(mailing, present)
    kept = session.get(ConfirmedAudience, mailing.id)
    if kept is not None:
        others, missing = _by_person(kept, present)
        come, gone = max(come, others), max(gone, missing)
    if max(come, gone) <= confirmed * MOST_CHANGE:
        return ""
    about = "about " if kept is not None and kept.every > 1 else ""
    told = ""
    if come and gone:
        told = f"; {about}{come:,} of them are new in their role, {about}{gone:,} are gone"
    return (
        f"When it was confirmed {confirmed:,} people would have got it; now it is "
        f"{present.recipients:,}{told}. See under Details & audience who they are. Resume it to "
        "send it as it is, or take it back."
    )


def _by_role(mailing: Mailing, present: Present) -> tuple[int, int]:
    """Return how many more and how many fewer there are, told role by role."""
    if not mailing.confirmed_roles:  # confirmed before roles were kept
        more = present.recipients - (mailing.confirmed_recipients or 0)
        return max(more, 0), max(-more, 0)
    change = Counter({_key(role_id): number for role_id, number in present.by_role.items()})
    change.subtract(mailing.confirmed_roles)
    come = sum(number for number in change.values() if number > 0)
    return come, come - change.total()


def _by_person(kept: ConfirmedAudience, present: Present) -> tuple[int, int]:
    """Return how many people have come and how many have gone, as far as they are kept."""
    before, marks = _unpacked(kept.marks), present.marks(kept.every)
    return len(marks - before) * kept.every, len(before - marks) * kept.every


def _packed(marks: list[int]) -> bytes:
    return struct.pack(f"<{len(marks)}I", *marks)


def _unpacked(marks: bytes) -> set[int]:
    return set(struct.unpack(f"<{len(marks) // 4}I", marks))


def _key(role_id: int | None) -> str:
    return "" if role_id is None else str(role_id)
