"""Whose letter a link came from: declared here, answered by the room that keeps deliveries."""

from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.orm import Session

LOOKUP = "letter_lookup"
"""The name under which an application keeps its LetterLookup in `extensions`."""


@dataclass(frozen=True)
class LetterOwner:
    """The person a letter went to, and the list it belongs to."""

    stakeholder_id: int
    list_id: int
    mailing_title: str


class LetterLookup(Protocol):
    """Finds the owner of letter `number` of a mailing; None when it is nobody's any more."""

    def __call__(self, session: Session, mailing_id: int, number: int) -> LetterOwner | None: ...
