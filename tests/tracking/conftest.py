"""The tracking room's own fixtures."""

from datetime import datetime

import pytest
from flask import Flask

from tests.factories import Factory
from tests.tracking.factories import Sent
from tests.tracking.sending import sent_mailing


@pytest.fixture
def sent(app: Flask, make: Factory, now: datetime) -> Sent:
    """A mailing: letters 1 to 6 unlinked, 7 and 8 personal, four links."""
    return sent_mailing(app, make, now)
