"""Digests: a recurring mailing of new results and FAQ entries; each issue a mailing of its own.

An issue is made once: the digest's row is held, and its next moment is written in the same
transaction as the mailing. When nothing is new there is none.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from outreach.core.contributions import FaqOffer, FaqSource
from outreach.core.errors import Refusal
from outreach.mailings import blocks, phrases
from outreach.mailings.audience import Audience
from outreach.mailings.belonging import announce_also
from outreach.mailings.blocks import Content
from outreach.mailings.digest_models import Digest, Rhythm
from outreach.mailings.letting_go import ACTOR, let_look
from outreach.mailings.models import Mailing
from outreach.mailings.moments import existing
from outreach.mailings.schedule import GRACE
from outreach.mailings.services import Details, begin
from outreach.projects.models import Call, List, Project
from outreach.results.models import Result
from outreach.web.filters import plural

MOST_RESULTS, MOST_QUESTIONS = 6, 8
"""More would make no letter; the oldest come first, the others in the next issue."""


@dataclass(frozen=True)
class News:
    """What is new, the oldest first."""

    results: tuple[Result, ...]
    questions: tuple[FaqOffer, ...]
    covers_until: datetime
    """Up to when everything is in it."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write about."""
        return not self.results and not self.questions


@dataclass(frozen=True, slots=True)
class DigestWords:
    """What staff choose."""

    is_on: bool
    rhythm: Rhythm
    day: int
    local_time: str
    zone: str
    is_automatic: bool
    audience: Audience


def next_due(digest: Digest, *, after: datetime) -> datetime:
    """Return when the next issue is made: the first moment of its rhythm after `after`.

    By the clock of its zone, also over daylight saving; a time the clock skips is the next one.
    """
    zone = ZoneInfo(digest.zone)
    clock = time.fromisoformat(digest.local_time)
    day = after.astimezone(zone).date()
    while True:
        if (day.weekday() if digest.rhythm is Rhythm.WEEKLY else day.day) == digest.day:
            wall = existing(datetime.combine(day, clock), zone)
            moment = wall.replace(tzinfo=zone).astimezone(UTC)
            if moment > after:
                return moment
        day += timedelta(days=1)


def choose_digest(
    session: Session, its_list: List, words: DigestWords, *, actor: str, now: datetime
) -> Digest:
    """Switch a list's digest on or off, and say how it is made. Raises Refusal without readers."""
    if words.is_on and words.audience.is_empty:
        raise Refusal(
            "Nobody is chosen to get it.",
            "Choose a role, level, country, language or segment.",
        )
    digest = session.get(Digest, its_list.id, with_for_update=True)
    if digest is None:
        digest = Digest(list_id=its_list.id, is_on=False, covered_until=now)
        session.add(digest)
    if words.is_on and not digest.is_on:
        digest.covered_until = now
    digest.is_on, digest.rhythm, digest.day = words.is_on, words.rhythm, words.day
    digest.local_time, digest.zone = words.local_time, words.zone
    digest.is_automatic = words.is_automatic
    digest.audience = words.audience.model_dump(mode="json")
    digest.due_at = next_due(digest, after=now) if words.is_on else None
    digest.updated_at, digest.actor = now, actor
    return digest


def due_digests(session: Session, *, now: datetime) -> Sequence[int]:
    """Return the lists whose digest is due."""
    return session.scalars(select(Digest.list_id).where(Digest.is_on, Digest.due_at <= now)).all()


def news_of(
    session: Session, digest: Digest, sources: Iterable[FaqSource], *, now: datetime
) -> News:
    """Return what was published since the last issue, of the list's projects."""
    project_ids = _projects(session, digest.mailing_list)
    results = session.scalars(
        select(Result)
        .where(
            Result.project_id.in_(project_ids),
            Result.archived_at.is_(None),
            Result.published_at > digest.covered_until,
            Result.published_at <= now,
        )
        .options(joinedload(Result.project), selectinload(Result.documents))
        .order_by(Result.published_at, Result.id)
    ).all()
    language = digest.mailing_list.language
    offers = [
        offer
        for source in sources
        for offer in source(session, project_ids, language=language)
        if offer.published_at and digest.covered_until < offer.published_at <= now
    ]
    offers.sort(key=lambda offer: offer.published_at or now)
    return _within_limits(list(results), offers, now)


def _within_limits(results: list[Result], offers: list[FaqOffer], now: datetime) -> News:
    """Leave the newest for the next issue where there is too much for one letter."""
    until = now
    if len(results) > MOST_RESULTS:
        until = min(until, results[MOST_RESULTS - 1].published_at or now)
    if len(offers) > MOST_QUESTIONS:
        until = min(until, offers[MOST_QUESTIONS - 1].published_at or now)
    return News(
        tuple(one for one in results if (one.published_at or now) <= until),
        tuple(one for one in offers if (one.published_at or now) <= until),
        until,
    )


def issue(
    session: Session,
    list_id: int,
    sources: Iterable[FaqSource],
    *,
    now: datetime,
) -> Mailing | None:
    """Make the issue that is due, if anything is new; None when there is none to make.

    It waits for somebody's approval, unless issues leave by themselves: then it stays a draft for
    `let_go`. One that is late by more than the grace period is looked at in any case.
    """
    digest = session.get(Digest, list_id, with_for_update=True)
    if digest is None or not digest.is_on or digest.due_at is None or digest.due_at > now:
        return None
    if digest.mailing_list.archived_at is not None:
        digest.is_on, digest.due_at = False, None
        return None
    is_late = now - digest.due_at > GRACE
    news = news_of(session, digest, sources, now=now)
    digest.covered_until, digest.due_at = news.covers_until, next_due(digest, after=now)
    if news.is_empty:
        return None
    mailing = _begin(session, digest, news, now)
    digest.last_mailing_id = mailing.id
    if is_late or not digest.is_automatic:
        let_look(session, mailing, is_late=is_late, now=now)
    return mailing


def _begin(session: Session, digest: Digest, news: News, now: datetime) -> Mailing:
    its_list = digest.mailing_list
    language = its_list.language
    name = its_list.name.pick(language)
    titles = [one.title.pick(language) for one in news.results]
    titles += [one.question for one in news.questions]
    day = now.astimezone(ZoneInfo(digest.zone))
    return begin(
        session,
        Details(
            title=f"{name}, {day.day} {day:%B %Y}"[:200],
            list_id=its_list.id,
            subject=phrases.NEWS.pick(language).format(name=name)[:250],
            preheader=" · ".join(titles)[:140],
            language=language,
            result_ids=tuple(result.id for result in news.results),
        ),
        actor=ACTOR,
        now=now,
        content=_content(news, its_list, language),
        audience=Audience.model_validate(digest.audience),
        detail=_told(news),
    )


def _content(news: News, its_list: List, language: str) -> Content:
    headline = phrases.NEWS.pick(language).format(name=its_list.name.pick(language))
    content = blocks.compose([{"kind": "headline", "text": headline[:200]}])
    for result in news.results:
        content = announce_also(content, result, language)
    items = [
        {"slug": one.slug, "question": one.question[:400], "answer": one.answer[:10_000]}
        for one in news.questions
    ]
    for first in range(0, len(items), MOST_QUESTIONS):
        fields = {"kind": "faq", "items": items[first : first + MOST_QUESTIONS]}
        content = blocks.add(content, fields, at=_before_closing(content))
    return content if news.results else _closed(content, its_list, language)


def _closed(content: Content, its_list: List, language: str) -> Content:
    """Add credit line and way to ask, which no result brought along."""
    if its_list.project is not None:
        credit = {"kind": "acknowledgement", "project": its_list.project.slug}
        content = blocks.add(content, credit)
    return blocks.add(content, {"kind": "ask_us", "text": phrases.ASK.pick(language)})


def _before_closing(content: Content) -> int:
    closing = (blocks.Acknowledgement, blocks.FaqLink, blocks.AskUs)
    places = [at for at, each in enumerate(content.blocks) if isinstance(each, closing)]
    return places[0] if places else len(content.blocks)


def _told(news: News) -> str:
    results = plural(len(news.results), "new result")
    return f"{results}, {plural(len(news.questions), 'new FAQ entry', 'new FAQ entries')}"


def _projects(session: Session, its_list: List) -> list[int]:
    if its_list.project_id is not None:
        return [its_list.project_id]
    own = select(Project.id).join(Call, Call.id == Project.call_id)
    return list(
        session.scalars(
            own.where(Call.network_id == its_list.network_id, Project.archived_at.is_(None))
        )
    )
