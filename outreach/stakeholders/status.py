"""Where a person stands over all lists, as the list of people shows and filters it.

Told twice, side by side: as one word per person (`status`) and as one condition per word
(`has_status`), which the databases can answer by index. A test compares the two.
"""

from enum import StrEnum

from sqlalchemy import (
    ColumnElement,
    String,
    Subquery,
    and_,
    case,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
)

from outreach.projects.models import List
from outreach.stakeholders.eligibility import is_among_suppressed, is_suppressed
from outreach.stakeholders.models import (
    Basis,
    Consent,
    ConsentState,
    Purpose,
    Stakeholder,
)


class Status(StrEnum):
    """What the list of people says of each."""

    GETS = "gets"
    WAITING = "waiting"
    INVITED = "invited"
    """Gets no mailings, but may be invited to events."""
    NONE = "none"
    LEFT = "left"
    BLOCKED = "blocked"

    @property
    def label(self) -> str:
        """The status as the screen writes it."""
        return _LABELS[self]

    @property
    def tone(self) -> str:
        """The colour of its pill."""
        return _TONES[self]


_LABELS = {
    Status.GETS: "Gets letters",
    Status.WAITING: "Waiting for confirmation",
    Status.INVITED: "Invitations only",
    Status.NONE: "No consent",
    Status.LEFT: "Left",
    Status.BLOCKED: "Do not mail",
}
_TONES = {
    Status.GETS: "good",
    Status.WAITING: "info",
    Status.INVITED: "info",
    Status.NONE: "caution",
    Status.LEFT: "quiet",
    Status.BLOCKED: "bad",
}
_RANKED = (Status.NONE, Status.LEFT, Status.INVITED, Status.WAITING, Status.GETS)
"""Over several lists the highest counts."""
_GETS = and_(Consent.state == ConsentState.ACTIVE, Consent.basis != Basis.UNKNOWN)
_NEWSLETTER = Consent.purpose == Purpose.NEWSLETTER
_INVITATION = Consent.purpose == Purpose.EVENT_INVITATION
_TOLD = Consent.purpose.in_((Purpose.NEWSLETTER, Purpose.EVENT_INVITATION))
_rank = case(
    (_INVITATION, case((_GETS, 2), else_=0)),
    (_GETS, 4),
    (Consent.state == ConsentState.PENDING, 3),
    (Consent.state == ConsentState.WITHDRAWN, 1),
    else_=0,
)


def status(person: type[Stakeholder] = Stakeholder) -> ColumnElement[str]:
    """Return the one word for `person`: a value of `Status`."""
    highest = (
        select(func.max(_rank))
        .where(Consent.stakeholder_id == person.id, _TOLD)
        .correlate(person)
        .scalar_subquery()
    )
    return _as_word(is_suppressed(person), highest)


def highest_ranks() -> Subquery:
    """Return (id, rank) of everybody in the ledger, for `status_by_rank`: one pass for all."""
    return (
        select(Consent.stakeholder_id.label("id"), func.max(_rank).label("rank"))
        .where(_TOLD)
        .group_by(Consent.stakeholder_id)
        .subquery()
    )


def status_by_rank(rank: ColumnElement[int]) -> ColumnElement[str]:
    """Return the one word for `Stakeholder`, whose highest rank is known already."""
    return _as_word(is_suppressed(), rank)


def has_status(wanted: Status) -> ColumnElement[bool]:
    """Say whether `Stakeholder` has this status."""
    if wanted is Status.BLOCKED:
        return is_among_suppressed()
    return and_(_CONDITIONS[wanted], not_(is_among_suppressed()))


def _any(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists(
        select(Consent.list_id)
        .where(Consent.stakeholder_id == Stakeholder.id, *conditions)
        .correlate(Stakeholder)
    )


def _among(state: ConsentState, purpose: ColumnElement[bool] = _NEWSLETTER) -> ColumnElement[bool]:
    """The people with a consent that is rare, found by the index over list, purpose and state."""
    return Stakeholder.id.in_(
        select(Consent.stakeholder_id).where(
            Consent.list_id.in_(select(List.id)), purpose, Consent.state == state
        )
    )


_IS_PENDING = Consent.state == ConsentState.PENDING
_CONDITIONS: dict[Status, ColumnElement[bool]] = {
    Status.GETS: _any(_NEWSLETTER, _GETS),
    Status.WAITING: and_(_among(ConsentState.PENDING), not_(_any(_NEWSLETTER, _GETS))),
    Status.INVITED: and_(
        _among(ConsentState.ACTIVE, _INVITATION),
        _any(_INVITATION, _GETS),
        not_(_any(_NEWSLETTER, or_(_GETS, _IS_PENDING))),
    ),
    Status.LEFT: and_(
        _among(ConsentState.WITHDRAWN),
        not_(_any(or_(and_(_TOLD, _GETS), and_(_NEWSLETTER, _IS_PENDING)))),
    ),
    # One look at each person's lines: anything but a consent whose basis is unknown is a status.
    Status.NONE: not_(
        _any(
            or_(
                and_(_INVITATION, _GETS),
                and_(_NEWSLETTER, not_(and_(Consent.state == ConsentState.ACTIVE, not_(_GETS)))),
            )
        )
    ),
}


def _as_word(suppressed: ColumnElement[bool], rank: ColumnElement[int]) -> ColumnElement[str]:
    none = literal(Status.NONE.value, String)
    ranked = {number: literal(word.value, String) for number, word in enumerate(_RANKED)}
    # The short form of CASE: `rank` is a look at the ledger, and is taken once.
    return case(
        (suppressed, literal(Status.BLOCKED.value, String)),
        else_=case(ranked, value=rank, else_=none),
    )
