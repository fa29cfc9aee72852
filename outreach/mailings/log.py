"""Who did what with a mailing: one line per act, kept as long as the mailing."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from outreach.mailings.models import Mailing
from outreach.mailings.trail_models import MailingLog

LONGEST_DETAIL = 1_000


class Act(StrEnum):
    """What can be done to a mailing, as the log writes it."""

    CREATED = "created"
    EDITED = "edited"
    TESTED = "sent a test"
    ASKED = "asked for a review of"
    SHOWN = "gave out a review link of"
    WITHDREW = "withdrew a review link of"
    COMMENTED = "commented on"
    AGREED = "agreed to"
    SENT_BACK = "sent back"
    APPROVED = "approved"
    ANSWERED = "answered for a finding of"
    SCHEDULED = "scheduled"
    UNSCHEDULED = "unscheduled"
    STARTED = "started"
    PAUSED = "paused"
    KEPT_PAUSED = "kept paused"
    RESUMED = "resumed"
    CANCELLED = "cancelled"
    WAITED = "waited with"
    PASSED_OVER = "took another mail server for"
    FINISHED = "finished"
    FAILED = "failed"
    PUBLISHED = "published"
    UNPUBLISHED = "took out of the public archive"
    CHOSE = "chose the subject line of"
    ARCHIVED = "archived"
    RESTORED = "restored"
    KEPT = "made a template of"


TOLD: dict[str, str] = {
    Act.TESTED: "sent a test",
    Act.SENT_BACK: "sent it back",
    Act.KEPT_PAUSED: "kept it paused",
    Act.UNPUBLISHED: "took it out of the public archive",
    Act.ARCHIVED: "put it away",
    Act.RESTORED: "brought it back to the list",
}
"""Whose sentence does not end in "it". "Archive" on the screen means the public one."""


def told(verb: str) -> str:
    """Return what comes after who did it: "scheduled it"."""
    return TOLD.get(verb, f"{verb} it")


def note(
    session: Session,
    mailing: Mailing,
    act: Act,
    *,
    actor: str,
    now: datetime,
    detail: str = "",
) -> None:
    """Write a line of the mailing's log; `actor` is a user's name, a command or "the sender"."""
    session.add(
        MailingLog(
            mailing_id=mailing.id,
            at=now,
            actor=actor[:200],
            verb=act.value,
            detail=detail[:LONGEST_DETAIL],
        )
    )
