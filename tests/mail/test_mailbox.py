import multiprocessing
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outreach.core.errors import NotFound
from outreach.mail.headers import date_value
from outreach.mail.letter import Address
from outreach.mail.mailbox import PER_PAGE, Mailbox, MailboxWriter
from outreach.mail.mime import compile_skeleton
from outreach.mail.slots import slot

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SKELETON = compile_skeleton(
    headers=[
        ("Date", date_value(NOON)),
        ("From", "ada@example.org"),
        ("To", Address(slot("email"), slot("name"))),
        ("Subject", f"News for {slot('name')}"),
        ("Message-ID", "<1@example.org>"),
        ("X-Outreach-Role", slot("role")),
    ],
    text=f"Dear {slot('name')},\nread this.",
    html=f"<p>Dear {slot('name')}</p>",
)


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[MailboxWriter]:
    writer = MailboxWriter(tmp_path)
    yield writer
    writer.close()


def keep(
    writer: MailboxWriter, name: str = "Zoë", email: str = "zoe@example.org", role: str = "ngo"
) -> int:
    data = SKELETON.fill({"name": name, "email": email, "role": role})
    return writer.keep("bounces@example.org", [email], data, now=NOON)


def test_a_letter_is_listed_with_what_its_headers_say(
    writer: MailboxWriter, tmp_path: Path
) -> None:
    number = keep(writer)

    letter = Mailbox(tmp_path).letter(number)

    assert letter.received_at == NOON
    assert (letter.sender, letter.recipient) == ("bounces@example.org", "zoe@example.org")
    assert (letter.recipient_name, letter.subject) == ("Zoë", "News for Zoë")
    assert (letter.message_id, letter.role) == ("<1@example.org>", "ngo")
    assert letter.size == (tmp_path / "20260302" / f"{number}.eml").stat().st_size


def test_a_letter_opens_into_its_parts(writer: MailboxWriter, tmp_path: Path) -> None:
    number = keep(writer, name="Zoë & Co")

    parts = Mailbox(tmp_path).parts(number)

    assert parts.html == "<p>Dear Zoë &amp; Co</p>"
    assert parts.text == "Dear Zoë & Co,\nread this."
    assert parts.source == SKELETON.fill(
        {"name": "Zoë & Co", "email": "zoe@example.org", "role": "ngo"}
    )
    assert ("To", "Zoë & Co <zoe@example.org>") in parts.headers


def test_letters_are_listed_newest_first_and_paged(writer: MailboxWriter, tmp_path: Path) -> None:
    for _ in range(PER_PAGE + 1):
        keep(writer)

    mailbox = Mailbox(tmp_path)

    first, second, beyond = (mailbox.letters(page=page) for page in (1, 2, 99))
    assert [letter.id for letter in first.items] == list(range(PER_PAGE + 1, 1, -1))
    assert [letter.id for letter in second.items] == [1]
    assert beyond == second
    assert (first.total, first.pages) == (PER_PAGE + 1, 2)


def test_letters_are_found_by_role_and_recipient(writer: MailboxWriter, tmp_path: Path) -> None:
    keep(writer, "Ben", "ben@example.org", "funder")
    keep(writer, "Cleo", "cleo@example.org", "ngo")
    keep(writer, "Bea", "bea@example.com", "ngo")

    mailbox = Mailbox(tmp_path)

    def found(role: str | None = None, query: str | None = None) -> list[str]:
        return [letter.recipient_name for letter in mailbox.letters(role, query).items]

    assert found(role="ngo") == ["Bea", "Cleo"]
    assert found(query=" BE ") == ["Bea", "Ben"]
    assert found(query="example.org", role="ngo") == ["Cleo"]
    assert found(query="%") == []
    assert found(query="' OR 1=1 --") == []
    assert mailbox.roles() == [("funder", 1), ("ngo", 2)]


def test_reading_an_empty_mailbox_makes_no_files(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path / "nothing")

    assert mailbox.letters().items == ()
    assert mailbox.roles() == []
    assert not (tmp_path / "nothing").exists()


@pytest.mark.parametrize("number", [0, 1, -1, 2**40])
def test_a_letter_that_is_not_there_is_not_found(tmp_path: Path, number: int) -> None:
    mailbox = Mailbox(tmp_path)

    with pytest.raises(NotFound):
        mailbox.letter(number)
    with pytest.raises(NotFound):
        mailbox.parts(number)


def test_a_letter_whose_file_is_gone_is_not_found(writer: MailboxWriter, tmp_path: Path) -> None:
    number = keep(writer)
    (tmp_path / "20260302" / f"{number}.eml").unlink()

    with pytest.raises(NotFound, match="file of this letter is gone"):
        Mailbox(tmp_path).parts(number)


def test_another_process_sees_a_letter_at_once(writer: MailboxWriter, tmp_path: Path) -> None:
    keep(writer)
    context = multiprocessing.get_context("spawn")

    with context.Pool(1) as pool:
        total = pool.apply(count_letters, [str(tmp_path)])

    assert total == 1


def count_letters(directory: str) -> int:
    return Mailbox(Path(directory)).letters().total


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.binary(max_size=300)
    | st.text('=?utf-8bq:;,"<>@\r\n Tofr.-/multipar', max_size=300).map(str.encode)
)
def test_whatever_was_caught_can_be_listed_and_opened(
    writer: MailboxWriter, tmp_path: Path, data: bytes
) -> None:
    number = writer.keep("", ["ben@example.org"], b"To: " + data, now=NOON)

    mailbox = Mailbox(tmp_path)

    assert mailbox.letter(number).id == number
    assert mailbox.parts(number).source == b"To: " + data
