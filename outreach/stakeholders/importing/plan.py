"""What an import would do, decided in pure functions: new, updated, unchanged or refused.

An import never revives an opt-out: whoever left, complained, bounced or was erased stays so, and
the report says it row by row.
"""

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from outreach.core.slugs import slugify
from outreach.stakeholders.addresses import is_shared
from outreach.stakeholders.importing.values import Draft
from outreach.stakeholders.models import Basis, ConsentState, SuppressionReason, Tier


class Fate(StrEnum):
    """What becomes of a row."""

    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    STOPPED = "stopped"
    """The file says they must not be mailed: the address goes to the do-not-mail list."""
    REFUSED = "refused"


@dataclass(slots=True)
class Known:
    """What the database knows of the person with a row's address."""

    id: int
    name: str
    given_name: str
    organisation: str
    job_title: str
    country: str | None
    language: str
    tier: Tier | None
    role_ids: frozenset[int] = frozenset()
    topics: frozenset[str] = frozenset()
    """Their slugs."""
    tags: frozenset[str] = frozenset()
    consent: tuple[ConsentState, Basis] | None = None
    by_list: MutableMapping[str, ConsentState] = field(default_factory=dict)
    """Where the ledger says they stand, by the slugs of all lists it tells of."""


NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(slots=True)
class Step:
    """What is to be done for one row."""

    draft: Draft
    fate: Fate
    person_id: int | None = None
    tier: Tier | None = None
    """The level of somebody new."""
    changes: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    """Columns of somebody known that differ, with their new values."""
    before: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    role_ids: tuple[int, ...] = ()
    topics: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    grants: bool = False
    """Whether a line is added to the consent ledger."""
    note: str = ""
    """Why it is refused, or what stays as it is."""


_STAYS = {
    SuppressionReason.UNSUBSCRIBED: "left all lists and stays off them",
    SuppressionReason.BOUNCED: "the address bounced; it stays on the do-not-mail list",
    SuppressionReason.COMPLAINED: "complained about a letter; stays on the do-not-mail list",
    SuppressionReason.BY_HAND: "stays on the do-not-mail list",
}
_ERASED = (
    "This person asked to be erased. Delete the row: only their own sign-up can bring them back."
)
_NEVER_AGREED = (
    "kept, not mailed: their status in the file is not that they agreed; leave that column out if "
    "it means something else"
)
_LEFT = "left this list, as the file says; kept, not mailed"
_SHARED = "a shared address: several people may read what is written to it"


@dataclass(frozen=True)
class Terms:
    """On which basis the whole file comes in."""

    list_id: int | None
    basis: Basis
    public_role_ids: frozenset[int]
    list_slug: str = ""
    place: Callable[[int], str] = "line {:,}".format
    """Names a row by its line, as whoever sent the file finds it."""


def plan_row(
    draft: Draft,
    known: Known | None,
    suppressed: SuppressionReason | None,
    seen: MutableMapping[str, int],
    terms: Terms,
) -> Step:
    """Decide about one row; `seen` {address: line} remembers the rows of this file."""
    first = seen.setdefault(draft.email, draft.line)
    if first != draft.line:
        note = f"The same address as on {terms.place(first)}. Only that row counts; delete one."
        return Step(draft, Fate.REFUSED, note=note)
    if suppressed is SuppressionReason.ERASED:
        return Step(draft, Fate.REFUSED, note=_ERASED)
    if draft.shared.stop:
        return _stopped(draft, known, suppressed)
    if known is None:
        return _new(draft, suppressed, terms)
    return _known(draft, known, suppressed, terms)


def _stopped(draft: Draft, known: Known | None, suppressed: SuppressionReason | None) -> Step:
    """Somebody who must not be mailed: nothing else is kept of them that we do not have."""
    person_id = known.id if known else None
    has_left = known and known.consent and known.consent[0] is ConsentState.WITHDRAWN
    has_left = has_left or (known and _is_told_of_lists(draft, known))
    if suppressed or (has_left and draft.shared.stop is SuppressionReason.UNSUBSCRIBED):
        return Step(draft, Fate.UNCHANGED, person_id=person_id)
    return Step(draft, Fate.STOPPED, person_id=person_id)


def _is_told_of_lists(draft: Draft, known: Known) -> bool:
    """Say whether the file names lists that were left, and our ledger tells of each what is so.

    Our export says "Left" of nobody who gets another list: then somebody else wrote it.
    """
    left = draft.shared.lists_left
    gets = {slug for slug, state in known.by_list.items() if state is not ConsentState.WITHDRAWN}
    return bool(left) and left <= known.by_list.keys() and gets <= left


def _new(draft: Draft, suppressed: SuppressionReason | None, terms: Terms) -> Step:
    said = draft.shared
    return Step(
        draft,
        Fate.NEW,
        tier=said.tier and _tier(said.tier, frozenset(said.role_ids), terms),
        role_ids=said.role_ids,
        topics=said.topics,
        tags=said.tags,
        grants=terms.list_id is not None
        and suppressed is None
        and said.has_agreed
        and terms.list_slug not in said.lists_left,
        note=_note_on(draft, suppressed, terms),
    )


def _note_on(draft: Draft, suppressed: SuppressionReason | None, terms: Terms) -> str:
    if suppressed:
        return _STAYS[suppressed]
    if terms.list_slug in draft.shared.lists_left:
        return _LEFT
    if not draft.shared.has_agreed:
        return _NEVER_AGREED
    return _SHARED if is_shared(draft.email) else ""


def _known(draft: Draft, known: Known, suppressed: SuppressionReason | None, terms: Terms) -> Step:
    step, said = Step(draft, Fate.UNCHANGED, person_id=known.id), draft.shared
    step.changes, step.before = _differences(draft, known, terms)
    step.role_ids = tuple([role for role in said.role_ids if role not in known.role_ids])
    step.topics = tuple([topic for topic in said.topics if slugify(topic) not in known.topics])
    step.tags = tuple([tag for tag in said.tags if tag not in known.tags])
    step.grants, step.note = _consent(known, suppressed, terms)
    if step.grants and not said.has_agreed:
        step.grants, step.note = False, _NEVER_AGREED
    if step.grants and terms.list_slug in said.lists_left:
        step.grants, step.note = False, _LEFT
    if step.changes or step.role_ids or step.topics or step.tags or step.grants:
        step.fate = Fate.UPDATED
    return step


def _differences(
    draft: Draft, known: Known, terms: Terms
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return what the row says otherwise, by column, and what we knew of that."""
    said = draft.shared
    tier = said.tier and _tier(said.tier, known.role_ids.union(said.role_ids), terms)
    pairs = (
        ("name", draft.name, known.name),
        ("given_name", draft.given_name, known.given_name),
        ("organisation", draft.organisation, known.organisation),
        ("job_title", draft.job_title, known.job_title),
        ("country", said.country, known.country),
        ("language", said.language, known.language),
        ("tier", tier, known.tier),
    )
    # An empty cell says nothing: it never empties what we know.
    differ = [pair for pair in pairs if pair[1] and pair[1] != pair[2]]
    if not differ:
        return NOTHING, NOTHING
    return {name: new for name, new, _ in differ}, {name: was for name, _, was in differ}


def _tier(tier: Tier, role_ids: frozenset[int], terms: Terms) -> Tier | None:
    return tier if role_ids & terms.public_role_ids else None


def _consent(known: Known, suppressed: SuppressionReason | None, terms: Terms) -> tuple[bool, str]:
    """Return (whether a line is added, what stays as it is and why)."""
    if suppressed:
        return False, _STAYS[suppressed]
    if terms.list_id is None:
        return False, ""
    if known.consent is None:
        return True, ""
    state, basis = known.consent
    if state is ConsentState.WITHDRAWN:
        return False, "left this list and stays off it"
    if state is ConsentState.PENDING:
        return False, "was asked to confirm; that stays open"
    return basis is Basis.UNKNOWN and terms.basis is not Basis.UNKNOWN, ""


def tally(steps: list[Step], into: MutableMapping[str, int]) -> None:
    """Count the fates of `steps` into a running total."""
    fates = [step.fate for step in steps]
    for fate in Fate:
        if count := fates.count(fate):
            into[fate] = into.get(fate, 0) + count


def in_words(counts: Mapping[str, int]) -> str:
    """Say a total: "120 new, 4 updated, 1 unchanged, 2 refused"."""
    return ", ".join(f"{counts.get(fate, 0):,} {fate}" for fate in Fate)
