"""Token groups as counting sees them, and where a letter counts that may no longer be followed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from outreach.delivery.models import Dispatch, TokenGroup

NOT_TOLD_APART = 0
"""The group of hits that count in their mailing's total alone."""
DIMENSIONS = ("role_id", "tier", "country", "language", "variant", "arm")


@dataclass(frozen=True)
class Group:
    """A token group: its letters share these values; a folded dimension holds several."""

    no: int
    values: Mapping[str, Any]
    folded: frozenset[str]
    size: int
    is_personal: bool
    is_measured: bool

    def may_hold(self, other: "Group") -> bool:
        """Say whether a letter of `other` would be at home here, by all that is told apart."""
        return all(
            name in self.folded or self.values[name] == other.values[name] for name in DIMENSIONS
        )

    def likeness_of(self, other: "Group") -> tuple[bool, int, int]:
        """Return how much `other` has in common with it, role first; then the smaller number."""
        alike = [self.values[name] == other.values[name] for name in DIMENSIONS]
        return alike[0], sum(alike), -other.no


@dataclass(frozen=True)
class Groups:
    """All groups of one mailing, and k, the least number of letters an unfollowed group has."""

    by_no: Mapping[int, Group]
    threshold: int

    def without_following(self, own_no: int) -> int:
        """Return the group in which a letter counts whose person withdrew.

        Counted in its own group it would stand out: everybody else there is followed, so that a
        hit without a delivery could only be that person's. It joins the group of people who never
        agreed that fits it best; without one its own if that holds at least k letters, else none.
        """
        own = self.by_no.get(own_no)
        if own is None:
            return NOT_TOLD_APART
        if not own.is_personal:
            return own.no
        others = [g for g in self.by_no.values() if not g.is_personal and g.is_measured]
        fitting = [group for group in others if group.may_hold(own)]
        if fitting:
            return max(fitting, key=own.likeness_of).no
        return own.no if not others and own.size >= self.threshold else NOT_TOLD_APART


def load_groups(connection: Connection, mailing_ids: Iterable[int]) -> dict[int, Groups]:
    """Return the groups of mailings; one that was never sent has none."""
    wanted = sorted(set(mailing_ids))
    thresholds = connection.execute(
        select(Dispatch.mailing_id, Dispatch.threshold).where(Dispatch.mailing_id.in_(wanted))
    )
    found: dict[int, dict[int, Group]] = {}
    table = TokenGroup.__table__
    for row in connection.execute(select(table).where(TokenGroup.mailing_id.in_(wanted))):
        group = Group(
            no=row.no,
            values={name: getattr(row, name) for name in DIMENSIONS},
            folded=frozenset(_dimension(name) for name in row.folded),
            size=row.size,
            is_personal=row.is_personal,
            is_measured=row.is_measured,
        )
        found.setdefault(row.mailing_id, {})[group.no] = group
    return {key: Groups(found.get(key, {}), threshold) for key, threshold in thresholds}


def _dimension(name: str) -> str:
    """The column of a folded dimension, by whichever of its names it is called."""
    return "role_id" if name == "role" else name
