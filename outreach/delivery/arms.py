"""Who gets which subject line of a test: drawn once at the fan-out, by a keyed hash.

The draw is random and yet the same however often it is made. Arms are exactly alike in size; who
is in none of them waits in a second wave for the line that did best. Readers of other languages
get their own line at once and are in no test.
"""

import hashlib
from collections.abc import Iterator

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Table,
    and_,
    case,
    cast,
    func,
    literal,
    select,
    true,
    update,
)

from outreach.mailings.frozen import FrozenLetter
from outreach.mailings.subject_test import LEAST_AN_ARM, SubjectTest

FIRST, WAITING = 1, 2
_PRIME = 2**31 - 1
"""Products of two numbers below it still fit the databases' 64 bits."""


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
    order = func.row_number().over(order_by=(_shuffled(people.c.id, letter.web_key), people.c.id))
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
            # Cells are numbered apart by arm: what they hold alike now differs.
            cell=people.c.cell * (arms + 1) + case((is_tried, number + 1), else_=0),
        )
    )


def _shuffled(number: ColumnElement[int], key: str) -> ColumnElement[int]:
    """Return a number that puts people in an order nobody can foresee without the key.

    Two keyed steps with a square between them, modulo a prime: both databases know no hash in SQL.
    """
    a, b, c, d = _constants(key)
    first = (cast(number, BigInteger) % _PRIME * a + b) % _PRIME
    return (first * first % _PRIME * c + d) % _PRIME


def _constants(key: str) -> Iterator[ColumnElement[int]]:
    digest = hashlib.sha256(b"subject test " + key.encode()).digest()
    for place in range(0, 16, 4):
        drawn = int.from_bytes(digest[place : place + 4]) % (_PRIME - 1) + 1
        yield literal(drawn, BigInteger)
