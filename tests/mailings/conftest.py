"""What the tests of mailings share."""

import pytest

from tests.factories import Factory
from tests.mailings.factories import MailingFactory


@pytest.fixture
def room(make: Factory) -> MailingFactory:
    """Makes people with roles and consents, and mailings that are ready to go."""
    return MailingFactory(make)
