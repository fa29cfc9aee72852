"""The board of one sender: what may be taken, prepared behind another letter, and offered."""

import pytest

from outreach.delivery.board import FEW, Board
from outreach.delivery.breaker import MOST_IN_A_ROW
from outreach.delivery.composing import Recipient
from outreach.delivery.judging import Result
from outreach.delivery.models import DeliveryState
from outreach.mail.pace import Pace
from outreach.mail.pacer import Pacer
from outreach.mail.replies import BounceClass

MANY = FEW + 3


def _recipient(number: int, address: str = "") -> Recipient:
    address = address or f"person{number}@example.org"
    return Recipient(number, 100 + number, address, "Ada", "Ada", "", None, 0, False, False)


@pytest.fixture
def board() -> Board:
    board = Board(Pacer(Pace()))
    board.keep_fresh()
    board.add(_recipient(number) for number in range(1, MANY + 1))
    return board


def test_a_letter_prepared_behind_another_is_not_in_hand_until_it_may_leave(board: Board) -> None:
    first, second = board.take(), board.reserve()
    assert first
    assert second
    assert board.left_in_hand() == [first.number]
    assert board.waiting == MANY - 1

    assert board.may_leave(second)
    assert board.left_in_hand() == [first.number, second.number]


def test_nothing_prepared_leaves_to_somebody_who_has_left_meanwhile(board: Board) -> None:
    prepared = board.reserve()
    assert prepared
    board.stopped.add(prepared.stakeholder_id)

    assert not board.may_leave(prepared)
    board.give_back(prepared)

    (result,) = board.results()
    assert (result.number, result.state) == (prepared.number, DeliveryState.WITHHELD)
    assert board.waiting == MANY - 1


def test_nothing_prepared_leaves_once_the_sending_was_stopped(board: Board) -> None:
    prepared = board.reserve()
    assert prepared
    board.halt()

    assert not board.may_leave(prepared)
    board.give_back(prepared)

    assert board.waiting == MANY
    assert board.results() == []


def test_nothing_prepared_leaves_after_it_was_taken_off(board: Board) -> None:
    taken_over, refused = board.reserve(), board.reserve()
    assert taken_over
    assert refused
    board.drop([taken_over.number])
    assert refused.number in board.withdraw("example.org")

    for one in (taken_over, refused):
        assert not board.may_leave(one)
        board.give_back(one)

    assert board.waiting == 0
    assert board.is_idle


def test_nothing_prepared_leaves_while_nobody_knows_who_left(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = board.reserve()
    assert prepared
    monkeypatch.setattr("outreach.delivery.board.FRESH_SECONDS", -1.0)
    board.keep_fresh()

    assert not board.may_leave(prepared)


def test_the_last_letters_wait_behind_no_other(board: Board) -> None:
    prepared = [one for one in (board.reserve() for _ in range(MANY)) if one]

    assert len(prepared) == MANY - FEW
    assert Board(Pacer(Pace(per_second=5))).reserve() is None


def test_a_domain_stopped_for_a_look_and_not_held_goes_on() -> None:
    board = Board(Pacer(Pace()))
    board.keep_fresh()
    board.add([*map(_recipient, range(30)), _recipient(99, "eve@other.example")])

    for _ in range(MOST_IN_A_ROW):
        taken = board.take()
        assert taken is not None
        board.record(
            Result(taken.number, DeliveryState.REFUSED, 554, bounce_class=BounceClass.BLOCKED)
        )
    other = board.take()
    before_the_look = (board.wants_review, board.ready, board.waiting)
    board.reviewed(())  # no look had begun when it was stopped
    not_yet = board.ready
    board.results()
    board.reviewed(())
    again = board.take()

    assert other is not None
    assert other.number == 99, "whoever else is there need not wait for the look"
    assert before_the_look == (True, 0, 20)
    assert not_yet == 20, "laid out, but for this domain nothing is taken"
    assert again is not None
    assert again.number == MOST_IN_A_ROW, "in their order"
    assert not board.wants_review
