from datetime import UTC, datetime
from typing import Any

from outreach.mail.letter import Address, Envelope, Letter
from outreach.mail.mime import render_simple
from tests.mail.letters import parsed


def one_off(**changes: Any) -> Letter:
    return render_simple(
        **{
            "envelope": Envelope("bounces@example.org", "ben@example.org"),
            "sender": Address("ada@example.org", "Ada"),
            "to": Address("ben@example.org", "Ben"),
            "subject": "Your question",
            "text": "An answer.\n",
            "message_id": "<1@example.org>",
            "date": datetime(2026, 3, 1, 9, tzinfo=UTC),
            **changes,
        }
    )


def test_a_single_letter_of_text_alone_is_no_multipart() -> None:
    letter = one_off()

    message = parsed(letter.data)
    assert message.get_content_type() == "text/plain"
    assert message.get_content() == "An answer.\r\n\r\n"
    assert message["Message-ID"] == "<1@example.org>"
    assert message["Date"] == "Sun, 01 Mar 2026 09:00:00 +0000"
    assert not letter.needs_smtputf8


def test_a_single_letter_has_a_reply_address_and_further_headers() -> None:
    letter = one_off(
        html="<p>An answer.</p>",
        reply_to=Address("ask@example.org"),
        headers=[("Auto-Submitted", "auto-replied"), ("References", "<a@b.example> <c@d.example>")],
    )

    message = parsed(letter.data)
    assert message["Reply-To"] == "ask@example.org"
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["References"] == "<a@b.example> <c@d.example>"


def test_user_text_in_a_single_letter_makes_no_slot() -> None:
    letter = one_off(subject="\ue000x\ue001", text="\ue000y\ue001")

    assert parsed(letter.data)["Subject"] == "x"


def test_a_local_part_of_another_script_needs_smtputf8_and_stays_as_it_is() -> None:
    letter = one_off(to=Address("józef@example.org"))

    assert letter.needs_smtputf8
    assert b"To: <j\xc3\xb3zef@example.org>\r\n" in letter.data


def test_every_letter_ends_its_last_line() -> None:
    assert one_off().data.endswith(b"\r\n")
    assert one_off(html="<p>x</p>").data.endswith(b"--\r\n")
