"""The databases are asked the same whoever's address it is, so that no clock tells them apart."""

from collections.abc import Sequence

import pytest
from flask.testing import FlaskClient

from outreach.core.db import transaction
from outreach.stakeholders.consents import suppress
from outreach.stakeholders.models import SuppressionReason
from tests.stakeholders.factories import People
from tests.statements import counted_statements

KNOWN, BARRED, NEW = "known@example.org", "barred@example.org", "new@example.org"


@pytest.fixture
def addresses(people: People, list_id: int) -> Sequence[str]:
    """A known address, a new one, one that staff alone can lift; and each once more."""
    people.person(KNOWN, gets=list_id)
    with people.app.app_context(), transaction() as writing:
        fingerprint = people.make.fingerprint(BARRED)
        said = SuppressionReason.COMPLAINED
        suppress(writing, fingerprint, said, evidence="", actor="", now=people.now)
    return [KNOWN, NEW, BARRED, KNOWN, NEW, BARRED]


@pytest.mark.parametrize(
    ("path", "more"), [("/subscribe", {"roles": ["ngo"], "consent": "y"}), ("/preferences", {})]
)
def test_every_address_costs_the_same_statements(
    visitor: FlaskClient, addresses: Sequence[str], path: str, more: dict[str, object]
) -> None:
    visitor.post(path, data={"email": "first@example.org", **more})  # what is asked once

    asked = []
    for email in addresses:
        with counted_statements() as seen:
            visitor.post(path, data={"email": email, **more})
        asked.append(seen)

    for seen in asked[1:]:
        assert seen == asked[0]
