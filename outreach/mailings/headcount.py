"""Counting an audience ahead of the transaction that promises it to a mailing.

At a hundred thousand people that takes seconds, in which nobody else could write on SQLite. Inside
the transaction it is only looked at whether the mailing still asks for the same people.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, String, case, literal, select
from sqlalchemy.orm import Session

from outreach.core.errors import Conflict
from outreach.mailings.audience import AudienceCount, audience_of, by_country, count, judged
from outreach.mailings.models import Mailing
from outreach.mailings.shuffling import shuffled
from outreach.mailings.testing_subjects import readers_of_it
from outreach.stakeholders.models import Stakeholder

KEPT = 8192
"""Up to how many people are all kept; of more at least half as many, which tells a tenth of them
to within a hundredth (two standard deviations)."""


@dataclass(frozen=True, slots=True)
class Headcount:
    """Who would get a mailing at one moment, as far as promising it needs to know."""

    of: tuple[Any, ...]
    """What was counted: the choice of people as the mailing then held it."""
    audience: AudienceCount
    countries: Mapping[str | None, int]
    """How many get it in each country (None where it is not known), where that was asked."""
    readers: int
    """Those a subject test has to go by; 0 without a test."""
    every: int
    marks: frozenset[int]
    """The marks of one person in `every`."""

    def must_be_of(self, mailing: Mailing, *, is_local: bool = False) -> None:
        """Raise Conflict when the mailing is meant for others by now."""
        if self.of != _choice(mailing, is_local=is_local):
            raise Conflict(
                "The mailing was changed at this very moment, and other people may get it now.",
                "Look at the count again, then confirm it.",
            )


def take_headcount(
    session: Session, mailing: Mailing, *, is_local: bool = False, now: datetime
) -> Headcount:
    """Count who would get a mailing now; reads only, and needs no transaction.

    With `is_local` also in which countries, as letters at the reader's own time need it.
    """
    audience = audience_of(mailing)
    counted = count(session, audience, mailing.list_id, now)
    every = counted.recipients // KEPT + 1
    return Headcount(
        _choice(mailing, is_local=is_local),
        counted,
        by_country(session, audience, mailing.list_id, now) if is_local else {},
        readers_of_it(session, mailing, now=now) if mailing.subject_test else 0,
        every,
        marks_of(session, mailing, every, now),
    )


def headcount_to_go_on(session: Session, mailing: Mailing, *, now: datetime) -> Headcount | None:
    """Count who would get a mailing that is to go on; None where its letters are made already."""
    return take_headcount(session, mailing, now=now) if mailing.started_at is None else None


def marks_of(session: Session, mailing: Mailing, every: int, now: datetime) -> frozenset[int]:
    """Return the marks of those who would get a mailing, of one person in `every`.

    Who is drawn is no condition beside the others: PostgreSQL takes each for so rare that it
    expects a single person, and then reads all roles anew for each of thousands (12 s of 50,000
    people, by the square of their number).
    """
    found = judged(session, audience_of(mailing), mailing.list_id, now)
    mark = mark_of(Stakeholder.id, mailing)
    reason = case((mark % every == 0, found.reason), else_=literal(_NOT_DRAWN, String))
    asked = (
        select(mark.label("mark"), reason.label("reason"))
        .where(*found.conditions)
        .cte("asked")
        .prefix_with("MATERIALIZED")
    )
    return frozenset(session.scalars(select(asked.c.mark).where(asked.c.reason.is_(None))))


_NOT_DRAWN = "not drawn"


def mark_of(person: SQLColumnExpression[int], mailing: Mailing) -> ColumnElement[int]:
    """Return the number drawn for a person's id, which stands for them in this mailing alone."""
    return shuffled(person, f"confirmed {mailing.web_key}")


def _choice(mailing: Mailing, *, is_local: bool) -> tuple[Any, ...]:
    """Return what a headcount depends on; the two languages tell who reads a tested line."""
    languages = (mailing.language, *mailing.content.get("languages", ()))
    people = (mailing.id, mailing.list_id, audience_of(mailing), is_local)
    return *people, languages, bool(mailing.subject_test)
