"""The hits behind the figures, one by one, each with how it was judged and why."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach.core.text import LocalText
from outreach.delivery.models import TokenGroup
from outreach.mailings.models import MailingLink
from outreach.results.models import Document
from outreach.stakeholders.models import Role, Tier
from outreach.tracking.models import Hit, HitKind, HitLabel, ReasonFigure

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class HitLine:
    """One hit, as it is listed. Nothing in it leads to a person."""

    id: int
    at: datetime
    kind: HitKind
    link_number: int | None
    link_label: str | None
    document: LocalText | None
    role: LocalText | None
    """Of the letter's group, as are level, country and variant; empty where the group holds several
    or cannot be named."""
    tier: Tier | None
    country: str | None
    variant: str | None
    is_followed: bool
    """Whether it was made with the letter of somebody who agreed to be measured."""
    agent_family: str
    label: HitLabel
    reason: str
    is_repeat: bool
    rule_version: int


@dataclass(frozen=True, slots=True)
class HitPage:
    """Some hits, the newest first; `older` continues the list, None at its end."""

    lines: Sequence[HitLine]
    older: int | None


def hit_page(
    session: Session,
    mailing_id: int,
    *,
    kind: HitKind | None = None,
    label: HitLabel | None = None,
    before: int | None = None,
) -> HitPage:
    """Return the hits of a mailing older than hit `before`, of one kind or label or of all."""
    wanted = [Hit.mailing_id == mailing_id]
    if kind is not None:
        wanted.append(Hit.kind == kind)
    if label is not None:
        wanted.append(Hit.label == label)
    if before is not None:
        wanted.append(Hit.id < before)
    rows: Sequence[Any] = session.execute(
        select(
            Hit.id,
            Hit.at,
            Hit.kind,
            Hit.link_number,
            MailingLink.label,
            Document.title,
            Role.name,
            TokenGroup.tier,
            TokenGroup.country,
            TokenGroup.variant,
            Hit.number.is_not(None),
            Hit.agent_family,
            Hit.label,
            Hit.reason,
            Hit.is_repeat,
            Hit.rule_version,
        )
        .outerjoin(
            MailingLink,
            (MailingLink.mailing_id == Hit.mailing_id) & (MailingLink.number == Hit.link_number),
        )
        .outerjoin(Document, Document.id == Hit.document_id)
        .outerjoin(
            TokenGroup,
            (TokenGroup.mailing_id == Hit.mailing_id) & (TokenGroup.no == Hit.group_no),
        )
        .outerjoin(Role, Role.id == TokenGroup.role_id)
        .where(*wanted)
        .order_by(Hit.id.desc())
        .limit(PER_PAGE + 1)
    ).all()
    lines = [HitLine(*row) for row in rows[:PER_PAGE]]
    return HitPage(lines, lines[-1].id if len(rows) > PER_PAGE else None)


@dataclass(frozen=True, slots=True)
class ReasonLine:
    """How many hits of one kind were judged one way, for one reason."""

    kind: HitKind
    label: HitLabel
    reason: str
    hits: int
    repeats: int


def reason_lines(session: Session, mailing_ids: Collection[int]) -> list[ReasonLine]:
    """Return why the hits of mailings were counted or left out, the most frequent first."""
    hits = func.sum(ReasonFigure.hits)
    rows = session.execute(
        select(
            ReasonFigure.kind,
            ReasonFigure.label,
            ReasonFigure.reason,
            hits,
            func.sum(ReasonFigure.repeats),
        )
        .where(ReasonFigure.mailing_id.in_(sorted(mailing_ids)), ReasonFigure.hits > 0)
        .group_by(ReasonFigure.kind, ReasonFigure.label, ReasonFigure.reason)
        .order_by(hits.desc(), ReasonFigure.reason)
    )
    return [ReasonLine(*row) for row in rows]
