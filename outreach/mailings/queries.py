"""Reads of this room: mailings within somebody's reach, and what can be chosen for one."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from outreach.mailings.models import Mailing, MailingResult, MailingState
from outreach.mailings.trail_models import MailingLog
from outreach.projects.models import List
from outreach.results.models import Document, Picture, Result
from outreach.stakeholders.eligibility import reporting_role
from outreach.stakeholders.filtering import matches
from outreach.stakeholders.models import Role, Stakeholder
from outreach.web.pagination import PageRequest

ProjectIds = Collection[int] | None
"""The projects somebody is limited to; None for all."""
_PEOPLE_SHOWN = 8
_SENT_OFFERED = 40


@dataclass(frozen=True, slots=True)
class MailingFilter:
    """What is asked of the list; an empty group narrows nothing."""

    q: str = ""
    states: tuple[MailingState, ...] = ()
    list_ids: tuple[int, ...] = ()
    is_archived: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether it asks for everything."""
        return self == MailingFilter()


@dataclass(frozen=True, slots=True)
class Person:
    """A stakeholder as a letter addresses them."""

    id: int
    name: str
    given_name: str
    email: str
    organisation: str
    role_id: int | None
    language: str = "en"


def in_reach(project_ids: ProjectIds) -> ColumnElement[bool]:
    """Say whether `Mailing` is of these projects: its list's, or one of its results'."""
    if project_ids is None:
        return Mailing.id == Mailing.id
    return or_(
        exists().where(List.id == Mailing.list_id, List.project_id.in_(project_ids)),
        exists().where(
            MailingResult.mailing_id == Mailing.id,
            MailingResult.result_id == Result.id,
            Result.project_id.in_(project_ids),
        ),
    )


def find(session: Session, mailing_id: int, project_ids: ProjectIds) -> Mailing | None:
    """Return a mailing within reach with its list and results; None for any other."""
    return session.scalars(
        select(Mailing)
        .where(Mailing.id == mailing_id, in_reach(project_ids))
        .options(
            joinedload(Mailing.mailing_list).joinedload(List.sender_profile),
            selectinload(Mailing.results).joinedload(Result.project),
        )
    ).one_or_none()


def mailings(
    session: Session, project_ids: ProjectIds, wanted: MailingFilter, page: PageRequest
) -> Sequence[Mailing]:
    """Return a page of the list: what is promised or at work first, then newest first."""
    query = select(Mailing).where(in_reach(project_ids)).options(joinedload(Mailing.mailing_list))
    put_away = Mailing.archived_at.is_not(None)
    query = query.where(put_away if wanted.is_archived else ~put_away)
    if wanted.states:
        query = query.where(Mailing.state.in_(wanted.states))
    if wanted.list_ids:
        query = query.where(Mailing.list_id.in_(wanted.list_ids))
    if wanted.q:
        query = query.where(
            or_(
                Mailing.title.icontains(wanted.q, autoescape=True),
                Mailing.subject.icontains(wanted.q, autoescape=True),
            )
        )
    query = query.order_by(Mailing.updated_at.desc(), Mailing.id.desc())
    return session.scalars(query.offset(page.offset).limit(page.limit)).all()


def log_of(session: Session, mailing_id: int, *, limit: int = 50) -> Sequence[MailingLog]:
    """Return what was done with a mailing, newest first."""
    return session.scalars(
        select(MailingLog)
        .where(MailingLog.mailing_id == mailing_id)
        .order_by(MailingLog.id.desc())
        .limit(limit)
    ).all()


def lists_to_choose(session: Session, project_ids: ProjectIds) -> Sequence[List]:
    """Return the lists a mailing may belong to; a network's only for who reaches all projects."""
    query = select(List).where(List.archived_at.is_(None)).order_by(List.slug)
    if project_ids is not None:
        query = query.where(List.project_id.in_(project_ids))
    return session.scalars(query).all()


def results_to_choose(session: Session, project_ids: ProjectIds) -> Sequence[Result]:
    """Return the results a mailing may announce, newest first."""
    query = (
        select(Result)
        .where(Result.archived_at.is_(None))
        .options(joinedload(Result.project), selectinload(Result.documents))
        .order_by(Result.id.desc())
    )
    if project_ids is not None:
        query = query.where(Result.project_id.in_(project_ids))
    return session.scalars(query).all()


def sent_to_choose(
    session: Session, project_ids: ProjectIds, *, but: int
) -> Sequence[tuple[int, str]]:
    """Return (id, name with day) of the mailings that went out lately, newest first."""
    rows = session.execute(
        select(Mailing.id, Mailing.title, Mailing.started_at)
        .where(in_reach(project_ids), Mailing.started_at.is_not(None), Mailing.id != but)
        .order_by(Mailing.started_at.desc())
        .limit(_SENT_OFFERED)
    )
    return [(row.id, f"{row.title}, {row.started_at:%-d %B %Y}") for row in rows]


def documents_of(session: Session, mailing: Mailing) -> Sequence[Document]:
    """Return the documents of a mailing's results, which its buttons may lead to."""
    announced = [result.id for result in mailing.results]
    return session.scalars(
        select(Document)
        .where(
            Document.result_id.in_(announced),
            Document.archived_at.is_(None),
            Document.versions.any(),
        )
        .order_by(Document.result_id, Document.position, Document.id)
    ).all()


def pictures_of(session: Session, project_ids: Collection[int]) -> Sequence[Picture]:
    """Return the pictures uploaded for these projects, newest first."""
    return session.scalars(
        select(Picture).where(Picture.project_id.in_(project_ids)).order_by(Picture.id.desc())
    ).all()


def roles_to_choose(session: Session) -> Sequence[Role]:
    """Return the roles an audience may have, in their order."""
    return session.scalars(
        select(Role).where(Role.archived_at.is_(None)).order_by(Role.position, Role.id)
    ).all()


def countries_and_languages(session: Session) -> tuple[list[str], list[str]]:
    """Return the countries and languages that anybody has, by code."""
    countries = session.scalars(
        select(Stakeholder.country).where(Stakeholder.country.is_not(None)).distinct()
    )
    languages = session.scalars(select(Stakeholder.language).distinct())
    return sorted(code for code in countries if code), sorted(languages)


def person(session: Session, stakeholder_id: int, *, now: datetime) -> Person | None:
    """Return a stakeholder as a letter addresses them; None for one who is gone."""
    found = _people(session, Stakeholder.id == stakeholder_id, now=now)
    return found[0] if found else None


def person_by_email(session: Session, email: str, *, now: datetime) -> Person | None:
    """Return the stakeholder with this normalised address; None when there is none."""
    found = _people(session, Stakeholder.email == email, now=now)
    return found[0] if found else None


def people_named(session: Session, q: str, *, now: datetime) -> list[Person]:
    """Return the first few people with every word of `q` in name, address or organisation."""
    return _people(session, and_(*matches(q)), now=now)


def some_readers(
    session: Session, recipients: Select[int], *, now: datetime, limit: int
) -> list[Person]:
    """Return some of the people selected by id, other ones each time it is asked."""
    drawn = session.scalars(recipients.order_by(func.random()).limit(limit)).all()
    return _people(session, Stakeholder.id.in_(drawn), now=now, limit=limit)


def _people(
    session: Session, wanted: ColumnElement[bool], *, now: datetime, limit: int = _PEOPLE_SHOWN
) -> list[Person]:
    rows = session.execute(
        select(Stakeholder, reporting_role(now).label("role_id"))
        .where(wanted, Stakeholder.email.is_not(None), Stakeholder.merged_into_id.is_(None))
        .options(joinedload(Stakeholder.organisation))
        .order_by(Stakeholder.sort_name, Stakeholder.id)
        .limit(limit)
    )
    return [
        Person(
            someone.id,
            someone.name,
            someone.given_name,
            someone.email or "",
            someone.organisation.name if someone.organisation else "",
            role_id,
            someone.language,
        )
        for someone, role_id in rows
    ]
