"""The one way into the consent ledger: a line is appended, and what it says now is kept beside it.

Who leaves also gets a `Stop` in the same transaction, which senders read before each batch.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from outreach.core.errors import NotFound
from outreach.stakeholders.models import (
    Basis,
    Consent,
    ConsentEntry,
    ConsentState,
    Purpose,
    Stakeholder,
    Stop,
)

THE_PERSON = "the person"
"""The actor of every line a person wrote about themselves."""


@dataclass(frozen=True)
class Standing:
    """What one line of the ledger says: where consent stands and by which moments it got there."""

    state: ConsentState
    basis: Basis
    requested_at: datetime | None = None
    confirmed_at: datetime | None = None
    withdrawn_at: datetime | None = None


def next_standing(
    before: Standing | None, state: ConsentState, basis: Basis, now: datetime
) -> Standing:
    """Return the standing after `state` was recorded at `now`; moments already known are kept.

    A request keeps the withdrawal before it in sight: until it is confirmed nothing is lifted.
    """
    requested = before.requested_at if before else None
    confirmed = before.confirmed_at if before else None
    withdrawn = before.withdrawn_at if before else None
    if state is ConsentState.PENDING:
        return Standing(state, basis, now, None, withdrawn)
    if state is ConsentState.WITHDRAWN:
        return Standing(state, basis, requested, confirmed, now)
    was_asked = before is not None and before.state is ConsentState.PENDING
    return Standing(state, basis, requested if was_asked else now, now, None)


def record_consent(
    session: Session,
    stakeholder_id: int,
    list_id: int,
    purpose: Purpose,
    state: ConsentState,
    *,
    basis: Basis,
    source: str,
    actor: str,
    now: datetime,
    wording_version: str = "",
    wording_language: str = "",
    mailing_id: int | None = None,
    change_set_id: int | None = None,
) -> ConsentEntry:
    """Append a line to the ledger and keep `Consent` in step; a withdrawal also writes a stop.

    `source` says where the consent comes from (GDPR Art. 7(1), 14(2)(f)), `actor` who wrote the
    line: `THE_PERSON`, a user's name or a command. A request (PENDING) for what is active already
    changes nothing, so that a form filled in by somebody else cannot end a consent: the last line
    is returned. Raises NotFound for a person who does not exist.
    """
    lock_person(session, stakeholder_id)
    last = last_entry(session, stakeholder_id, list_id, purpose)
    if state is ConsentState.PENDING and last and last.state is ConsentState.ACTIVE:
        return last
    standing = next_standing(standing_of(last), state, basis, now)
    entry = ConsentEntry(
        stakeholder_id=stakeholder_id,
        list_id=list_id,
        purpose=purpose,
        source=source[:400],
        actor=actor[:200],
        wording_version=wording_version,
        wording_language=wording_language,
        mailing_id=mailing_id,
        change_set_id=change_set_id,
        recorded_at=now,
        **standing_columns(standing),
    )
    append(session, entry)
    return entry


def take_up_again(
    session: Session, before: ConsentEntry, *, now: datetime, actor: str, source: str
) -> None:
    """Let an earlier line count again, by a new one that says so."""
    standing = standing_of(before)
    if standing is not None:
        append(
            session,
            ConsentEntry(
                stakeholder_id=before.stakeholder_id,
                list_id=before.list_id,
                purpose=before.purpose,
                wording_version=before.wording_version,
                wording_language=before.wording_language,
                source=source[:400],
                actor=actor[:200],
                recorded_at=now,
                **standing_columns(standing),
            ),
        )


def standing_columns(standing: Standing) -> dict[str, object]:
    """Return a standing as the columns of a ledger line."""
    return {
        "state": standing.state,
        "basis": standing.basis,
        "requested_at": standing.requested_at,
        "confirmed_at": standing.confirmed_at,
        "withdrawn_at": standing.withdrawn_at,
    }


def append(session: Session, entry: ConsentEntry) -> None:
    """Add a line, bring `Consent` in step and, for a withdrawal, write the stop."""
    session.add(entry)
    key = (entry.stakeholder_id, entry.list_id, entry.purpose)
    consent = session.get(Consent, key, populate_existing=True) or Consent(
        stakeholder_id=key[0], list_id=key[1], purpose=key[2]
    )
    consent.state, consent.basis, consent.since = entry.state, entry.basis, entry.recorded_at
    session.add(consent)
    if entry.state is ConsentState.WITHDRAWN:
        write_stop(session, entry.stakeholder_id, entry.list_id, entry.purpose, entry.recorded_at)
    session.flush()  # the next line of the same person reads this one


def append_first(session: Session, entries: Sequence[ConsentEntry]) -> None:
    """Add lines about people made in this transaction: nobody knows them, nothing was said yet.

    At most one for each person, list and purpose, and no withdrawal.
    """
    session.add_all(entries)
    session.add_all(
        Consent(
            stakeholder_id=entry.stakeholder_id,
            list_id=entry.list_id,
            purpose=entry.purpose,
            state=entry.state,
            basis=entry.basis,
            since=entry.recorded_at,
        )
        for entry in entries
    )
    session.flush()  # the next line of the same person reads this one


def append_for_many(session: Session, entries: Sequence[ConsentEntry]) -> None:
    """Add lines about people of whom something was said before, and bring `Consent` in step.

    At most one for each person, list and purpose, and no withdrawal; the people are locked.
    """
    session.add_all(entries)
    session.flush()  # the next line of the same person reads this one
    alike: dict[tuple[object, ...], list[int]] = {}
    for one in entries:
        said = (one.list_id, one.purpose, one.state, one.basis, one.recorded_at)
        alike.setdefault(said, []).append(one.stakeholder_id)
    for (list_id, purpose, state, basis, at), ids in alike.items():
        session.execute(
            update(Consent)
            .where(
                Consent.list_id == list_id,
                Consent.purpose == purpose,
                Consent.stakeholder_id.in_(ids),
            )
            .values(state=state, basis=basis, since=at)
        )


def write_stop(
    session: Session, stakeholder_id: int, list_id: int | None, purpose: Purpose, at: datetime
) -> None:
    """Tell all senders, before their next batch, that letters or measurement must end."""
    session.add(Stop(stakeholder_id=stakeholder_id, list_id=list_id, purpose=purpose, at=at))


def last_entry(
    session: Session, stakeholder_id: int, list_id: int, purpose: Purpose
) -> ConsentEntry | None:
    """Return the line that says where consent stands now, or None."""
    return session.scalars(
        select(ConsentEntry)
        .where(
            ConsentEntry.stakeholder_id == stakeholder_id,
            ConsentEntry.list_id == list_id,
            ConsentEntry.purpose == purpose,
        )
        .order_by(ConsentEntry.id.desc())
        .limit(1)
    ).first()


def standing_of(entry: ConsentEntry | None) -> Standing | None:
    """Return what a line says, without its circumstances."""
    if entry is None:
        return None
    return Standing(
        entry.state, entry.basis, entry.requested_at, entry.confirmed_at, entry.withdrawn_at
    )


def lock_people(session: Session, ids: Collection[int]) -> None:
    """Let nobody else write about these people until the transaction ends.

    Everybody locks in one order, so that no two wait for each other. (SQLite has one writer.)
    """
    theirs = select(Stakeholder.id).where(Stakeholder.id.in_(ids)).order_by(Stakeholder.id)
    session.execute(theirs.with_for_update())


def lock_person(session: Session, stakeholder_id: int) -> None:
    """Let nobody else write about this person until the transaction ends.

    Raises NotFound for a person who does not exist. (SQLite has one writer anyway.)
    """
    found = session.execute(
        select(Stakeholder.id).where(Stakeholder.id == stakeholder_id).with_for_update()
    ).first()
    if found is None:
        raise NotFound("There is no such person.")
