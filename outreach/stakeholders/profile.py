"""What a person's page says: where they stand on each list, in words, and what was recorded."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from outreach.core.contributions import TimelineEntry, TimelineSource
from outreach.core.errors import NotFound
from outreach.core.text import LocalText
from outreach.projects.models import List
from outreach.stakeholders.eligibility import is_invited, measures_individually, withheld_reason
from outreach.stakeholders.models import (
    Basis,
    ConsentEntry,
    ConsentState,
    Purpose,
    Stakeholder,
    StakeholderRole,
    Suppression,
    SuppressionReason,
    WithheldReason,
)

BASIS_LABELS = {
    Basis.CONSENT: "consent",
    Basis.PUBLIC_TASK: "public task",
    Basis.LEGITIMATE_INTEREST: "legitimate interest",
    Basis.CONTRACT: "contract",
    Basis.UNKNOWN: "unknown",
}
SUPPRESSION_LABELS = {
    SuppressionReason.UNSUBSCRIBED: "left all lists",
    SuppressionReason.BOUNCED: "the address does not exist (any more)",
    SuppressionReason.COMPLAINED: "reported a letter as unwanted",
    SuppressionReason.ERASED: "asked to be erased",
    SuppressionReason.BY_HAND: "put there by hand",
}
_WHY_NOT = {
    WithheldReason.SUPPRESSED: "Gets no letters of {list}: the address is on the do-not-mail list.",
    WithheldReason.UNSUBSCRIBED: "Left {list} on {since}.",
    WithheldReason.PENDING: "Asked for {list} on {since}; waiting for confirmation.",
    WithheldReason.NO_BASIS: "Gets no letters of {list}: on which basis is unknown.",
    WithheldReason.PAUSED: "Gets no letters of {list} for a while: asked for a pause.",
}


@dataclass(frozen=True)
class ListStanding:
    """Where a person stands on one list: by its letters, else by its invitations alone."""

    list_id: int
    name: str
    reason: WithheldReason | None
    """Why no letter goes out; None while letters do."""
    is_measured: bool
    is_invited: bool
    entry: ConsentEntry

    @property
    def is_open(self) -> bool:
        """Whether letters or at least invitations go out."""
        return self.reason is None or self.is_invited

    @property
    def is_about_invitations(self) -> bool:
        """Whether nothing was ever said about the list's other letters."""
        return self.entry.purpose is Purpose.EVENT_INVITATION

    @property
    def sentence(self) -> str:
        """The standing in words, with its date, basis and source."""
        since = f"{self.entry.recorded_at.day} {self.entry.recorded_at:%b %Y}"
        ground = f"basis {BASIS_LABELS[self.entry.basis]}, source “{self.entry.source}”."
        if self.is_about_invitations:
            return self._of_invitations(since, ground)
        if self.reason is None:
            return f"Gets letters of {self.name} since {since}: {ground}"
        words = _WHY_NOT.get(self.reason, "Gets no letters of {list}.")
        return words.format(list=self.name, since=since)

    def _of_invitations(self, since: str, ground: str) -> str:
        if self.is_invited:
            return (
                f"Is invited to events of {self.name} since {since}, and gets no other letters of "
                f"it: {ground}"
            )
        if self.entry.state is ConsentState.WITHDRAWN:
            return f"Wants no invitations of {self.name} since {since}."
        return f"Gets no letters and no invitations of {self.name}: {ground}"

    @property
    def can_withdraw(self) -> bool:
        """Whether there is something to withdraw from."""
        return self.entry.state is not ConsentState.WITHDRAWN and not self.is_about_invitations


@dataclass(frozen=True)
class Profile:
    """All a person's page shows."""

    person: Stakeholder
    standings: Sequence[ListStanding]
    blocked: Sequence[Suppression]
    history: Sequence[tuple[ConsentEntry, LocalText]]
    """Lines of the ledger with the list's name, newest first."""

    @property
    def is_releasable(self) -> bool:
        """Whether staff may take the address off the do-not-mail list."""
        reasons = {line.reason for line in self.blocked}
        return bool(reasons) and SuppressionReason.ERASED not in reasons


def profile_of(session: Session, stakeholder_id: int) -> Profile:
    """Read a person's page; raises NotFound for nobody, an erased and a merged person."""
    person = session.scalars(
        select(Stakeholder)
        .where(Stakeholder.id == stakeholder_id, Stakeholder.erased_at.is_(None))
        .options(
            joinedload(Stakeholder.organisation),
            selectinload(Stakeholder.roles).joinedload(StakeholderRole.role),
            selectinload(Stakeholder.topics),
            selectinload(Stakeholder.tags),
        )
    ).one_or_none()
    if person is None or person.merged_into_id is not None:
        raise NotFound
    history = _history(session, stakeholder_id)
    return Profile(person, _standings(session, stakeholder_id), _blocked(session, person), history)


_TOLD = (Purpose.NEWSLETTER, Purpose.EVENT_INVITATION)


def _standings(session: Session, stakeholder_id: int) -> list[ListStanding]:
    last = (
        select(func.max(ConsentEntry.id))
        .where(
            ConsentEntry.stakeholder_id == stakeholder_id,
            ConsentEntry.purpose.in_(_TOLD),
        )
        .group_by(ConsentEntry.list_id, ConsentEntry.purpose)
    )
    rows = session.execute(
        select(
            ConsentEntry,
            List.name,
            withheld_reason(ConsentEntry.list_id),
            measures_individually(ConsentEntry.list_id),
            is_invited(ConsentEntry.list_id),
        )
        .join(Stakeholder, Stakeholder.id == ConsentEntry.stakeholder_id)
        .join(List, List.id == ConsentEntry.list_id)
        .where(ConsentEntry.id.in_(last))
        .order_by(ConsentEntry.recorded_at.desc())
    )
    found = [
        ListStanding(
            entry.list_id,
            name.pick(),
            WithheldReason(reason) if reason else None,
            bool(measured),
            bool(invited),
            entry,
        )
        for entry, name, reason, measured, invited in rows
    ]
    with_letters = {one.list_id for one in found if not one.is_about_invitations}
    return [one for one in found if not (one.is_about_invitations and one.list_id in with_letters)]


def _blocked(session: Session, person: Stakeholder) -> Sequence[Suppression]:
    return session.scalars(
        select(Suppression)
        .where(Suppression.fingerprint == person.fingerprint, Suppression.released_at.is_(None))
        .order_by(Suppression.since)
    ).all()


def _history(session: Session, stakeholder_id: int) -> list[tuple[ConsentEntry, LocalText]]:
    rows = session.execute(
        select(ConsentEntry, List.name)
        .join(List, List.id == ConsentEntry.list_id)
        .where(
            or_(
                ConsentEntry.stakeholder_id == stakeholder_id,
                ConsentEntry.stakeholder_id.in_(
                    select(Stakeholder.id).where(Stakeholder.merged_into_id == stakeholder_id)
                ),
            )
        )
        .order_by(ConsentEntry.id.desc())
        .limit(100)
    )
    return [(entry, name) for entry, name in rows]


def merged_into(session: Session, stakeholder_id: int) -> Sequence[Stakeholder]:
    """Return the records that now point to this person."""
    query = select(Stakeholder).where(Stakeholder.merged_into_id == stakeholder_id)
    return session.scalars(query.order_by(Stakeholder.id)).all()


def timeline_of(
    session: Session,
    stakeholder_id: int,
    sources: Iterable[TimelineSource],
    *,
    limit: int = 40,
) -> list[TimelineEntry]:
    """Return what all rooms know of a person, also under a merged address, newest first."""
    ids = [stakeholder_id, *(merged.id for merged in merged_into(session, stakeholder_id))]
    told = list(sources)
    entries = [
        entry for id_ in ids for source in told for entry in source(session, id_, limit=limit)
    ]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)[:limit]


_TITLES = {
    (Purpose.NEWSLETTER, ConsentState.PENDING): "Asked for {list}",
    (Purpose.NEWSLETTER, ConsentState.ACTIVE): "May get {list}",
    (Purpose.NEWSLETTER, ConsentState.WITHDRAWN): "Left {list}",
    (Purpose.MEASUREMENT, ConsentState.PENDING): "Was asked about measurement for {list}",
    (Purpose.MEASUREMENT, ConsentState.ACTIVE): "Agreed to be measured in {list}",
    (Purpose.MEASUREMENT, ConsentState.WITHDRAWN): "Ended measurement in {list}",
    (Purpose.EVENT_INVITATION, ConsentState.PENDING): "Was asked about invitations of {list}",
    (Purpose.EVENT_INVITATION, ConsentState.ACTIVE): "May be invited to events of {list}",
    (Purpose.EVENT_INVITATION, ConsentState.WITHDRAWN): "No more invitations of {list}",
}


def own_timeline(session: Session, stakeholder_id: int, *, limit: int) -> Iterable[TimelineEntry]:
    """Return what this room knows: added, roles begun and ended, consent and its end."""
    person = session.get_one(Stakeholder, stakeholder_id)
    entries = [
        TimelineEntry(person.created_at, "Added as a stakeholder", person.source, "user-plus")
    ]
    for entry, name in _history(session, stakeholder_id)[:limit]:
        if entry.stakeholder_id != stakeholder_id:
            continue  # told with the record it belongs to
        title = _TITLES[entry.purpose, entry.state].format(list=name.pick())
        detail = f"{entry.source} (written by {entry.actor})" if entry.actor else entry.source
        entries.append(TimelineEntry(entry.recorded_at, title, detail, "envelope"))
    for held in person.roles:
        if held.since != person.created_at:
            title = f"Became {held.role.name.pick()}"
            entries.append(TimelineEntry(held.since, title, icon="identification"))
        if held.until is not None:
            title = f"No longer {held.role.name.pick()}"
            entries.append(TimelineEntry(held.until, title, icon="identification"))
    return entries[:limit]
