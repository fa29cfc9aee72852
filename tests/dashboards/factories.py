"""Mailings whose letters were sent and counted, written straight into the tables."""

from datetime import timedelta

from sqlalchemy.orm import Session

from outreach.core.db import transaction
from outreach.core.text import LocalText
from outreach.delivery.figures import recount
from outreach.delivery.models import Delivery, DeliveryState, Dispatch, TokenGroup
from outreach.mailings.models import Mailing, MailingResult, MailingState
from outreach.questions.models import Question, QuestionSource
from outreach.results.models import Result
from outreach.tracking.models import GroupFigure, HourFigure
from tests.factories import Factory

# role: (letters, of which refused, visits, downloads, questions)
LETTERS = {
    "policy-maker": (60, 0, 20, 12, 6),
    "ngo": (40, 1, 12, 6, 1),
    "politician": (12, 0, 12, 3, 0),
    "media": (3, 0, 2, 1, 1),
}


def sent_mailing(make: Factory, project_id: int, **letters: tuple[int, int, int, int, int]) -> int:
    """Make a mailing of the project that was sent an hour ago; returns its id."""
    roles, list_id = make.roles(), make.list_of(project_id)
    with make.app.app_context(), transaction() as session:
        mailing = Mailing(
            slug=f"mailing-{make.number()}",
            web_key=f"key-{make.number()}",
            list_id=list_id,
            title="The SmartUrbI result",
            subject="What makes a city socially smart",
            state=MailingState.SENT,
            created_at=make.now,
            updated_at=make.now,
            started_at=make.now - timedelta(hours=1),
        )
        result = Result(
            project_id=project_id,
            slug=f"result-of-{make.number()}",
            title=LocalText(en="Result"),
            created_at=make.now,
            updated_at=make.now,
        )
        session.add_all([mailing, result])
        session.flush()
        session.add(MailingResult(mailing_id=mailing.id, result_id=result.id))
        counts = letters or LETTERS
        session.add(
            Dispatch(
                mailing_id=mailing.id,
                fanned_out_at=make.now - timedelta(hours=1),
                recipients=sum(row[0] for row in counts.values()),
                withheld=4,
                transport="catcher",
                tracking="unlinked",
                threshold=5,
            )
        )
        session.flush()
        first = 1
        for no, (slug, row) in enumerate(counts.items(), start=1):
            _add_group(session, make, mailing.id, no, roles[slug.replace("_", "-")], row, first)
            first += row[0]
        hour = (make.now - timedelta(hours=1)).replace(minute=0, second=0)
        session.add(HourFigure(mailing_id=mailing.id, hour=hour, visits=9, downloads=4))
        session.flush()
        recount(session.connection(), mailing.id)
        return mailing.id


def _add_group(
    session: Session,
    make: Factory,
    mailing_id: int,
    no: int,
    role_id: int,
    row: tuple[int, int, int, int, int],
    first: int,
) -> None:
    letters, refused, visits, downloads, questions = row
    session.add(
        TokenGroup(
            mailing_id=mailing_id,
            no=no,
            role_id=role_id,
            folded=["country"],
            size=letters,
            is_personal=False,
            is_measured=True,
        )
    )
    session.flush()
    for number in range(first, first + letters):
        is_refused = number < first + refused
        session.add(
            Delivery(
                mailing_id=mailing_id,
                number=number,
                state=DeliveryState.REFUSED if is_refused else DeliveryState.ACCEPTED,
                roles=[role_id],
                role_id=role_id,
                language="en",
                group_no=no,
            )
        )
    session.add(
        GroupFigure(
            mailing_id=mailing_id,
            group_no=no,
            visits=visits,
            clicked=min(visits, letters),
            downloads=downloads,
            machine_clicks=2,
        )
    )
    for index in range(questions):
        session.add(
            Question(
                reference=f"Q{mailing_id}-{no}-{index}",
                source=QuestionSource.FORM,
                subject="How?",
                mailing_id=mailing_id,
                group_no=no,
                created_at=make.now,
                updated_at=make.now,
                answered_at=make.now if index % 2 else None,
            )
        )
