"""What a segment says, as a document: groups of conditions, and who is left out."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

MOST_GROUPS = 8
MOST_CONDITIONS = 20
MOST_VALUES = 300
Match = Literal["all", "any"]


class Condition(BaseModel):
    """One condition; within it any of `values` will do."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str = Field(max_length=40)
    is_not: bool = False
    values: tuple[str, ...] = Field(default=(), max_length=MOST_VALUES)
    at: date | None = None
    """For roles: held at that day instead of now."""
    since: date | None = None
    until: date | None = None
    """For what people did: the period, both days included."""


class Group(BaseModel):
    """Conditions that must all match, or of which any must."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    match: Match = "all"
    conditions: tuple[Condition, ...] = Field(default=(), max_length=MOST_CONDITIONS)


class Rule(BaseModel):
    """Groups that must all match, or of which any must; whoever matches `leave_out` is not in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    match: Match = "all"
    groups: tuple[Group, ...] = Field(default=(), max_length=MOST_GROUPS)
    leave_out: Group = Group(match="any")

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for, which selects nobody: everybody is never a slip."""
        return not any(group.conditions for group in self.groups)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """All conditions, those of `leave_out` last."""
        groups = (*self.groups, self.leave_out)
        return tuple(condition for group in groups for condition in group.conditions)
