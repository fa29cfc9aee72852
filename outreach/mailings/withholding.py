"""Why somebody in an audience gets no letter: the person's own will, then ours.

The ledger speaks first (`stakeholders.eligibility`). Then come whom the audience leaves out, and
how much the network has written to the person lately. What letters people got only a later room
knows; it contributes the words for it (`core.contributions.Letters`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, String, bindparam, case, exists, func, literal

from outreach.core.contributions import Letters
from outreach.core.db import UTCDateTime
from outreach.projects.queries import LetterLimit
from outreach.stakeholders.eligibility import holds_now, withheld_reason
from outreach.stakeholders.frequency import month_ago, wants_fewer
from outreach.stakeholders.models import Purpose, Stakeholder, StakeholderRole, WithheldReason
from outreach.stakeholders.segments.rules import Rule
from outreach.stakeholders.segments.verdicts import members

LIMIT_PERIOD = timedelta(days=30)
LIMITS = frozenset({WithheldReason.MONTHLY, WithheldReason.TOO_MANY})
"""Reasons that lie in what people have got; they pass with time."""
_NOW, _MONTH_AGO, _PERIOD_AGO = (
    bindparam(name, type_=UTCDateTime()) for name in ("asked_at", "month_ago", "period_ago")
)
_Case = tuple[ColumnElement[bool], ColumnElement[str]]
_letters: list[Letters] = []


def offer_letters(letters: Sequence[Letters]) -> None:
    """Keep what later rooms know of letters: the same for every application of this program."""
    _letters[:] = letters


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Whom an audience leaves out."""

    role_ids: tuple[int, ...] = ()
    rules: tuple[Rule, ...] = ()
    """Of the segments left out."""
    mailing_ids: tuple[int, ...] = ()


def why_withheld(
    list_id: int, left_out: LeftOut, limit: LetterLimit, purpose: Purpose, now: datetime
) -> ColumnElement[str | None]:
    """Return why `Stakeholder` gets no letter of the list: a WithheldReason value, NULL = gets it.

    The first that applies: what `withheld_reason` knows, then left_out, received, monthly and
    too_many.
    """
    cases = [
        *_left_out(left_out, now),
        *_monthly(month_ago(now)),
        *_too_many(limit, now - LIMIT_PERIOD),
    ]
    own = withheld_reason(list_id, now, purpose=purpose)
    return func.coalesce(own, case(*cases)) if cases else own


def why_withheld_now(
    list_id: int, mailing_id: int, limit: LetterLimit, purpose: Purpose
) -> ColumnElement[str | None]:
    """Return the same as a letter of `mailing_id` is about to leave, asked with `moments_of(now)`.

    Whom the audience leaves out was decided when the letters were made; how much has left since
    then is asked anew. The moment is left open, so that a sender writes these words only once.
    """
    own = withheld_reason(list_id, _NOW, purpose=purpose)
    cases = [
        *_monthly(_MONTH_AGO, sent_but=mailing_id),
        *_too_many(limit, _PERIOD_AGO, sent_but=mailing_id),
    ]
    return func.coalesce(own, case(*cases)) if cases else own


def moments_of(now: datetime) -> dict[str, datetime]:
    """Return what `why_withheld_now` leaves open."""
    return {
        _NOW.key: now,
        _MONTH_AGO.key: month_ago(now),
        _PERIOD_AGO.key: now - LIMIT_PERIOD,
    }


def _left_out(left_out: LeftOut, now: datetime) -> list[_Case]:
    cases: list[_Case] = []
    if left_out.role_ids:
        held = exists().where(
            StakeholderRole.stakeholder_id == Stakeholder.id,
            StakeholderRole.role_id.in_(left_out.role_ids),
            holds_now(now),
        )
        cases.append((held, _value(WithheldReason.LEFT_OUT)))
    if left_out.rules:
        belongs = Stakeholder.id.in_(members(left_out.rules, now))
        cases.append((belongs, _value(WithheldReason.LEFT_OUT)))
    if left_out.mailing_ids:
        cases += [
            (each.received(Stakeholder.id, left_out.mailing_ids), _value(WithheldReason.RECEIVED))
            for each in _letters
        ]
    return cases


def _monthly(
    since: datetime | ColumnElement[datetime], *, sent_but: int | None = None
) -> list[_Case]:
    return [
        (
            wants_fewer()
            & each.got_as_many(
                Stakeholder.id,
                1,
                since=since,
                list_ids=None,
                of_few=True,
                sent_but=sent_but,
            ),
            _value(WithheldReason.MONTHLY),
        )
        for each in _letters
    ]


def _too_many(
    limit: LetterLimit,
    since: datetime | ColumnElement[datetime],
    *,
    sent_but: int | None = None,
) -> list[_Case]:
    if not limit.most:
        return []
    return [
        (
            each.got_as_many(
                Stakeholder.id, limit.most, since=since, list_ids=limit.list_ids, sent_but=sent_but
            ),
            _value(WithheldReason.TOO_MANY),
        )
        for each in _letters
    ]


def _value(reason: WithheldReason) -> ColumnElement[str]:
    return literal(reason.value, String)
