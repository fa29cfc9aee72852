"""What the tests of questions share."""

import pytest

from tests.factories import Factory
from tests.questions.factories import QuestionFactory


@pytest.fixture
def desk(make: Factory) -> QuestionFactory:
    """Makes questions, people who ask them, and FAQ entries."""
    return QuestionFactory(make)
