"""Who asked, as a condition of segments: they told us who they are themselves."""

from typing import Any

from sqlalchemy import ColumnElement, select

from outreach.core.contributions import Engagement, Period
from outreach.delivery.engagements import sent_mailings
from outreach.questions.models import Question, QuestionState


def _asked(person: Any, mailing_ids: tuple[int, ...], period: Period) -> ColumnElement[bool]:
    query = select(Question.stakeholder_id).where(
        Question.stakeholder_id.is_not(None),
        Question.state != QuestionState.SPAM,
        period.covers(Question.created_at),
    )
    if mailing_ids:
        query = query.where(Question.mailing_id.in_(mailing_ids))
    found: ColumnElement[bool] = person.in_(query)
    return found


ASKED = Engagement(
    "asked", "Asked a question, as far as we know who asked", _asked, sent_mailings, is_own_act=True
)
