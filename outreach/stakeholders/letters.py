"""Whose letter a link came from: declared here, answered by the room that keeps deliveries."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.orm import Session

from outreach.core.errors import NotFound
from outreach.core.signing import Signer, TokenKind
from outreach.core.text import LocalText
from outreach.projects.models import List
from outreach.stakeholders.addresses import masked
from outreach.stakeholders.people import living

LOOKUP = "letter_lookup"
"""The name under which an application keeps its LetterLookup in `extensions`."""

LEFT = "outreach.stakeholders.left"
"""Stands in a request's environment when somebody left by a letter: whoever counts looks there."""
CAME_BACK = "outreach.stakeholders.came_back"
"""Likewise when they took that back on the page that confirmed it."""


@dataclass(frozen=True)
class LetterOwner:
    """The person a letter went to, and the list it belongs to."""

    stakeholder_id: int
    list_id: int
    mailing_title: str


class LetterLookup(Protocol):
    """Finds the owner of letter `number` of a mailing; None when it is nobody's any more."""

    def __call__(self, session: Session, mailing_id: int, number: int) -> LetterOwner | None: ...


LAST_LETTERS = "last_letters"
"""The name under which an application keeps its LastLetters in `extensions`."""


class LastLetters(Protocol):
    """Finds the last published letter of lists, for those who wonder whether to join."""

    def __call__(self, session: Session, list_ids: Iterable[int]) -> Mapping[int, str]:
        """Return {list id: path of its letter} for lists that have one."""
        ...


@dataclass(frozen=True)
class Bearer:
    """Somebody who came by a letter: its owner, or whoever it was forwarded to.

    So it holds nothing but what the letter itself says, and the address is masked.
    """

    stakeholder_id: int
    """The person it went to or, after a merge, the one who takes their place."""
    list_id: int
    list_name: LocalText
    mailing_id: int
    number: int
    address: str


class UnknownLetter(NotFound):
    """A link of no letter we know: forged, cut off, or its person was erased; all look alike."""


def bearer_of(
    session: Session, token: str, kind: TokenKind, *, signer: Signer, lookup: LetterLookup
) -> Bearer:
    """Return who came by this token of a letter; raises UnknownLetter for anything else."""
    genuine = signer.redeem(token, kind)
    owner = lookup(session, genuine.mailing_id, genuine.number) if genuine else None
    if genuine is None or owner is None:
        raise UnknownLetter
    try:
        person = living(session, owner.stakeholder_id)
    except NotFound as error:
        raise UnknownLetter from error
    return Bearer(
        stakeholder_id=person.id,
        list_id=owner.list_id,
        list_name=session.get_one(List, owner.list_id).name,
        mailing_id=genuine.mailing_id,
        number=genuine.number,
        address=masked(person.email),
    )
