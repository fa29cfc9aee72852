"""Emptying people who were brought by mistake: like an erasure, except that they may come again."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BindParameter, delete, insert, literal, select, update
from sqlalchemy.orm import Session

from outreach.core.changes import Change
from outreach.stakeholders.models import (
    Consent,
    ConsentEntry,
    ConsentState,
    Purpose,
    Stakeholder,
    StakeholderRole,
    StakeholderTag,
    StakeholderTopic,
    Stop,
)

_ENTRY = (
    "stakeholder_id",
    "list_id",
    "purpose",
    "state",
    "basis",
    "wording_version",
    "wording_language",
    "source",
    "withdrawn_at",
    "actor",
    "recorded_at",
)


def empty_people(session: Session, ids: Sequence[int], *, now: datetime, actor: str) -> None:
    """Forget who `ids` are: their keys and the lines of the ledger stay, without a word on them."""
    for model in (StakeholderRole, StakeholderTopic, StakeholderTag):
        session.execute(delete(model).where(model.stakeholder_id.in_(ids)))
    _withdraw(session, ids, now, actor)
    session.execute(
        insert(Stop).from_select(
            ["stakeholder_id", "purpose", "at"],
            select(Stakeholder.id, literal(Purpose.NEWSLETTER, Stop.purpose.type), _at(now)).where(
                Stakeholder.id.in_(ids)
            ),
        )
    )
    session.execute(
        update(Stakeholder)
        .where(Stakeholder.id.in_(ids))
        .values(
            email=None,
            fingerprint=None,
            name="",
            given_name="",
            sort_name="",
            search_text="",
            job_title="",
            source="",
            country=None,
            tier=None,
            organisation_id=None,
            language="en",
            role_marks=0,
            erased_at=now,
            updated_at=now,
        )
    )
    session.execute(
        update(Change)
        .where(Change.object_type == "stakeholder", Change.object_id.in_(ids))
        .values(before={}, after={})
    )


def _withdraw(session: Session, ids: Sequence[int], now: datetime, actor: str) -> None:
    withdrawn = literal(ConsentState.WITHDRAWN, Consent.state.type)
    standing = select(
        Consent.stakeholder_id,
        Consent.list_id,
        Consent.purpose,
        withdrawn,
        Consent.basis,
        literal(""),
        literal(""),
        literal("Taken back: brought by mistake"),
        _at(now),
        literal(actor[:200]),
        _at(now),
    ).where(Consent.stakeholder_id.in_(ids), Consent.state != ConsentState.WITHDRAWN)
    session.execute(insert(ConsentEntry).from_select(list(_ENTRY), standing))
    session.execute(
        update(Consent)
        .where(Consent.stakeholder_id.in_(ids))
        .values(state=ConsentState.WITHDRAWN, since=now)
    )


def _at(now: datetime) -> BindParameter[datetime]:
    return literal(now, Stop.at.type)
