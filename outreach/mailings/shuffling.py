"""An order of people that nobody can foresee without a key, made by the database itself."""

import hashlib
from collections.abc import Iterator

from sqlalchemy import BigInteger, ColumnElement, SQLColumnExpression, cast, literal

_PRIME = 2**31 - 1
"""Products of two numbers below it still fit the databases' 64 bits."""


def shuffled(number: SQLColumnExpression[int], key: str) -> ColumnElement[int]:
    """Return a number below 2**31 - 1 drawn for `number`: the same whenever it is asked.

    Two keyed steps with a square between them, modulo a prime: both databases know no hash in SQL.
    """
    a, b, c, d = _constants(key)
    first = (cast(number, BigInteger) % _PRIME * a + b) % _PRIME
    return (first * first % _PRIME * c + d) % _PRIME


def _constants(key: str) -> Iterator[ColumnElement[int]]:
    digest = hashlib.sha256(key.encode()).digest()
    for place in range(0, 16, 4):
        drawn = int.from_bytes(digest[place : place + 4]) % (_PRIME - 1) + 1
        yield literal(drawn, BigInteger)
