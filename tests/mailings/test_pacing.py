"""How long a mailing takes is told with the letters to slow domains counted."""

from pathlib import Path

from flask import Flask

from outreach.core.clock import now
from outreach.core.db import db
from outreach.core.state import state
from outreach.mail.letter import Address
from outreach.mailings.models import Mailing
from outreach.mailings.pacing import forecast
from tests.delivery.kit import ADDRESS, Kit
from tests.factories import Factory


def test_letters_to_a_slow_domain_are_counted(
    app: Flask, make: Factory, database_uri: str, tmp_path: Path
) -> None:
    kit = Kit(app, make, database_uri, tmp_path)
    mailing_id = kit.mailing(recipients=36)
    slow = f"{ADDRESS}=0.01, elsewhere.example=0.0001"
    settings = state(app).settings.model_copy(update={"mail_per_domain": slow})
    with app.app_context():
        told = forecast(
            db.session(),
            db.session.get_one(Mailing, mailing_id),
            36,
            settings=settings,
            sender=Address("news@example.org"),
            begins=now(),
            now=now(),
        )

    assert told.takes == f"about 60 minutes: 36 letters an hour to {ADDRESS}"
    assert told.done_at is not None
