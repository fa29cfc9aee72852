"""A letter to Ben, and settings that lead it to the recording server."""

from dataclasses import replace
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

from outreach.mail.letter import Envelope, Letter
from outreach.mail.server import SmtpSettings
from tests.mail.smtp_server import RecordingSmtpServer

BODY = b"Subject: News\r\n\r\nHello\r\n"
BEN = "ben@example.org"


def letter(recipient: str = BEN, data: bytes = BODY, *, needs_smtputf8: bool = False) -> Letter:
    return Letter(Envelope("bounces@example.org", recipient), data, needs_smtputf8)


def settings_of(server: RecordingSmtpServer, **changes: object) -> SmtpSettings:
    plain = SmtpSettings("127.0.0.1", server.port, timeout=2, final_timeout=2)
    return replace(plain, **changes)  # type: ignore[arg-type]  # tests name fields of many types


def parsed(data: bytes) -> EmailMessage:
    """Read a letter as the standard library does, and find no defect in it."""
    message = BytesParser(policy=policy.default).parsebytes(data)
    for part in message.walk():
        assert part.defects == []
        assert [part[name].defects for name in part if part[name].defects] == []
    return message
