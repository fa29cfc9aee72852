"""Approving the variants of a mailing one by one; any later change asks for it anew."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.errors import NotFound
from outreach.mailings.blocks import load, variants_of
from outreach.mailings.holding import StaleEdit, claim
from outreach.mailings.log import Act, note
from outreach.mailings.models import Mailing
from outreach.mailings.trail_models import MailingApproval


def approvals_of(session: Session, mailing: Mailing) -> Mapping[str, MailingApproval]:
    """Return by variant who approved the mailing as it stands now."""
    found = session.scalars(
        select(MailingApproval).where(
            MailingApproval.mailing_id == mailing.id,
            MailingApproval.lock_version == mailing.lock_version,
        )
    )
    return {approval.variant: approval for approval in found}


def approve(
    session: Session,
    mailing: Mailing,
    variant: str,
    *,
    lock_version: int,
    actor: str,
    now: datetime,
) -> None:
    """Say that a variant may leave as it was looked at; raises StaleEdit, NotFound."""
    claim(session, mailing)
    if lock_version != mailing.lock_version:
        raise StaleEdit
    if variant not in {each.key for each in variants_of(load(mailing.content), mailing.language)}:
        raise NotFound(
            "There is no such variant.", "Look at the mailing again to see which it has."
        )
    session.merge(
        MailingApproval(
            mailing_id=mailing.id,
            variant=variant,
            lock_version=lock_version,
            actor=actor[:200],
            at=now,
        )
    )
    note(session, mailing, Act.APPROVED, actor=actor, now=now, detail=variant)
