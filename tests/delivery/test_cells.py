"""Who is counted together: the key of a cell, on both databases."""

from itertools import product

from sqlalchemy import func, insert, select

from outreach.core.db import db
from outreach.delivery.assessing import DIMENSIONS, cell_key
from outreach.delivery.scratch import scratch_tables
from tests.delivery.kit import Kit

VALUES = {
    "is_personal": (False, True),
    "role_id": (None, 1, 11),
    "tier": (None, "national"),
    "country": (None, "BE"),
    "language": ("en", "de"),
    "variant": ("", "a", "a-en"),
    "arm": ("", "A"),
}


def test_two_people_have_one_key_exactly_when_all_that_is_counted_is_alike(kit: Kit) -> None:
    cells = [dict(zip(VALUES, each, strict=True)) for each in product(*VALUES.values())]
    people = [{"id": number, **cell} for number, cell in enumerate([*cells, *cells])]
    with kit.app.app_context(), db.engine.connect() as connection:
        scratch, _ = scratch_tables(connection)
        connection.execute(insert(scratch), people)

        key = cell_key(scratch)
        keys = connection.scalars(select(key).order_by(scratch.c.id)).all()
        sizes = connection.execute(select(key, func.count()).group_by(key)).all()

    assert set(VALUES) == {"is_personal", *DIMENSIONS}
    assert len(sizes) == len(cells)
    assert {size for _, size in sizes} == {2}
    assert keys[: len(cells)] == keys[len(cells) :]
