"""Edits of a letter's content, kept so that each can be undone and done again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from outreach.core.errors import Conflict
from outreach.mailings.blocks import all_about, dump, load
from outreach.mailings.models import Mailing
from outreach.mailings.trail_models import MailingEdit

MOST_KEPT = 100
ONE_EDIT = timedelta(seconds=30)
"""Saves of one block by one person within this time are undone together."""


@dataclass(frozen=True, slots=True)
class Steps:
    """Whether there is something to undo or to do again."""

    can_undo: bool
    can_redo: bool


def steps_of(session: Session, mailing: Mailing) -> Steps:
    """Return what can be undone and done again now."""
    first, last = session.execute(
        select(func.min(MailingEdit.position), func.max(MailingEdit.position)).where(
            MailingEdit.mailing_id == mailing.id
        )
    ).one()
    if first is None:
        return Steps(can_undo=False, can_redo=False)
    return Steps(mailing.edit_position > first, mailing.edit_position < last)


def remember(
    session: Session,
    mailing: Mailing,
    before: dict[str, Any],
    *,
    block_id: str,
    actor: str,
    now: datetime,
) -> None:
    """Keep the mailing's new content as an edit after `before`; what was undone is forgotten."""
    of_it = MailingEdit.mailing_id == mailing.id
    session.execute(delete(MailingEdit).where(of_it, MailingEdit.position > mailing.edit_position))
    top = session.get(MailingEdit, (mailing.id, mailing.edit_position))
    if top is None:
        # Content that was begun, imported or copied is what the first edit goes back to.
        session.add(_edit(mailing, mailing.edit_position, before, "", actor, now))
    elif block_id and _goes_on(top, block_id, actor, now):
        top.content, top.at = mailing.content, now
        return
    mailing.edit_position += 1
    session.add(_edit(mailing, mailing.edit_position, mailing.content, block_id, actor, now))
    oldest = mailing.edit_position - MOST_KEPT
    session.execute(delete(MailingEdit).where(of_it, MailingEdit.position < oldest))


def keep_apart(
    session: Session, mailing: Mailing, result: str, *, actor: str, now: datetime
) -> None:
    """Let what a letter says so far belong to the one result (its slug) it was about.

    Asked when another is announced beside it: what is not told apart would be nobody's.
    """
    before = mailing.content
    mailing.content = dump(all_about(load(before), result))
    if mailing.content != before:
        remember(session, mailing, before, block_id="", actor=actor, now=now)


def step(session: Session, mailing: Mailing, *, by: int) -> None:
    """Go one edit back (-1) or forward (1); raises Conflict when there is none."""
    found = session.get(MailingEdit, (mailing.id, mailing.edit_position + by))
    if found is None:
        what = "undo" if by < 0 else "do again"
        raise Conflict(
            f"There is nothing to {what}.", "Look at the letter again to see how it stands."
        )
    mailing.content = found.content
    mailing.edit_position += by


def _goes_on(top: MailingEdit, block_id: str, actor: str, now: datetime) -> bool:
    return top.block_id == block_id and top.actor == actor and now - top.at <= ONE_EDIT


def _edit(
    mailing: Mailing,
    position: int,
    content: dict[str, Any],
    block_id: str,
    actor: str,
    now: datetime,
) -> MailingEdit:
    return MailingEdit(
        mailing_id=mailing.id,
        position=position,
        content=content,
        block_id=block_id,
        actor=actor[:200],
        at=now,
    )
