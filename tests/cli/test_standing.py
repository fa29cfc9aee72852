"""What `outreach mailing status` says while letters leave."""

import threading
from datetime import timedelta

from outreach.cli.standing import lines
from outreach.core.clock import now
from outreach.core.db import db
from outreach.core.state import state
from outreach.dashboards.status import mailing_status
from outreach.delivery.worker import run_due
from outreach.mailings.models import Mailing
from tests.delivery.conftest import kit
from tests.delivery.kit import Kit
from tests.mail.smtp_server import RecordingSmtpServer, smtp_server

__all__ = ["kit", "smtp_server"]


def test_the_command_line_says_what_the_progress_page_shows(
    kit: Kit, smtp_server: RecordingSmtpServer
) -> None:
    here = state(kit.app)
    here.settings = here.settings.model_copy(update={"catcher_port": smtp_server.port})
    mailing_id = kit.mailing(recipients=5)
    smtp_server.on("rcpt", "450 4.2.0 Greylisted", recipient=kit.recipients[0])
    smtp_server.on("rcpt", "552 5.2.2 Full", recipient=kit.recipients[1])
    run_due(kit.app, stop=threading.Event())

    with kit.app.app_context():
        mailing = db.session.get_one(Mailing, mailing_id)
        said = list(lines(mailing_status(db.session(), mailing, now=now()), with_domains=True))
        later = mailing_status(db.session(), mailing, now=now() + timedelta(hours=1))

    words = "\n".join(said)
    assert "3 in the last minute" in words
    assert "minutes left" not in words, "what waits for its next try is not leaving now"
    assert "later       1 tried again, on " in words
    assert "reply       1 deferred: 450 4.2.0 Greylisted (mail.example.org 1)" in words
    assert "reply       1 refused: 552 5.2.2 Full (mail.example.org 1)" in words
    assert "domain      mail.example.org: 5 letters, 3 sent, 1 waiting, 1 refused" in words
    assert later["under_way"]["tried_later"] == 0
