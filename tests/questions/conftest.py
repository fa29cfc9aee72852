"""What the tests of questions share."""

from datetime import datetime

import pytest
from flask import Flask

from tests.factories import Factory
from tests.questions.factories import QuestionFactory
from tests.tracking.factories import Sent
from tests.tracking.sending import sent_mailing


@pytest.fixture
def desk(make: Factory) -> QuestionFactory:
    """Makes questions, people who ask them, and FAQ entries."""
    return QuestionFactory(make)


@pytest.fixture
def sent(app: Flask, desk: QuestionFactory, now: datetime) -> Sent:
    """A mailing to NGOs: letters 1 to 6 unlinked, 7 and 8 personal."""
    return sent_mailing(app, desk.make, now)
