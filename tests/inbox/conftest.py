"""A sent mailing whose letters carry signed envelope senders, and messages that come back."""

import threading
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from outreach.core.db import db
from outreach.core.state import state
from outreach.delivery.models import Delivery
from outreach.delivery.worker import run_due
from outreach.stakeholders.models import Stakeholder
from tests.delivery.conftest import kit
from tests.delivery.kit import Kit
from tests.mail.smtp_server import RecordingSmtpServer, smtp_server
from tests.mail.smtp_session import Received
from tests.snapshots import once

__all__ = ["kit", "smtp_server"]


@dataclass(frozen=True)
class Returned:
    """Writes the reports of a far server about letters that were sent."""

    kit: Kit
    mailing_id: int

    def sender(self, number: int = 1) -> str:
        """The envelope sender of a letter."""
        mark = state(self.kit.app).signer.bounce_local_part(self.mailing_id, number)
        return f"bounces+{mark}@mail.example.org"

    def report(self, number: int = 1, *, to: str = "", **fields: str) -> bytes:
        """A report in the standard form (RFC 3464)."""
        said = {
            "Final-Recipient": "rfc822; somebody@far.example",
            "Action": "failed",
            "Status": "5.1.1",
            "Diagnostic-Code": "smtp; 550 5.1.1 No such user",
            **{name.replace("_", "-"): value for name, value in fields.items()},
        }
        block = "\r\n".join(f"{name}: {value}" for name, value in said.items())
        return (
            f"From: MAILER-DAEMON@far.example\r\nTo: {to or self.sender(number)}\r\n"
            "Subject: Undelivered Mail\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; "
            'report-type=delivery-status; boundary="b"\r\n\r\n'
            "--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
            "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
            f"Reporting-MTA: dns; far.example\r\n\r\n{block}\r\n\r\n--b--\r\n"
        ).encode()

    def complaint(self, number: int = 1, kind: str = "abuse", *, to: str = "") -> bytes:
        """A provider's feedback report (RFC 5965), with the letter's envelope sender."""
        sender = to or self.sender(number)
        return (
            "From: fbl@provider.example\r\nTo: abuse@mail.example.org\r\nSubject: FW\r\n"
            "MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=feedback-report; "
            'boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSomebody complained.\r\n'
            "--b\r\nContent-Type: message/feedback-report\r\n\r\n"
            f"Feedback-Type: {kind}\r\nUser-Agent: x\r\nVersion: 1\r\n"
            f"Original-Mail-From: <{sender}>\r\n\r\n--b--\r\n"
        ).encode()

    def delivery(self, number: int = 1) -> Delivery:
        """A letter as it stands."""
        return db.session.get_one(Delivery, (self.mailing_id, number))

    def fingerprint(self, number: int = 1) -> str | None:
        """The address of a letter's person, as the do-not-mail list knows it."""
        query = select(Stakeholder.fingerprint).where(
            Stakeholder.id == self.delivery(number).stakeholder_id
        )
        return db.session.scalar(query)


@dataclass(frozen=True)
class _Sent:
    """What sending left beside the rows."""

    mailing_id: int
    list_id: int
    recipients: tuple[str, ...]
    received: tuple[Received, ...]


@pytest.fixture
def returned(kit: Kit, smtp_server: RecordingSmtpServer) -> Returned:
    """A mailing to six people that was sent; really so once, afterwards its rows are put back."""
    here = state(kit.app)
    here.settings = here.settings.model_copy(
        update={"catcher_port": smtp_server.port, "inbox_address": "bounces@mail.example.org"}
    )

    def send() -> _Sent:
        mailing_id = kit.mailing(recipients=6)
        run_due(kit.app, stop=threading.Event())
        received = tuple(smtp_server.received)
        assert len(received) == 6
        assert received[0].sender.startswith("bounces+")
        return _Sent(mailing_id, kit.list_id, tuple(kit.recipients), received)

    sent = once(kit.make, ("sent by the kit",), send)
    if not smtp_server.received:
        smtp_server.received.extend(sent.received)
        kit.recipients.extend(sent.recipients)
        kit.remember_list(sent.list_id)
    return Returned(kit, sent.mailing_id)
