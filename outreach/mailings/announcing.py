"""“Announce this result”: a draft with everything that is already known of a result filled in."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from outreach.core.text import LANGUAGES
from outreach.mailings import phrases
from outreach.mailings.audience import Audience
from outreach.mailings.blocks import Content, compose
from outreach.mailings.marks import without_marks
from outreach.mailings.models import Mailing
from outreach.mailings.services import Details, begin
from outreach.results.models import Document, Result

MOST_POINTS = 6
MOST_ACTIONS = 5
_POINT = re.compile(r"\s*[-*+]\s+(.*)")
_HEADING = re.compile(r"#{1,6}\s+(.*)")


@dataclass(frozen=True, slots=True)
class _Summary:
    """A summary taken apart: its first paragraph, its first list, the rest."""

    intro: str
    lead: str
    """The heading right above the list."""
    points: tuple[str, ...]
    rest: str


def announce(
    session: Session,
    result: Result,
    *,
    list_id: int,
    language: str,
    actor: str,
    now: datetime,
    created_by_id: int | None = None,
    audience: Audience | None = None,
) -> Mailing:
    """Begin a draft about a result: headline, points, documents, credit line, FAQ and ask-us.

    Where the result says nothing in `language` (ISO 639-1) its own words stand in. Raises Refusal.
    """
    title = result.title.pick(language)
    return begin(
        session,
        Details(
            title=title[:200],
            list_id=list_id,
            subject=title[:250],
            language=language if language in LANGUAGES else "en",
            result_ids=(result.id,),
        ),
        actor=actor,
        now=now,
        created_by_id=created_by_id,
        content=first_words(result, language),
        audience=audience,
        detail=f"from the result “{title}”",
    )


def first_words(result: Result, language: str) -> Content:
    """Return the blocks that announce a result, from what is known of it and its project."""
    return compose(_blocks(result, language))


def _blocks(result: Result, language: str) -> Iterator[dict[str, Any]]:
    summary = _taken_apart(result.summary.pick(language))
    headline = without_marks(result.title.pick(language))[:200]
    yield {"kind": "headline", "text": headline, "intro": summary.intro}
    if summary.points:
        lead = summary.lead or phrases.RELEVANCE.pick(language)
        yield {"kind": "relevance", "lead": lead, "points": summary.points}
    if summary.rest:
        yield {"kind": "text", "markdown": summary.rest[:20_000]}
    if items := _actions(result, language):
        yield {"kind": "calls_to_action", "items": items}
    yield {"kind": "acknowledgement", "project": result.project.slug}
    yield {"kind": "faq_link", "label": phrases.FAQ.pick(language)}
    yield {"kind": "ask_us", "text": phrases.ASK.pick(language)}


def _actions(result: Result, language: str) -> list[dict[str, str]]:
    shown = [document for document in result.documents if _can_be_offered(document)]
    items = [
        {"label": phrases.VIEW[document.kind].pick(language), "target": f"document:{document.id}"}
        for document in shown[:MOST_ACTIONS]
    ]
    if result.project.website:
        target = f"page:project/{result.project.slug}"
        items.append({"label": phrases.PROJECT.pick(language), "target": target})
    return items


def _can_be_offered(document: Document) -> bool:
    return (
        document.archived_at is None and bool(document.versions) and document.kind in phrases.VIEW
    )


def _taken_apart(markdown: str) -> _Summary:
    paragraphs = [part.strip() for part in re.split(r"\n\s*\n", markdown.replace("\r\n", "\n"))]
    intro = points = None
    lead = ""
    rest: list[str] = []
    above = ""
    for paragraph in filter(None, paragraphs):
        found, heading = _points(paragraph), _HEADING.fullmatch(above)
        if found and points is None:
            points, lead = found, without_marks(heading[1])[:200] if heading else ""
        elif intro is None and not found and not _HEADING.fullmatch(paragraph):
            intro = without_marks(paragraph)
        else:
            rest.append(paragraph)
            heading = None
        if heading:
            rest.pop()  # what it headed stands elsewhere now
        above = paragraph
    return _Summary((intro or "")[:1_500], lead, points or (), "\n\n".join(rest))


def _points(paragraph: str) -> tuple[str, ...]:
    matches = [_POINT.fullmatch(line) for line in paragraph.split("\n")]
    if not all(matches):
        return ()
    words = (without_marks(match[1])[:500] for match in matches if match)
    return tuple(point for point in words if point)[:MOST_POINTS]
