"""Which conditions there are: those of this room, and what later rooms know people did.

A kind is told in words for the builder and in SQL for everything else, side by side.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    and_,
    exists,
    false,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session

from outreach.core.changes import ChangeSet
from outreach.core.contributions import Engagement, Period
from outreach.core.lookups import by_no_index
from outreach.core.text import LANGUAGES
from outreach.projects.models import List, Organisation, OrganisationKind
from outreach.stakeholders.eligibility import may_get
from outreach.stakeholders.filtering import (
    holders,
    holds_role,
    holds_role_by_marks,
    tagged,
    touched_by,
)
from outreach.stakeholders.forms import LEVELS
from outreach.stakeholders.models import (
    Basis,
    Consent,
    ConsentState,
    Purpose,
    Role,
    Stakeholder,
    StakeholderTopic,
    Tag,
    Tier,
    Topic,
)
from outreach.stakeholders.segments.rules import Condition
from outreach.stakeholders.status import Status, has_status
from outreach.web.filters import country_name, language_name

Choices = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Kind:
    """A kind of condition."""

    name: str
    label: str
    """As the builder names it: "Role", "Opened a letter"."""
    says: str
    """How a sentence goes on: "is", "is not" stand before the values."""
    holds: Callable[[Condition, datetime], ColumnElement[bool]]
    """Whether `Stakeholder` fulfils it; never NULL."""
    choices: Callable[[Session], Choices] | None = None
    """What can be chosen; None: words are typed."""
    has_day: bool = False
    """Whether it can be asked for a day instead of now."""
    has_period: bool = False
    may_be_empty: bool = False
    """Whether no value means any: "opened a letter", whichever."""
    is_knowable: Callable[[], ColumnElement[bool]] | None = None
    """Of whom it can be known; None: of everybody."""
    few: Callable[[Condition], Select[int]] | None = None
    """Selects the ids of those who fulfil it, where they mostly are few whom an index finds."""
    holds_for_few: Callable[[Condition, datetime], ColumnElement[bool]] | None = None
    """The same as `holds`, asked of each person instead of listing all who fulfil it: a quarter of
    the time where few are left to be asked (measured)."""
    leaves_some: bool = False
    """Whether an index finds whom it leaves and tells of them all that counting them asks."""
    holds_for_some: Callable[[Condition, datetime], ColumnElement[bool]] | None = None
    """The same as `holds`, where that or another condition finds people by its index: half the time
    (measured) of looking everybody up."""
    is_told: bool = False
    """Whether the index `ix_stakeholder_told` tells it of a person, or a list of the few does."""


def _role(asked: Condition, now: datetime) -> ColumnElement[bool]:
    return _held(asked, now, lambda at: Stakeholder.id.in_(holders(asked.values, at)))


def _role_of_some(asked: Condition, now: datetime) -> ColumnElement[bool]:
    found = by_no_index(Stakeholder.id)
    return _held(asked, now, lambda at: found.in_(holders(asked.values, at)))


def _role_by_person(asked: Condition, now: datetime) -> ColumnElement[bool]:
    return _held(asked, now, lambda at: holds_role(asked.values, at))


def _held(
    asked: Condition, now: datetime, on_a_day: Callable[[datetime], ColumnElement[bool]]
) -> ColumnElement[bool]:
    """Ask marks who holds a role now; of another day they tell nothing."""
    if asked.at is None:
        return holds_role_by_marks(asked.values, now)
    return on_a_day(datetime.combine(asked.at, time(12), UTC))


def _level(asked: Condition, _now: datetime) -> ColumnElement[bool]:
    return _among(by_no_index(Stakeholder.tier), _levels(asked))


def _level_found(asked: Condition, _now: datetime) -> ColumnElement[bool]:
    return _among(Stakeholder.tier, _levels(asked))


def _levels(asked: Condition) -> list[Tier]:
    return [tier for tier in Tier if tier.value in asked.values]


def _country(asked: Condition, _now: datetime) -> ColumnElement[bool]:
    return _among(by_no_index(Stakeholder.country), asked.values)


def _country_found(asked: Condition, _now: datetime) -> ColumnElement[bool]:
    return _among(Stakeholder.country, asked.values)


def _among(column: SQLColumnExpression[Any], values: Sequence[Any]) -> ColumnElement[bool]:
    """Say whether a column that may be empty is one of `values`: yes or no."""
    return and_(column.is_not(None), column.in_(values))


def _language(asked: Condition, _now: datetime) -> ColumnElement[bool]:
    return Stakeholder.language.in_(asked.values)


def _organisation(asked: Condition, _now: datetime) -> ColumnElement[bool]:
    """Any of the typed words occurs in the organisation's name, however it is written there."""
    # SQLite's lower() leaves Å and Ø as they are, and so does PostgreSQL in the locale C: the
    # ways a name is usually written are asked for, and both sides go through the same lower().
    ways = {
        way.translate(_ESCAPED)
        for text in asked.values
        for way in (text, text.lower(), text.upper(), text.capitalize(), text.title())
    }
    words = [func.lower(f"%{way}%") for way in sorted(ways)]
    named = select(Organisation.id).where(
        or_(false(), *(func.lower(Organisation.name).like(word, escape="\\") for word in words))
    )
    return func.coalesce(Stakeholder.organisation_id.in_(named), False)


_ESCAPED = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_"})


def _organisation_kind(asked: Condition, _now: datetime) -> ColumnElement[bool]:
    known = [kind for kind in OrganisationKind if kind.value in asked.values]
    of_kind = select(Organisation.id).where(Organisation.kind.in_(known))
    return func.coalesce(Stakeholder.organisation_id.in_(of_kind), False)


def _interested(asked: Condition) -> Select[int]:
    return select(StakeholderTopic.stakeholder_id).where(
        StakeholderTopic.topic_id.in_(_numbers(asked))
    )


def _topic(asked: Condition, _now: datetime) -> ColumnElement[bool]:
    return Stakeholder.id.in_(_interested(asked))


def _tagged(asked: Condition) -> Select[int]:
    return tagged(_numbers(asked))


def _tag(asked: Condition, _now: datetime) -> ColumnElement[bool]:
    return Stakeholder.id.in_(_tagged(asked))


def _gets(asked: Condition, now: datetime) -> ColumnElement[bool]:
    return or_(false(), *(may_get(list_id, now) for list_id in _numbers(asked)))


def measures_somewhere() -> ColumnElement[bool]:
    """Say whether `Stakeholder` agreed to be followed in the letters of any list."""
    agreed = select(Consent.stakeholder_id).where(
        Consent.stakeholder_id == Stakeholder.id,
        Consent.purpose == Purpose.MEASUREMENT,
        Consent.state == ConsentState.ACTIVE,
        Consent.basis == Basis.CONSENT,
    )
    return exists(agreed.correlate(Stakeholder))


def _status(asked: Condition, _now: datetime) -> ColumnElement[bool]:
    return or_(false(), *(has_status(status) for status in Status if status.value in asked.values))


def _batch(asked: Condition, _now: datetime) -> ColumnElement[bool]:
    return Stakeholder.id.in_(touched_by(_numbers(asked)))


def _numbers(asked: Condition) -> tuple[int, ...]:
    return tuple(int(value) for value in asked.values if value.isdecimal() and len(value) < 10)


def _roles(session: Session) -> Choices:
    found = session.scalars(select(Role).order_by(Role.position, Role.id))
    return [(role.slug, role.name.pick()) for role in found]


def _countries(session: Session) -> Choices:
    occurring = session.scalars(
        select(Stakeholder.country).where(Stakeholder.country.is_not(None)).distinct()
    )
    named = ((code, country_name(code)) for code in occurring if code)
    return sorted(named, key=lambda pair: pair[1])


def _topics(session: Session) -> Choices:
    return [(str(t.id), t.name.pick()) for t in session.scalars(select(Topic).order_by(Topic.slug))]


def _tags(session: Session) -> Choices:
    return [(str(tag.id), tag.name) for tag in session.scalars(select(Tag).order_by(Tag.name))]


def _lists(session: Session) -> Choices:
    return [(str(x.id), x.name.pick()) for x in session.scalars(select(List).order_by(List.id))]


def _batches(session: Session) -> Choices:
    recent = session.scalars(
        select(ChangeSet)
        .where(ChangeSet.kind.in_(("import", "bulk")), ChangeSet.undone_at.is_(None))
        .order_by(ChangeSet.id.desc())
        .limit(50)
    )
    return [(str(x.id), f"{x.label}, {x.created_at:%d %b %Y}") for x in recent]


OWN_KINDS = (
    Kind(
        "role",
        "Role",
        "Role is",
        _role,
        _roles,
        has_day=True,
        holds_for_few=_role_by_person,
        holds_for_some=_role_of_some,
        is_told=True,
    ),
    Kind(
        "level",
        "Level",
        "Level is",
        _level,
        lambda _s: [(t.value, LEVELS[t]) for t in Tier],
        leaves_some=True,
        is_told=True,
        holds_for_some=_level_found,
    ),
    Kind(
        "country",
        "Country",
        "Country is",
        _country,
        _countries,
        leaves_some=True,
        is_told=True,
        holds_for_some=_country_found,
    ),
    Kind(
        "language",
        "Language",
        "Language is",
        _language,
        lambda _s: [(code, language_name(code)) for code in LANGUAGES],
    ),
    Kind("organisation", "Organisation", "Organisation’s name has", _organisation),
    Kind(
        "organisation_type",
        "Type of organisation",
        "Organisation is",
        _organisation_kind,
        lambda _s: [(kind.value, kind.label) for kind in OrganisationKind],
    ),
    Kind("topic", "Topic", "Asked to hear about", _topic, _topics, few=_interested, is_told=True),
    Kind("tag", "Tag", "Tagged", _tag, _tags, few=_tagged, is_told=True),
    Kind("gets", "May get a list", "May get", _gets, _lists),
    Kind(
        "status",
        "Status",
        "Status is",
        _status,
        lambda _s: [(s.value, s.label) for s in Status],
    ),
    Kind(
        "measured",
        "Agreed to be measured",
        "Agreed to be measured individually",
        lambda _asked, _now: measures_somewhere(),
        lambda _s: (),
        may_be_empty=True,
    ),
    Kind("batch", "Import or bulk action", "Brought or changed by", _batch, _batches),
)
_engagements: dict[str, Kind] = {}


def offer_engagements(engagements: Sequence[Engagement]) -> None:
    """Keep what later rooms know people did: the same for every application of this program."""
    _engagements.update({found.name: _kind_of(found) for found in engagements})


def _kind_of(engagement: Engagement) -> Kind:
    def holds(asked: Condition, _now: datetime) -> ColumnElement[bool]:
        return engagement.holds(Stakeholder.id, _numbers(asked), _period(asked))

    def knowable() -> ColumnElement[bool]:
        return or_(measures_somewhere(), engagement.is_known(Stakeholder.id))

    return Kind(
        engagement.name,
        engagement.label,
        engagement.label,
        holds,
        engagement.choices,
        has_period=True,
        may_be_empty=True,
        is_knowable=knowable if engagement.needs_measurement else None,
    )


def _period(asked: Condition) -> Period:
    def begin(day: object) -> datetime | None:
        return datetime.combine(day, time(), UTC) if day else None  # type: ignore[arg-type]  # a date

    after = asked.until + timedelta(days=1) if asked.until else None
    return Period(begin(asked.since), begin(after))


def kinds() -> dict[str, Kind]:
    """Return every kind of condition by name, in the order the builder offers them."""
    return {kind.name: kind for kind in OWN_KINDS} | _engagements
