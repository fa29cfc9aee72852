"""From the addresses people come by to what their question is about; wrong ones say nothing."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from outreach.core.signing import Signer
from outreach.core.slugs import SLUG_LENGTH
from outreach.delivery.models import Delivery
from outreach.mailings.models import Mailing
from outreach.mailings.testing_subjects import told_subject
from outreach.projects.models import Project
from outreach.questions.about import About
from outreach.results.models import Result
from outreach.stakeholders.models import Stakeholder
from outreach.tracking.origin import Origin, origin_of, origin_of_letter

LONGEST_TOKEN = 200


@dataclass(frozen=True, slots=True)
class Context:
    """What the form can say about itself, and what is kept with the question."""

    about: About
    project: Project | None = None
    result: Result | None = None
    mailing: Mailing | None = None

    @property
    def question_address(self) -> str:
        """Where one may write instead; "" where nobody said."""
        if self.project and self.project.question_address:
            return self.project.question_address
        return self.mailing.mailing_list.reply_address if self.mailing else ""

    def title(self, language: str) -> str:
        """Name what the question is about: the result, else the letter, else the project."""
        if self.result:
            return self.result.title.pick(language)
        if self.mailing and self.mailing.subject:
            return told_subject(self.mailing)
        return self.project.title.pick(language) if self.project else ""


def context_of(
    session: Session, *, via: str, web_key: str, result_slug: str, signer: Signer
) -> Context:
    """Return what a question asked by this way is about.

    `via` is a letter's measure token, `web_key` the key of a mailing's web version, `result_slug`
    a published result. What is not genuine is as if it were not there.
    """
    origin = origin_of(session, via, signer) if 0 < len(via) <= LONGEST_TOKEN else None
    return _context(session, origin, web_key=web_key, result_slug=result_slug)


def context_of_letter(session: Session, mailing_id: int, number: int) -> Context:
    """Return what a reply to delivery `number` is about.

    The delivery stays with the question only while its person agrees to be followed (as for `via`).
    """
    return _context(session, origin_of_letter(session, mailing_id, number))


def _context(
    session: Session, origin: Origin | None, *, web_key: str = "", result_slug: str = ""
) -> Context:
    mailing = _mailing(session, origin, web_key)
    result = _published(session, result_slug) or _only_result(mailing)
    project = _project(session, result, mailing)
    return Context(
        About(
            project_id=project.id if project else None,
            result_id=result.id if result else None,
            # Of a draft nobody got a letter yet that a question could come from.
            mailing_id=mailing.id if mailing and (origin or mailing.started_at) else None,
            origin=origin,
            stakeholder_id=_person(session, origin),
        ),
        project,
        result,
        mailing,
    )


def _mailing(session: Session, origin: Origin | None, web_key: str) -> Mailing | None:
    if origin is None and not 0 < len(web_key) <= LONGEST_TOKEN:
        return None
    wanted = Mailing.id == origin.mailing_id if origin else Mailing.web_key == web_key
    return session.scalars(
        select(Mailing)
        .where(wanted)
        .options(
            joinedload(Mailing.mailing_list),
            selectinload(Mailing.results).joinedload(Result.project),
        )
    ).one_or_none()


def _published(session: Session, slug: str) -> Result | None:
    if not 0 < len(slug) <= SLUG_LENGTH:
        return None
    return session.scalars(
        select(Result)
        .where(Result.slug == slug, Result.published_at.is_not(None))
        .options(joinedload(Result.project))
    ).one_or_none()


def _only_result(mailing: Mailing | None) -> Result | None:
    return mailing.results[0] if mailing and len(mailing.results) == 1 else None


def _project(session: Session, result: Result | None, mailing: Mailing | None) -> Project | None:
    """Return the project in charge; of an installation with a single one, that one."""
    if result:
        return result.project
    if mailing:
        projects = {found.project for found in mailing.results}
        return projects.pop() if len(projects) == 1 else mailing.mailing_list.project
    running = select(Project).where(Project.archived_at.is_(None)).limit(2)
    projects = set(session.scalars(running))
    return projects.pop() if len(projects) == 1 else None


def _person(session: Session, origin: Origin | None) -> int | None:
    if origin is None or origin.number is None:
        return None
    first = aliased(Stakeholder)
    return session.scalar(
        select(func.coalesce(first.merged_into_id, first.id))
        .join(Delivery, Delivery.stakeholder_id == first.id)
        .where(Delivery.mailing_id == origin.mailing_id, Delivery.number == origin.number)
    )
