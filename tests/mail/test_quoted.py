import quopri

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.mail.quoted import SOFT_BREAK, quoted, quoted_value

WORDS = st.text(st.characters(exclude_categories=["Cs"]))


def with_network_line_ends(text: str) -> bytes:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n").encode()


@given(WORDS)
def test_any_text_can_be_read_back(text: str) -> None:
    encoded = quoted(text)

    assert quopri.decodestring(encoded) == with_network_line_ends(text)


@given(WORDS | st.text("aé. =\n", min_size=60, max_size=400))
def test_lines_stay_short_and_never_begin_with_a_full_stop(text: str) -> None:
    lines = quoted(text).split(b"\r\n")

    assert max(map(len, lines)) <= 76
    assert not any(line.startswith(b".") or line.endswith((b" ", b"\t")) for line in lines)
    assert all(line.isascii() for line in lines)


@given(WORDS)
def test_a_value_between_soft_breaks_joins_the_text_around_it(value: str) -> None:
    encoded = quoted("Dear ") + SOFT_BREAK + quoted_value(value) + SOFT_BREAK + quoted(".")

    assert quopri.decodestring(encoded) == with_network_line_ends(f"Dear {value}.")
    assert max(map(len, encoded.split(b"\r\n"))) <= 76


@pytest.mark.parametrize("length", [74, 75, 76, 77])
def test_an_escape_is_never_torn_apart(length: int) -> None:
    text = "x" * (length - 3) + "é" * 3

    assert quopri.decodestring(quoted(text)).decode() == text


def test_a_lone_surrogate_becomes_a_question_mark() -> None:
    assert quoted("broken \udcff") == b"broken ?"
