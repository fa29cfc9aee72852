"""Who gets which subject line of a test: drawn once at the fan-out, by a keyed hash.

The draw is random and yet the same however often it is made. Arms are exactly alike in size; who
is in none of them waits in a second wave for the line that did best. Readers of other languages
get their own line at once and are in no test.
"""

from sqlalchemy import (
    Connection,
    Table,
    and_,
    case,
    func,
    literal,
    select,
    true,
    update,
)

from outreach.mailings.frozen import FrozenLetter
from outreach.mailings.shuffling import shuffled
from outreach.mailings.subject_test import LEAST_AN_ARM, SubjectTest

FIRST, WAITING = 1, 2


def draw_arms(
    connection: Connection, people: Table, letter: FrozenLetter, test: SubjectTest
) -> None:
    """Give everybody judged an arm, or a place among those who wait.

    Where the audience has become too small for arms of `LEAST_AN_ARM`, nobody is tried on and all
    get the mailing's own line at once.
    """
    keys = [variant.key for variant in letter.own_variants]
    is_in_language = people.c.variant.in_(keys) if len(letter.variants) > 1 else true()
    can_be_tried = and_(people.c.reason.is_(None), is_in_language)
    letters = connection.scalar(select(func.count()).where(can_be_tried)) or 0
    size = test.size(letters)
    if size < LEAST_AN_ARM:
        return
    order = func.row_number().over(
        order_by=(shuffled(people.c.id, f"subject test {letter.web_key}"), people.c.id)
    )
    drawn = select(people.c.id, (order - 1).label("place")).where(can_be_tried).subquery()
    arms = len(test.arms)
    is_tried = drawn.c.place < size * arms
    number = drawn.c.place % arms
    arm = case(dict(enumerate(test.arms)), value=number)
    connection.execute(
        update(people)
        .where(people.c.id == drawn.c.id)
        .values(
            arm=case((is_tried, arm), else_=literal("")),
            wave=case((is_tried, FIRST), else_=WAITING),
        )
    )
