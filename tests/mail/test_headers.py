from collections.abc import Callable
from datetime import UTC, datetime
from email import policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.core.errors import ProgrammingError
from outreach.mail.headers import (
    BadHeader,
    HeaderInjection,
    address_value,
    date_value,
    one_line,
    phrase_value,
    raw_value,
    references_value,
    unstructured_value,
)

WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=300)
INJECTIONS = ["\r", "\n", "\r\n", "\x85", "\u2028", "\u2029", "\x00", "\x0b", "\x1f", "\x7f"]


def parsed(field: bytes) -> EmailMessage:
    return BytesParser(policy=policy.default).parsebytes(field + b"\r\n\r\n")


@given(WORDS | st.text("a ä=?_", max_size=120))
def test_any_subject_can_be_read_back(words: str) -> None:
    field = b"Subject: " + unstructured_value(words, taken=9)

    message = parsed(field)

    assert message["Subject"] == words
    assert message["Subject"].defects == ()
    assert field.isascii()
    assert max(map(len, field.split(b"\r\n"))) <= 78


@given(WORDS | st.text('a ä"\\=?<>,@', max_size=120))
def test_any_name_can_be_read_back(name: str) -> None:
    field = b"To: " + phrase_value(name, taken=4) + address_value("ada@example.org")

    message = parsed(field)

    (address,) = message["To"].addresses
    assert address.addr_spec == "ada@example.org"
    assert "".join(address.display_name.split()) == "".join(name.split())
    assert message["To"].defects == ()
    assert max(map(len, field.split(b"\r\n"))) <= 100


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("A plain subject", b"A plain subject"),
        ("Städte", b"=?utf-8?q?St=C3=A4dte?="),
        ("Города", b"=?utf-8?b?0JPQvtGA0L7QtNCw?="),
        ("=?utf-8?q?no?=", b"=?utf-8?b?PT91dGYtOD9xP25vPz0=?="),
    ],
)
def test_words_are_encoded_only_when_they_must_be(words: str, expected: bytes) -> None:
    assert unstructured_value(words, taken=9) == expected


def test_a_long_plain_subject_is_folded_between_words() -> None:
    written = unstructured_value("word " * 30 + "end", taken=9)

    assert b"=?" not in written
    assert max(map(len, written.split(b"\r\n"))) <= 78


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("", b""),
        ("Ada Lovelace", b"Ada Lovelace "),
        ("Lovelace, Ada", b'"Lovelace, Ada" '),
        ('Ada "the" \\', b'"Ada \\"the\\" \\\\" '),
        ("Adám", b"=?utf-8?b?QWTDoW0=?=\r\n "),
    ],
)
def test_a_name_is_quoted_or_encoded_as_it_needs(name: str, expected: bytes) -> None:
    assert phrase_value(name, taken=4) == expected


def test_a_long_name_is_cut_between_encoded_words_without_a_seam() -> None:
    name = "Ministère de la Transition écologique et de la Cohésion des territoires, secrétariat"

    written = phrase_value(name, taken=4)

    assert written.count(b"=?utf-8?q?") > 1
    assert str(make_header(decode_header(written.decode().rstrip()))) == name


@pytest.mark.parametrize("injection", INJECTIONS)
@pytest.mark.parametrize(
    "write",
    [
        lambda value: unstructured_value(value, taken=9),
        lambda value: phrase_value(value, taken=4),
        raw_value,
        references_value,
    ],
)
def test_no_line_break_or_control_character_gets_into_a_header(
    write: Callable[[str], bytes], injection: str
) -> None:
    with pytest.raises(HeaderInjection):
        write(f"Hello{injection}Bcc: eve@example.org")


def test_a_structured_header_is_never_encoded() -> None:
    with pytest.raises(BadHeader):
        raw_value("Städte <stadte.example.org>")


def test_references_stand_one_to_a_line() -> None:
    assert references_value("<a@example.org> <b@example.org>") == (
        b"<a@example.org>\r\n <b@example.org>"
    )


def test_words_from_outside_are_put_on_one_line() -> None:
    assert one_line(" Städte\r\nund\x0b\u2028Dörfer\t") == "Städte und Dörfer"


def test_a_date_is_written_with_its_zone() -> None:
    assert date_value(datetime(2026, 3, 1, 9, 5, tzinfo=UTC)) == "Sun, 01 Mar 2026 09:05:00 +0000"


def test_a_date_without_a_zone_is_refused() -> None:
    with pytest.raises(ProgrammingError):
        date_value(datetime(2026, 3, 1, 9, 5))  # noqa: DTZ001 - the naive moment is the point
