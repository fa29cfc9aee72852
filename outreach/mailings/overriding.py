"""Answering for what pre-flight found: a reason, kept with the mailing and who gave it."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.errors import Refusal
from outreach.mailings.log import Act, note
from outreach.mailings.models import Mailing
from outreach.mailings.trail_models import MailingOverride

LONGEST_REASON = 400
SHORTEST_REASON = 8
"""Letters; less explains nothing to whoever reads it in a year."""


def overrides_of(session: Session, mailing_id: int) -> Mapping[str, MailingOverride]:
    """Return what was answered for, by the code of the finding."""
    found = session.scalars(select(MailingOverride).where(MailingOverride.mailing_id == mailing_id))
    return {override.code: override for override in found}


def answer_for(
    session: Session, mailing: Mailing, code: str, reason: str, *, actor: str, now: datetime
) -> None:
    """Keep why a finding shall not hold the mailing back; raises Refusal without a reason."""
    reason = " ".join(reason.split())[:LONGEST_REASON]
    if len(reason) < SHORTEST_REASON:
        raise Refusal("The reason is missing.", "Write why it may go out in spite of this.")
    session.merge(
        MailingOverride(
            mailing_id=mailing.id, code=code[:80], reason=reason, actor=actor[:200], at=now
        )
    )
    note(session, mailing, Act.ANSWERED, actor=actor, now=now, detail=f"{code}: {reason}")
