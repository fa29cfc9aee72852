"""No message that came back leads from a letter's counting token to the person who wrote."""

import base64
import quopri
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from outreach.core.db import db
from outreach.core.signing import nonce_of
from outreach.core.state import state
from outreach.inbox.jobs import take
from outreach.inbox.models import InboundMail
from outreach.inbox.wiping import without_counting_tokens
from tests.inbox.conftest import Returned

TOKEN = "AQIAAAAHAAAAAUu3zqO-_QxqJ1lyd5Yd2HtcTQ8Wq0pQ"
LETTER = (
    f'<p>See <a href="https://mail.example.org/t/c/{TOKEN}/2">the brief</a> or '
    f"https://mail.example.org/results/trees?lang=en&via={TOKEN} – and "
    f'<img src="https://mail.example.org/t/o/{TOKEN}.gif" alt=""></p>'
    "<p>Leave: https://mail.example.org/u/stays-as-it-is-for-it-counts-nothing</p>"
)


@pytest.mark.parametrize("encoding", ["quoted-printable", "base64", "8bit"])
def test_a_quoted_letter_is_stored_without_its_counting_tokens(encoding: str) -> None:
    message = EmailMessage(policy=SMTP)
    message["Subject"] = "Re: Trees"
    message.set_content("Thank you.")
    message.add_alternative(LETTER, subtype="html", cte=encoding)
    raw = message.as_bytes()

    wiped = without_counting_tokens(raw)

    assert len(wiped) == len(raw)
    assert TOKEN not in _decoded(wiped)
    assert "stays-as-it-is" in _decoded(wiped)
    assert "Thank you." in _decoded(wiped)


def _decoded(raw: bytes) -> str:
    """Return all that a message says, whatever it is written in."""
    payloads = [part.get_payload(decode=True) for part in message_from_bytes(raw).walk()]
    inside = b"".join(one for one in payloads if isinstance(one, bytes))
    return (raw + quopri.decodestring(raw) + inside).decode("utf-8", "replace")


def test_a_gateways_wrapped_address_and_a_letter_within_a_letter_are_wiped_too() -> None:
    wrapped = f"https://safe.example/?url=https%3A%2F%2Fmail.example.org%2Ft%2Fc%2F{TOKEN}%2F2"
    inner = base64.encodebytes(LETTER.encode())
    nested = base64.encodebytes(b"Subject: x\r\n\r\n" + inner)

    assert TOKEN.encode() not in without_counting_tokens(wrapped.encode())
    found = base64.b64decode(without_counting_tokens(nested)).split(b"\r\n\r\n")[1]
    assert TOKEN not in base64.b64decode(found).decode()


def test_what_names_no_token_stays_octet_for_octet() -> None:
    picture = base64.encodebytes(bytes(range(256)) * 40)
    raw = b"Subject: a/b/c\r\n\r\nSee /t/c/short and via=nobody.\r\n\r\n" + picture

    assert without_counting_tokens(raw) == raw


@given(st.binary(max_size=400) | st.text(alphabet="/t%2Fcvia=3DAB\r\n+", max_size=400))
def test_whatever_comes_keeps_its_length(raw: bytes | str) -> None:
    octets = raw.encode() if isinstance(raw, str) else raw

    assert len(without_counting_tokens(octets)) == len(octets)


@pytest.mark.usefixtures("context")
def test_a_reply_that_quotes_the_letter_stores_no_nonce(returned: Returned) -> None:
    signer = state(returned.kit.app).signer
    token = signer.unlinked(returned.mailing_id, 1, nonce_of(b"k" * 32, 1))
    reply = (
        f"From: Person <{returned.kit.recipients[0]}>\r\nTo: {returned.sender()}\r\n"
        "Subject: Re: Cities\r\nMessage-ID: <one@far.example>\r\n\r\n"
        f"I like http://localhost/t/c/{token}/1 best.\r\n\r\n> http://localhost/t/o/{token}.gif\r\n"
    ).encode()

    take(reply, signer)

    (mail,) = db.session.scalars(select(InboundMail)).all()
    assert b"/t/o/xxxx" in mail.raw
    for table in db.metadata.sorted_tables:
        for row in db.session.execute(table.select()):
            assert token not in str(tuple(row)), table.name
            assert token.encode() not in b"".join(one for one in row if isinstance(one, bytes))
