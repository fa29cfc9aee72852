"""The six steps of the demo's start page, each ticked by what really happened."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach.delivery.models import Dispatch, TokenGroup
from outreach.demo.load import OFFICER, PARTNER
from outreach.mailings.models import Mailing, MailingState
from outreach.projects.models import Project
from outreach.questions.models import Question
from outreach.stakeholders.models import Role
from outreach.tracking.models import DocumentFigure, GroupFigure

POLITICIAN = "politician"
REPORT, DASHBOARD = "reports.mailing", "dashboards.project"
Seen = Mapping[str, float]
"""When (seconds since 1970) this browser last read a page, by `page_key`."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: what, why, where, as whom, and whether it was done."""

    title: str
    sentence: str
    label: str
    """What its button says."""
    address: str
    user: str
    """Whose eyes it is seen with: the button signs in as this user."""
    is_done: bool


@dataclass(frozen=True, slots=True)
class Scene:
    """The demo's mailings: the one sent long ago, a draft, and the newest that went out since."""

    first: Mailing
    draft: Mailing | None
    sent: Mailing | None


def page_key(endpoint: str, number: int | None = None) -> str:
    """Name a page that a step asks to read."""
    return f"{endpoint} {number}" if number else endpoint


WORDS = (
    (
        "Read what came of a mailing",
        "Three weeks ago the network announced a result to 400 people. The report tells by role "
        "who visited, downloaded and asked, and how that was counted.",
        "Open the report",
    ),
    (
        "Send the draft",
        "A second mailing is written and checked. Choose to send it now, read whom it goes to, and "
        "confirm; a few hundred letters leave within seconds.",
        "Open the draft",
    ),
    (
        "Open a politician’s letter",
        "The letters went out by SMTP and were caught on this machine. Open one that went to a "
        "politician; its picture counts as an open.",
        "Open the mailbox",
    ),
    (
        "Open its brief, and ask its question",
        "In the letter press “View the policy brief”, then “Ask a question” near its end, and send "
        "one as the reader would.",
        "Back to the letters",
    ),
    (
        "See both arrive in the report",
        "Within two seconds the download and the question stand in the row of politicians. Unless "
        "the reader agreed to be followed, nobody can say whose letter it was.",
        "Open its report",
    ),
    (
        "See what the partner sees",
        "A partner of the project reads published figures only: no person stands in them, and what "
        "could point to one is hidden.",
        "Look as the partner",
    ),
)
"""Title, sentence and button of each step."""


def steps(session: Session, seen: Seen) -> list[Step]:
    """Return the six steps as the database, and what this browser has read, tick them."""
    scene = _scene(session)
    letters = url_for("mailbox.letters", role=POLITICIAN)
    newest = url_for(REPORT, mailing_id=(scene.sent or scene.first).id)
    places = (
        url_for(REPORT, mailing_id=scene.first.id),
        _sending_address(scene),
        letters,
        letters,
        newest,
        url_for(DASHBOARD, slug=_project(session)),
    )
    return [
        Step(*words, address, PARTNER if address == places[-1] else OFFICER, is_done)
        for words, address, is_done in zip(WORDS, places, _done(session, scene, seen), strict=True)
    ]


def _done(session: Session, scene: Scene, seen: Seen) -> tuple[bool, ...]:
    sent_id = scene.sent.id if scene.sent else 0
    asked_at = _asked_at(session, sent_id)
    came = asked_at is not None and _has_downloads(session, sent_id)
    read_at = seen.get(page_key(REPORT, sent_id), 0.0)
    return (
        page_key(REPORT, scene.first.id) in seen,
        scene.sent is not None and scene.sent.state is MailingState.SENT,
        _was_opened(session, sent_id),
        came,
        came and asked_at is not None and read_at >= asked_at.timestamp(),
        page_key(DASHBOARD) in seen,
    )


def _sending_address(scene: Scene) -> str:
    if scene.draft and not scene.sent:
        return url_for("mailings.schedule", mailing_id=scene.draft.id)
    return url_for("mailings.mailing", mailing_id=(scene.sent or scene.first).id)


def _scene(session: Session) -> Scene:
    begun = session.scalars(
        select(Mailing)
        .join(Dispatch, Dispatch.mailing_id == Mailing.id)
        .order_by(Dispatch.fanned_out_at)
    ).all()
    draft = session.scalars(
        select(Mailing)
        .where(Mailing.state == MailingState.DRAFT, Mailing.archived_at.is_(None))
        .order_by(Mailing.id)
        .limit(1)
    ).first()
    return Scene(begun[0], draft, begun[-1] if len(begun) > 1 else None)


def _was_opened(session: Session, mailing_id: int) -> bool:
    """Say whether a politician's letter was looked at, by whatever program."""
    opens = (
        select(func.sum(GroupFigure.opens + GroupFigure.machine_opens))
        .join(
            TokenGroup,
            (TokenGroup.mailing_id == GroupFigure.mailing_id)
            & (TokenGroup.no == GroupFigure.group_no),
        )
        .join(Role, Role.id == TokenGroup.role_id)
        .where(GroupFigure.mailing_id == mailing_id, Role.slug == POLITICIAN)
    )
    return bool(session.scalar(opens))


def _has_downloads(session: Session, mailing_id: int) -> bool:
    served = select(func.sum(DocumentFigure.downloads + DocumentFigure.machine))
    return bool(session.scalar(served.where(DocumentFigure.mailing_id == mailing_id)))


def _asked_at(session: Session, mailing_id: int) -> datetime | None:
    found: datetime | None = session.scalar(
        select(func.max(Question.created_at)).where(Question.mailing_id == mailing_id)
    )
    return found


def _project(session: Session) -> str:
    return session.scalars(select(Project.slug).order_by(Project.id).limit(1)).one()
