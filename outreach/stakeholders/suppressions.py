"""The do-not-mail list: addresses, as keyed fingerprints, that get no letter whatever is agreed."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    SQLColumnExpression,
    and_,
    func,
    literal_column,
    select,
)
from sqlalchemy.orm import Session

from outreach.core.errors import Refusal
from outreach.core.lookups import by_no_index
from outreach.stakeholders.ledger import lock_person, write_stop
from outreach.stakeholders.models import Purpose, Stakeholder, Suppression, SuppressionReason

WISHES = frozenset({SuppressionReason.UNSUBSCRIBED, SuppressionReason.COMPLAINED})
"""What the person wanted, whichever address they said it from; a bounce is an address's own."""


def suppress(
    session: Session,
    fingerprint: str,
    reason: SuppressionReason,
    *,
    evidence: str,
    actor: str,
    now: datetime,
    mailing_id: int | None = None,
    stakeholder_id: int | None = None,
) -> Suppression:
    """Put an address, by its keyed fingerprint, on the do-not-mail list and stop its letters.

    `evidence` is what an auditor would ask for (a bounce's status, a note), without personal data.
    The same reason twice is one line: the first is returned.
    """
    if stakeholder_id is None:
        stakeholder_id = session.scalar(
            select(Stakeholder.id).where(has_fingerprint(fingerprint)).limit(1)
        )
    if stakeholder_id is not None:
        lock_person(session, stakeholder_id)
    known = session.scalars(
        _unreleased(fingerprint).where(Suppression.reason == reason).limit(1)
    ).first()
    if known:
        return known
    line = Suppression(
        fingerprint=fingerprint,
        reason=reason,
        evidence=evidence[:400],
        actor=actor[:200],
        mailing_id=mailing_id,
        since=now,
    )
    session.add(line)
    if stakeholder_id is not None:
        write_stop(session, stakeholder_id, None, Purpose.NEWSLETTER, now)
    session.flush()  # the caller needs the line's id to offer an undo
    return line


def has_fingerprint(fingerprint: str | SQLColumnExpression[str]) -> ColumnElement[bool]:
    """Say whether `Stakeholder` has this keyed fingerprint; SQLite finds it by its beginning."""
    # Written out, as it knows the index only by the very words it was made with.
    part = (literal_column("1", Integer), literal_column("12", Integer))
    begins = func.substr(Stakeholder.fingerprint, *part) == func.substr(fingerprint, *part)
    # SQLite would put what the whole is into the part, and then knows the index no more.
    return and_(begins, by_no_index(Stakeholder.fingerprint) == fingerprint)


def release(session: Session, fingerprint: str, *, reason: str, actor: str, now: datetime) -> int:
    """Take an address off the do-not-mail list by hand; returns how many lines it released.

    Raises Refusal without a reason, and for somebody who asked to be erased: only their own
    confirmed sign-up lifts that (GDPR Art. 17).
    """
    if not reason.strip():
        raise Refusal("Say why the address may be mailed again.", "Who asked for it, and when?")
    lines = session.scalars(_unreleased(fingerprint)).all()
    if any(line.reason is SuppressionReason.ERASED for line in lines):
        raise Refusal(
            "This person asked to be erased.", "Only their own sign-up can bring them back."
        )
    for line in lines:
        note = f"Released by {actor}: {reason}"
        line.released_at = now
        line.evidence = f"{line.evidence} {note}".strip()[:400]
    return len(lines)


def carry_over(
    session: Session,
    old: str,
    new: str,
    reasons: Collection[SuppressionReason],
    stakeholder_id: int,
    *,
    actor: str,
    now: datetime,
) -> None:
    """Let what was wished under a person's old address hold for the new one (fingerprints)."""
    lines = session.scalars(_unreleased(old).where(Suppression.reason.in_(reasons))).all()
    for line in lines:
        suppress(
            session,
            new,
            line.reason,
            evidence="Said under another address.",
            actor=actor,
            now=now,
            mailing_id=line.mailing_id,
            stakeholder_id=stakeholder_id,
        )


def _unreleased(fingerprint: str) -> Select[Suppression]:
    return select(Suppression).where(
        Suppression.fingerprint == fingerprint, Suppression.released_at.is_(None)
    )
