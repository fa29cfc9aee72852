"""A mailing whose readers come to our pages by their letters."""

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.signing import DeliveryTokens
from outreach.stakeholders.eligibility import withheld_reason
from outreach.stakeholders.models import Stakeholder
from tests.stakeholders.factories import People
from tests.tracking.factories import Sent
from tests.tracking.sending import sent_mailing


@pytest.fixture
def sent(app: Flask, people: People, now: datetime) -> Sent:
    """A mailing to subscribers: letters 1 and 2 unlinked, letter 3 of somebody followed."""
    sent = sent_mailing(app, people.make, now, unlinked=2, personal=1)
    for person in sent.people.values():
        people.consent(person, sent.list_id)
    return sent


@pytest.fixture
def tokens(sent: Sent) -> DeliveryTokens:
    """What stands in letter 1."""
    return sent.signer.delivery_tokens(sent.mailing_id, 1)


@pytest.fixture
def reason(session: Session, sent: Sent) -> Callable[[int], str | None]:
    """Tells why the owner of a letter gets no more of them."""

    def tell(number: int = 1) -> str | None:
        session.rollback()
        whose = Stakeholder.id == sent.people[number]
        return session.execute(select(withheld_reason(sent.list_id)).where(whose)).scalar_one()

    return tell
