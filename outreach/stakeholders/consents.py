"""What a person agreed to, and how it ends: leave, come back, withdraw, do-not-mail, sign up again.

Rules of coming back: an import never lifts anything; the person's own confirmed sign-up lifts
`unsubscribed` and `erased`, nothing else; the rest is released by hand, with a reason.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from outreach.core.errors import Conflict
from outreach.stakeholders.erasing import erase
from outreach.stakeholders.ledger import (
    THE_PERSON,
    append,
    last_entry,
    lock_person,
    record_consent,
    standing_columns,
    standing_of,
)
from outreach.stakeholders.models import (
    Basis,
    Consent,
    ConsentEntry,
    ConsentState,
    Purpose,
    Stakeholder,
    Suppression,
    SuppressionReason,
)
from outreach.stakeholders.suppressions import release, suppress

__all__ = [
    "THE_PERSON",
    "Leaving",
    "confirm_sign_up",
    "erase",
    "leave_all",
    "leave_list",
    "record_consent",
    "rejoin_list",
    "release",
    "suppress",
    "withdraw_invitations",
    "withdraw_measurement",
]
UNDO_WITHIN = timedelta(minutes=30)
A_MOMENT = timedelta(minutes=2)
"""A button pressed twice, or a page loaded again, is still the same act of leaving."""
LIFTED_BY_THE_PERSON = frozenset({SuppressionReason.UNSUBSCRIBED, SuppressionReason.ERASED})


@dataclass(frozen=True)
class Leaving:
    """What one act of leaving wrote; empty where the person had left before."""

    stakeholder_id: int
    entry_ids: tuple[int, ...] = ()
    suppression_id: int | None = None
    is_repeated: bool = False
    """Whether the lines are those of the same act a moment ago."""


def leave_list(
    session: Session,
    stakeholder_id: int,
    list_id: int,
    *,
    now: datetime,
    actor: str,
    mailing_id: int | None = None,
) -> Leaving:
    """Withdraw a person from a list: no letters of it, and so nothing to measure in them.

    `mailing_id` credits the mailing whose letter led to it. Leaving twice changes nothing.
    """
    letters = _withdraw(
        session, stakeholder_id, list_id, Purpose.NEWSLETTER, now, actor, mailing_id
    )
    # Of what nothing was ever said there is none without letters.
    also = [
        _withdraw(session, stakeholder_id, list_id, purpose, now, actor, mailing_id)
        for purpose in (Purpose.MEASUREMENT, Purpose.EVENT_INVITATION)
        if last_entry(session, stakeholder_id, list_id, purpose) is not None
    ]
    return Leaving(stakeholder_id, tuple(entry.id for entry in (letters, *also) if entry))


def leave_all(
    session: Session,
    stakeholder_id: int,
    *,
    now: datetime,
    actor: str,
    mailing_id: int | None = None,
) -> Leaving:
    """Withdraw a person from every list and put the address on the do-not-mail list."""
    lists = session.scalars(
        select(Consent.list_id).where(Consent.stakeholder_id == stakeholder_id).distinct()
    ).all()
    entry_ids: list[int] = []
    for list_id in sorted(lists):
        left = leave_list(
            session, stakeholder_id, list_id, now=now, actor=actor, mailing_id=mailing_id
        )
        entry_ids += left.entry_ids
    fingerprint = session.scalar(
        select(Stakeholder.fingerprint).where(Stakeholder.id == stakeholder_id)
    )
    line = fingerprint and suppress(
        session,
        fingerprint,
        SuppressionReason.UNSUBSCRIBED,
        evidence="Left all lists.",
        actor=actor,
        now=now,
        mailing_id=mailing_id,
        stakeholder_id=stakeholder_id,
    )
    is_of_now = line and line.since > now - A_MOMENT
    return Leaving(stakeholder_id, tuple(entry_ids), line.id if line and is_of_now else None)


def rejoin_list(session: Session, leaving: Leaving, *, now: datetime) -> None:
    """Undo what a person wrote by leaving less than 30 minutes ago, and nothing else.

    Raises Conflict when the time is over or something was recorded since.
    """
    lock_person(session, leaving.stakeholder_id)
    for entry_id in leaving.entry_ids:
        _restore(session, leaving.stakeholder_id, entry_id, now)
    if leaving.suppression_id is not None:
        line = session.get(Suppression, leaving.suppression_id)
        if line and line.actor == THE_PERSON and line.since > now - UNDO_WITHIN:
            line.released_at = line.released_at or now


def _restore(session: Session, stakeholder_id: int, entry_id: int, now: datetime) -> None:
    left = session.get(ConsentEntry, entry_id)
    if left is None or left.stakeholder_id != stakeholder_id or left.actor != THE_PERSON:
        raise Conflict("There is nothing to take back.")
    last = last_entry(session, stakeholder_id, left.list_id, left.purpose)
    if last is not left or left.recorded_at <= now - UNDO_WITHIN:
        raise Conflict("This can no longer be taken back.", "Please sign up again instead.")
    before = session.scalars(
        select(ConsentEntry)
        .where(
            ConsentEntry.stakeholder_id == stakeholder_id,
            ConsentEntry.list_id == left.list_id,
            ConsentEntry.purpose == left.purpose,
            ConsentEntry.id < left.id,
        )
        .order_by(ConsentEntry.id.desc())
        .limit(1)
    ).first()
    standing = standing_of(before)
    if before and standing:
        append(session, _again(before, now, standing_columns(standing)))


def _again(before: ConsentEntry, now: datetime, columns: dict[str, object]) -> ConsentEntry:
    return ConsentEntry(
        stakeholder_id=before.stakeholder_id,
        list_id=before.list_id,
        purpose=before.purpose,
        wording_version=before.wording_version,
        wording_language=before.wording_language,
        source="Leaving was taken back at once.",
        actor=THE_PERSON,
        recorded_at=now,
        **columns,
    )


def withdraw_measurement(
    session: Session,
    stakeholder_id: int,
    list_id: int,
    *,
    now: datetime,
    actor: str,
    mailing_id: int | None = None,
) -> None:
    """End being followed in letters of a list, also in those already sent; letters go on.

    Recorded even where the ledger holds no line: an installation may follow everybody by law.
    """
    _withdraw(session, stakeholder_id, list_id, Purpose.MEASUREMENT, now, actor, mailing_id)


def withdraw_invitations(
    session: Session,
    stakeholder_id: int,
    list_id: int,
    *,
    now: datetime,
    actor: str,
    mailing_id: int | None = None,
) -> None:
    """End being invited to events; letters go on."""
    _withdraw(session, stakeholder_id, list_id, Purpose.EVENT_INVITATION, now, actor, mailing_id)


def _withdraw(
    session: Session,
    stakeholder_id: int,
    list_id: int,
    purpose: Purpose,
    now: datetime,
    actor: str,
    mailing_id: int | None,
) -> ConsentEntry | None:
    """Append a withdrawal, or nothing where there is nothing (left) to withdraw.

    It is recorded even where the ledger holds no line yet: a later import must know.
    """
    lock_person(session, stakeholder_id)
    last = last_entry(session, stakeholder_id, list_id, purpose)
    if last is not None and last.state is ConsentState.WITHDRAWN:
        return None
    return record_consent(
        session,
        stakeholder_id,
        list_id,
        purpose,
        ConsentState.WITHDRAWN,
        basis=last.basis if last else Basis.UNKNOWN,
        source="Link in a letter" if mailing_id else "Withdrawn on request",
        actor=actor,
        now=now,
        mailing_id=mailing_id,
    )


def confirm_sign_up(
    session: Session,
    stakeholder_id: int,
    list_id: int,
    *,
    source: str,
    now: datetime,
    wording_version: str,
    wording_language: str,
    with_measurement: bool = False,
) -> None:
    """Record a person's own confirmed sign-up; it lifts `unsubscribed` and `erased`."""
    purposes = [Purpose.NEWSLETTER, *([Purpose.MEASUREMENT] if with_measurement else [])]
    for purpose in purposes:
        record_consent(
            session,
            stakeholder_id,
            list_id,
            purpose,
            ConsentState.ACTIVE,
            basis=Basis.CONSENT,
            source=source,
            actor=THE_PERSON,
            now=now,
            wording_version=wording_version,
            wording_language=wording_language,
        )
    fingerprint = select(Stakeholder.fingerprint).where(Stakeholder.id == stakeholder_id)
    session.execute(
        update(Suppression)
        .where(
            Suppression.fingerprint == fingerprint.scalar_subquery(),
            Suppression.released_at.is_(None),
            Suppression.reason.in_(LIFTED_BY_THE_PERSON),
        )
        .values(released_at=now)
    )
