"""Drafts: beginning one, copying one, and saving what was changed without losing anybody's work."""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.errors import Conflict, Refusal
from outreach.core.slugs import free_slug
from outreach.core.text import LANGUAGES
from outreach.mailings.audience import Audience, audience_of
from outreach.mailings.blocks import Content, dump, load, merge, one_line, speak
from outreach.mailings.edits import keep_apart, remember, step
from outreach.mailings.holding import StaleEdit, claim
from outreach.mailings.log import Act, note
from outreach.mailings.models import Mailing, MailingResult, MailingState
from outreach.mailings.trail_models import MailingLog
from outreach.projects.models import List
from outreach.results.models import Result

__all__ = [
    "Details",
    "StaleEdit",
    "archive",
    "begin",
    "clone",
    "edit_content",
    "edit_details",
    "restore",
    "step_edits",
]
LONGEST_TITLE = 200
LONGEST_SUBJECT = 250
EDIT_SESSION = timedelta(minutes=30)
"""Saves of one person within this time are one line of the log."""
_TAKEN_BY_PAGES = frozenset({"pictures", "planned", "sample"})
_MAY_BE_PUT_AWAY = frozenset(
    {MailingState.DRAFT, MailingState.IN_REVIEW, MailingState.SENT, MailingState.CANCELLED}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What a mailing is called, by whom it goes out and what it announces."""

    title: str
    """The name staff know it by."""
    list_id: int
    subject: str = ""
    preheader: str = ""
    language: str = "en"
    result_ids: tuple[int, ...] = ()
    """In the order in which they are announced."""

    def tidy(self) -> "Details":
        """Return the same as single lines of sound length; raises Refusal naming what is wrong."""
        tidied = replace(
            self,
            title=one_line(self.title),
            subject=one_line(self.subject),
            preheader=one_line(self.preheader),
            result_ids=tuple(dict.fromkeys(self.result_ids)),
        )
        if not tidied.title:
            raise Refusal("The mailing has no name yet.", "Write one; only staff see it.")
        if len(tidied.title) > LONGEST_TITLE:
            raise Refusal("The name is too long.", f"Keep it under {LONGEST_TITLE} letters.")
        if self.language not in LANGUAGES:
            known = ", ".join(LANGUAGES)
            raise Refusal(f"No letter can be in “{self.language}”.", f"Choose of {known}.")
        _check_line("subject", tidied.subject)
        _check_line("preview line", tidied.preheader)
        return tidied


def begin(
    session: Session,
    details: Details,
    *,
    actor: str,
    now: datetime,
    created_by_id: int | None = None,
    content: Content | None = None,
    audience: Audience | None = None,
    detail: str = "",
) -> Mailing:
    """Begin a draft; `detail` says in the log what it was made from. Raises Refusal."""
    details = details.tidy()
    mailing = Mailing(
        slug=free_slug(details.title, lambda slug: _is_taken(session, slug)),
        title=details.title,
        list_id=_existing(session, List, details.list_id, "list"),
        subject=details.subject,
        preheader=details.preheader,
        language=details.language,
        content=dump(content or Content()),
        audience=(audience or Audience()).model_dump(mode="json"),
        created_at=now,
        updated_at=now,
        web_key=secrets.token_urlsafe(24),
        created_by_id=created_by_id,
    )
    session.add(mailing)
    session.flush()  # its results and its log refer to it
    _announce(session, mailing, details.result_ids)
    note(session, mailing, Act.CREATED, actor=actor, now=now, detail=detail)
    return mailing


def clone(
    session: Session,
    mailing: Mailing,
    *,
    actor: str,
    now: datetime,
    created_by_id: int | None = None,
) -> Mailing:
    """Begin a draft with the words, results and audience of another mailing in any state."""
    return begin(
        session,
        Details(
            title=f"{mailing.title[: LONGEST_TITLE - 7]} (copy)",
            list_id=mailing.list_id,
            subject=mailing.subject,
            preheader=mailing.preheader,
            language=mailing.language,
            result_ids=tuple(result.id for result in mailing.results),
        ),
        actor=actor,
        now=now,
        created_by_id=created_by_id,
        content=load(mailing.content),
        audience=audience_of(mailing),
        detail=f"copied from “{mailing.title}”",
    )


def edit_details(
    session: Session,
    mailing: Mailing,
    details: Details,
    *,
    audience: Audience | None = None,
    languages: Iterable[str] | None = None,
    lock_version: int,
    actor: str,
    now: datetime,
) -> None:
    """Write details; with `audience` who it is for, with `languages` what it is also said in.

    Raises StaleEdit, Conflict, Refusal.
    """
    details = details.tidy()
    _open_for_edit(session, mailing, lock_version)
    mailing.title, mailing.subject = details.title, details.subject
    mailing.preheader, mailing.language = details.preheader, details.language
    mailing.list_id = _existing(session, List, details.list_id, "list")
    so_far = list(mailing.results)
    _announce(session, mailing, details.result_ids)
    if len(so_far) == 1 and so_far[0].id in details.result_ids and len(details.result_ids) > 1:
        keep_apart(session, mailing, so_far[0].slug, actor=actor, now=now)
    if audience is not None:
        mailing.audience = audience.model_dump(mode="json")
    if languages is not None:
        mailing.content = dump(speak(load(mailing.content), languages))
    _saved(session, mailing, actor=actor, now=now)


def edit_content(
    session: Session,
    mailing: Mailing,
    change: Callable[[Content], Content],
    *,
    lock_version: int,
    actor: str,
    now: datetime,
    block_id: str = "",
) -> Content:
    """Save the blocks as `change` makes them of the present ones, and return them.

    `block_id` names the block that was typed into: its saves in a row are undone together. Raises
    StaleEdit when somebody saved since `lock_version` was read, Conflict when it is no
    draft, and whatever `change` raises.
    """
    _open_for_edit(session, mailing, lock_version)
    before = mailing.content
    content = change(load(before))
    mailing.content = dump(content)
    remember(session, mailing, before, block_id=block_id, actor=actor, now=now)
    _saved(session, mailing, actor=actor, now=now)
    return content


def step_edits(
    session: Session, mailing: Mailing, *, by: int, lock_version: int, actor: str, now: datetime
) -> None:
    """Undo an edit of the blocks (-1) or do it again (1); raises StaleEdit, Conflict."""
    _open_for_edit(session, mailing, lock_version)
    step(session, mailing, by=by)
    _saved(session, mailing, actor=actor, now=now)


def archive(session: Session, mailing: Mailing, *, actor: str, now: datetime) -> None:
    """Put it away: it leaves the list, its address stays. Raises Conflict while it is at work."""
    claim(session, mailing)
    if mailing.state not in _MAY_BE_PUT_AWAY:
        raise Conflict(
            f"This mailing is {mailing.state.label.lower()}; it cannot be archived.",
            "Cancel it first, or wait until it is sent.",
        )
    mailing.archived_at = mailing.updated_at = now
    note(session, mailing, Act.ARCHIVED, actor=actor, now=now)


def restore(session: Session, mailing: Mailing, *, actor: str, now: datetime) -> None:
    """Take it out of the archive."""
    claim(session, mailing)
    mailing.archived_at, mailing.updated_at = None, now
    note(session, mailing, Act.RESTORED, actor=actor, now=now)


def _check_line(name: str, text: str) -> None:
    if len(text) > LONGEST_SUBJECT:
        raise Refusal(f"The {name} is too long.", f"Keep it under {LONGEST_SUBJECT} letters.")
    try:
        merge.check(text)
    except ValueError as error:
        raise Refusal(f"In the {name} {error}.") from error


def _open_for_edit(session: Session, mailing: Mailing, lock_version: int) -> None:
    claim(session, mailing)
    if not mailing.is_editable:
        raise Conflict(
            f"This mailing is {mailing.state.label.lower()}; its words can no longer be changed.",
            "Take it back to a draft first, or clone it.",
        )
    if mailing.lock_version != lock_version:
        raise StaleEdit


def _saved(session: Session, mailing: Mailing, *, actor: str, now: datetime) -> None:
    mailing.lock_version += 1
    mailing.updated_at = now
    last = session.scalars(
        select(MailingLog)
        .where(MailingLog.mailing_id == mailing.id)
        .order_by(MailingLog.id.desc())
        .limit(1)
    ).first()
    is_same_sitting = (
        last is not None
        and (last.verb, last.actor) == (Act.EDITED.value, actor[:200])
        and now - last.at < EDIT_SESSION
    )
    if not is_same_sitting:
        note(session, mailing, Act.EDITED, actor=actor, now=now)


def _announce(session: Session, mailing: Mailing, result_ids: tuple[int, ...]) -> None:
    """Let a mailing announce these results; those it announced before stay first, in their order.

    To the first lead what belongs to the mailing as a whole: its link to the questions asked.
    """
    kept = {
        row.result_id: row
        for row in session.scalars(
            select(MailingResult).where(MailingResult.mailing_id == mailing.id)
        )
    }
    for result_id in kept.keys() - set(result_ids):
        session.delete(kept[result_id])
    before = [row.result_id for row in sorted(kept.values(), key=lambda row: row.position)]
    ordered = [*(each for each in before if each in result_ids), *result_ids]
    for position, result_id in enumerate(dict.fromkeys(ordered)):
        row = kept.get(result_id) or MailingResult(
            mailing_id=mailing.id, result_id=_existing(session, Result, result_id, "result")
        )
        row.position = position
        session.add(row)
    session.flush()  # the list of results is read again from its rows
    session.expire(mailing, ["results", "mailing_list"])


def _existing(session: Session, kind: type[List] | type[Result], key: int, name: str) -> int:
    if session.get(kind, key) is None:
        raise Refusal(f"This {name} is no longer there.", f"Choose another {name}.")
    return key


def _is_taken(session: Session, slug: str) -> bool:
    known = session.scalar(select(Mailing.id).where(Mailing.slug == slug))
    return slug in _TAKEN_BY_PAGES or known is not None
