"""A form's key is ours or it is nothing, and robots are told by two signs, people by none."""

from datetime import datetime, timedelta

import pytest

from outreach.core.keys import new_ring
from outreach.questions.form_keys import FormKeys
from outreach.questions.robots import is_suspect


def test_a_key_tells_when_its_form_was_made(now: datetime) -> None:
    keys = FormKeys(new_ring())

    stamp = keys.read(keys.mint(now=now))

    assert stamp is not None
    assert stamp.age(now + timedelta(seconds=90)) == 90


def test_no_two_forms_share_a_key(now: datetime) -> None:
    keys = FormKeys(new_ring())

    assert len({keys.read(keys.mint(now=now)) for _ in range(100)}) == 100


@pytest.mark.parametrize("text", ["", "x", "WyJhIiwxXQ.x", "\u20ac", "x" * 10_000, "a.b.c"])
def test_a_key_that_is_not_ours_is_nothing(text: str) -> None:
    assert FormKeys(new_ring()).read(text) is None


def test_a_receipt_is_no_form_and_a_form_no_receipt(now: datetime) -> None:
    keys = FormKeys(new_ring())
    receipt = keys.receipt("7K2M-9QXD", "r", can_answer=True)

    assert keys.read_receipt(receipt) == ("7K2M-9QXD", "r", True)
    assert keys.read(receipt) is None
    assert keys.read_receipt(keys.mint(now=now)) is None
    assert FormKeys(new_ring()).read_receipt(receipt) is None


@pytest.mark.parametrize(
    ("trap", "age", "body", "suspect"),
    [
        ("", 60.0, "What does it cost?", False),
        ("", 60.0, "I read https://example.org/brief. What does it cost?", False),
        ("", 0.5, "A pasted question?", False),
        ("", None, "Sent without our form?", False),
        ("", 0.5, "Buy at https://example.org", True),
        ("", None, "[url=example.org]x[/url]", True),
        ("x", 60.0, "What does it cost?", True),
    ],
)
def test_a_robot_is_told_by_the_trap_or_by_two_signs(
    trap: str, age: float | None, body: str, suspect: bool
) -> None:
    assert is_suspect(trap=trap, age=age, body=body) is suspect
