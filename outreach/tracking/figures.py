"""Questions and complaints among the figures: counted like all else that a letter brings."""

from datetime import datetime

from sqlalchemy.orm import Session

from outreach.tracking.facts import Fact
from outreach.tracking.figure_rows import wait_for_turn
from outreach.tracking.following import load_letters
from outreach.tracking.groups import load_groups
from outreach.tracking.ledger import NewHit, add_hits
from outreach.tracking.models import HitKind
from outreach.tracking.origin import Origin
from outreach.tracking.resolving import count_links, load_keys, new_reader_key


def record_question(session: Session, origin: Origin, *, now: datetime) -> None:
    """Count a question that came from a letter, in the caller's writing transaction.

    Where the letter is told apart it is "asked" and "engaged" once, however many questions follow.
    """
    connection = session.connection()
    wait_for_turn(connection)
    key = origin.reader_key
    if origin.number is not None:
        # Its first hit may have been applied since the page was asked for.
        delivery = origin.mailing_id, origin.number
        key = load_keys(connection, [delivery]).get(delivery) or new_reader_key()
    question = NewHit(
        origin.mailing_id,
        origin.group_no,
        key or new_reader_key(),
        is_letter=key is not None,
        number=origin.number,
        fact=Fact(now, HitKind.QUESTION, "POST", "other"),
    )
    add_hits(connection, [question], links=count_links(connection, [origin.mailing_id]))


def record_complaint(session: Session, mailing_id: int, number: int, *, now: datetime) -> None:
    """Count a complaint about delivery `number`, in the caller's writing transaction.

    It counts by group alone: who complains is on the do-not-mail list and followed no more. A
    delivery we do not know is passed over.
    """
    connection = session.connection()
    wait_for_turn(connection)
    letter = load_letters(connection, [(mailing_id, number)]).get((mailing_id, number))
    groups = load_groups(connection, [mailing_id]).get(mailing_id)
    if letter is None or letter.group_no is None or groups is None:
        return
    complaint = NewHit(
        mailing_id,
        groups.without_following(letter.group_no),
        new_reader_key(),
        is_letter=False,
        number=None,
        fact=Fact(now, HitKind.COMPLAINT, "POST", "other"),
    )
    add_hits(connection, [complaint], links={})
