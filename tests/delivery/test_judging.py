"""When a letter refused for now is tried again: by what the server said, and later each time."""

from datetime import UTC, datetime

import pytest

from outreach.delivery.judging import (
    FULL_SECONDS,
    GIVE_UP,
    STEPS,
    TOO_FAST_SECONDS,
    Retries,
    judge,
)
from outreach.delivery.models import DeliveryState
from outreach.mail.replies import BounceClass, Reply, Stage, read_outcome

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "attempts", "seconds"),
    [
        ("4.2.0 Greylisted, come back in five minutes", 1, STEPS[0]),
        ("4.2.0 Greylisted, come back in five minutes", 2, STEPS[1]),
        ("4.7.1 Greylisting in action", 1, STEPS[0]),
        ("4.2.2 The recipient's inbox is out of storage space", 1, FULL_SECONDS),
        ("Mailbox full", 1, FULL_SECONDS),
        ("4.7.28 Gmail has detected an unusual rate of mail", 1, TOO_FAST_SECONDS),
        ("4.7.0 Too many connections", 1, TOO_FAST_SECONDS),
        # Later steps are longer than any of these.
        ("4.2.2 full", len(STEPS), STEPS[-1]),
    ],
)
def test_a_refusal_for_now_is_tried_again_by_what_it_says(
    said: str, attempts: int, seconds: int
) -> None:
    outcome = read_outcome(Reply(450, said), Stage.RCPT)

    result = judge(1, outcome, attempts=attempts, begun_at=NOON, now=NOON, retries=Retries())

    assert result.state is DeliveryState.DEFERRED
    assert result.next_try_at is not None
    assert seconds <= (result.next_try_at - NOON).total_seconds() <= seconds * 1.2


def test_what_is_no_smtp_reply_is_told_as_such() -> None:
    outcome = read_outcome(Reply(-1, "<html>Sign in to the hotel's network</html>"), Stage.RCPT)

    result = judge(1, outcome, attempts=1, begun_at=NOON, now=NOON, retries=Retries())

    assert (result.state, result.code) == (DeliveryState.DEFERRED, None)
    assert result.reply.startswith("This is no SMTP reply: “<html>")


def test_after_the_last_day_it_is_refused_and_the_address_is_not_given_up() -> None:
    outcome = read_outcome(Reply(452, "4.2.2 full"), Stage.RCPT)

    result = judge(1, outcome, attempts=20, begun_at=NOON, now=NOON + GIVE_UP, retries=Retries())

    assert (result.state, result.bounce_class) == (DeliveryState.REFUSED, BounceClass.SOFT)
