"""Who has not been heard of for years: a proposal to staff, never a verdict.

Most people agreed to no measurement, so that nothing they do with letters can be seen: silence is
no proof of disinterest. Staff ask once, record a renewed basis, or erase; each run is a change set
that is reported and cannot be undone.
"""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, exists, func, select
from sqlalchemy.orm import Session, joinedload

from outreach.core.changes import Change, ChangeKind, ChangeSet
from outreach.core.contributions import Engagement, Erasure, Period
from outreach.core.keys import KeyRing
from outreach.mail.writing import write
from outreach.projects.models import List
from outreach.stakeholders.erasing import erase
from outreach.stakeholders.ledger import THE_PERSON, record_consent
from outreach.stakeholders.models import (
    Basis,
    Consent,
    ConsentEntry,
    ConsentState,
    Note,
    NoteKind,
    Purpose,
    SignUp,
    Stakeholder,
)
from outreach.stakeholders.phrases import PHRASES
from outreach.stakeholders.sender import Desk, post_letter
from outreach.stakeholders.status import Status, status
from outreach.stakeholders.wordings import WORDING
from outreach.web.phrasebook import day_in

ANSWER_WITHIN = timedelta(days=60)
PAGE = 50


@dataclass(frozen=True)
class Silent:
    """Somebody of whom no own action is known since long."""

    person: Stakeholder
    asked_at: datetime | None
    """When they were asked whether to go on; they are asked once."""
    status: Status


@dataclass(frozen=True)
class Rules:
    """What counts: how long, and what other rooms know people did themselves."""

    months: int
    acts: tuple[Engagement, ...]

    @classmethod
    def of(cls, months: int, engagements: Iterable[Engagement]) -> "Rules":
        """Return the rules of this installation."""
        return cls(months, tuple(found for found in engagements if found.is_own_act))


def months_before(now: datetime, months: int) -> datetime:
    """Return the same day of an earlier month, or its last day where there is none."""
    year, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    day = min(now.day, monthrange(year, month + 1)[1])
    return now.replace(year=year, month=month + 1, day=day)


def is_silent(rules: Rules, now: datetime) -> ColumnElement[bool]:
    """Say whether no own action of `Stakeholder` is known within the period of the rules.

    A line of the ledger counts, whoever wrote it: somebody had a reason then. So does what they
    changed of themselves.
    """
    since = months_before(now, rules.months)
    said = select(ConsentEntry.id).where(
        ConsentEntry.stakeholder_id == Stakeholder.id, ConsentEntry.recorded_at >= since
    )
    met = select(Note.id).where(
        Note.stakeholder_id == Stakeholder.id,
        Note.kind.in_((NoteKind.MEETING, NoteKind.CALL)),
        Note.happened_on >= since.date(),
    )
    changed = (
        select(Change.id)
        .join(ChangeSet, ChangeSet.id == Change.change_set_id)
        .where(
            Change.object_type == Stakeholder.__tablename__,
            Change.object_id == Stakeholder.id,
            ChangeSet.actor == THE_PERSON,
            ChangeSet.created_at >= since,
        )
    )
    acted = [act.holds(Stakeholder.id, (), Period(since)) for act in rules.acts]
    return and_(
        Stakeholder.erased_at.is_(None),
        Stakeholder.merged_into_id.is_(None),
        Stakeholder.created_at < since,
        ~exists(said.correlate(Stakeholder)),
        ~exists(met.correlate(Stakeholder)),
        ~exists(changed.correlate(Stakeholder)),
        *(~act for act in acted),
    )


def _asked_at() -> ScalarSelect[datetime]:
    return (
        select(func.max(ChangeSet.created_at))
        .join(Change, Change.change_set_id == ChangeSet.id)
        .where(
            Change.object_type == "stakeholder",
            Change.object_id == Stakeholder.id,
            ChangeSet.kind == ChangeKind.RETENTION,
        )
        .correlate(Stakeholder)
        .scalar_subquery()
    )


def _silent(rules: Rules, now: datetime) -> Select[Stakeholder, datetime, str]:
    return (
        select(Stakeholder, _asked_at().label("asked_at"), status())
        .where(is_silent(rules, now))
        .order_by(Stakeholder.created_at, Stakeholder.id)
        .options(joinedload(Stakeholder.organisation))
    )


def proposal(session: Session, rules: Rules, *, now: datetime) -> tuple[int, list[Silent]]:
    """Return how many have not been heard of, and the first page of them, the oldest first."""
    found = select(func.count()).select_from(Stakeholder).where(is_silent(rules, now))
    rows = session.execute(_silent(rules, now).limit(PAGE))
    silent = [Silent(person, asked, Status(word)) for person, asked, word in rows]
    return session.scalar(found) or 0, silent


def ids_of_silent(session: Session, rules: Rules, ids: Sequence[int], now: datetime) -> list[int]:
    """Return those of `ids` who still have not been heard of."""
    query = select(Stakeholder.id).where(is_silent(rules, now), Stakeholder.id.in_(ids))
    return list(session.scalars(query))


def _run(session: Session, label: str, actor: str, now: datetime) -> ChangeSet:
    batch = ChangeSet(kind=ChangeKind.RETENTION, label=label, actor=actor, created_at=now)
    session.add(batch)
    session.flush()  # changes name their set
    return batch


def ask_once(
    session: Session, ids: Sequence[int], *, desk: Desk, now: datetime, actor: str
) -> ChangeSet:
    """Mail the question whether to go on to whoever gets letters and was not asked before."""
    batch = _run(session, "Asked whether they still want letters", actor, now)
    query = select(Stakeholder, _asked_at()).where(Stakeholder.id.in_(ids))
    asked = 0
    for person, asked_before in session.execute(query).all():
        lists = [] if asked_before else _lists_of(session, person.id)
        if lists and person.email:
            _post(session, person, lists, desk, now)
            session.add(
                Change(
                    change_set_id=batch.id,
                    object_type="stakeholder",
                    object_id=person.id,
                    after={"asked": True},
                )
            )
            asked += 1
    batch.summary = {"counts": {"asked": asked, "left alone": len(ids) - asked}}
    return batch


def _lists_of(session: Session, person_id: int) -> list[List]:
    query = (
        select(List)
        .join(Consent, Consent.list_id == List.id)
        .where(
            Consent.stakeholder_id == person_id,
            Consent.purpose == Purpose.NEWSLETTER,
            Consent.state == ConsentState.ACTIVE,
            Consent.basis != Basis.UNKNOWN,
        )
    )
    return list(session.scalars(query.order_by(List.id)))


def _post(
    session: Session, person: Stakeholder, lists: Sequence[List], desk: Desk, now: datetime
) -> None:
    """The answer is a sign-up of their own: the page with one button, and a line of the ledger."""
    asked = SignUp(
        email=person.email,
        fingerprint=person.fingerprint,
        list_ids=[found.id for found in lists],
        roles=[],
        other_role="",
        language=person.language,
        wording_version=WORDING,
        source="Asked by us whether to go on",
        requested_at=now,
        expires_at=now + ANSWER_WITHIN,
        mailed_at=now,
    )
    session.add(asked)
    session.flush()  # the letter's link names the row
    names = ", ".join(found.name.pick(person.language) for found in lists)
    written = write(
        "still_wanted",
        language=person.language,
        phrase=PHRASES.speaker(person.language),
        list_name=names,
        address=f"{desk.base_url}/subscribe/confirm/{desk.signer.sign_up(asked.id)}",
        until=day_in(person.language, asked.expires_at),
        controller=lists[0].controller,
    )
    post_letter(
        session,
        written,
        kind="still_wanted",
        email=asked.email,
        its_list=lists[0],
        reference=("sign_up", asked.id),
        now=now,
    )


def renew(
    session: Session,
    ids: Sequence[int],
    list_id: int,
    *,
    basis: Basis,
    source: str,
    now: datetime,
    actor: str,
) -> ChangeSet:
    """Record why they may still be written to; whoever left stays off."""
    batch = _run(session, f"Renewed basis: {source}"[:200], actor, now)
    standing = select(Consent.stakeholder_id).where(
        Consent.stakeholder_id.in_(ids),
        Consent.list_id == list_id,
        Consent.purpose == Purpose.NEWSLETTER,
        Consent.state == ConsentState.ACTIVE,
    )
    found = session.scalars(standing).all()
    for person_id in found:
        record_consent(
            session,
            person_id,
            list_id,
            Purpose.NEWSLETTER,
            ConsentState.ACTIVE,
            basis=basis,
            source=source,
            actor=actor,
            now=now,
            change_set_id=batch.id,
        )
    batch.summary = {"counts": {"renewed": len(found), "left alone": len(ids) - len(found)}}
    return batch


def erase_silent(
    session: Session,
    ids: Sequence[int],
    *,
    erasures: Iterable[Erasure],
    ring: KeyRing,
    now: datetime,
    actor: str,
) -> ChangeSet:
    """Erase people, each as if they had asked for it."""
    batch = _run(session, "Erased after a long silence", actor, now)
    steps = list(erasures)
    for person_id in ids:
        erase(session, person_id, now=now, erasures=steps, ring=ring, actor=actor)
    batch.summary = {"counts": {"erased": len(ids)}}
    return batch


def unanswered(session: Session, rules: Rules, *, now: datetime, most: int = 500) -> list[int]:
    """Return whom we asked more than 60 days ago and who did not answer."""
    asked = _asked_at()
    query = (
        select(Stakeholder.id)
        .where(is_silent(rules, now), asked.is_not(None), asked < now - ANSWER_WITHIN)
        .order_by(Stakeholder.id)
        .limit(most)
    )
    return list(session.scalars(query))
