"""Names are ordered and compared without accents, marks and particles."""

import unicodedata
from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

AT_ONCE = 5_000
ONE_WAY = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i",
     "-": " ", "‐": " ", "–": " ", ".": " ", "'": None, "’": None, "‘": None, "`": None, "´": None}
)  # fmt: skip
PARTICLES = {
    "da", "das", "de", "del", "den", "der", "di", "do", "dos", "e", "la", "van", "von", "y"
}  # fmt: skip


def upgrade() -> None:
    _rename(_folded)


def downgrade() -> None:
    _rename(lambda name: name.casefold())


def _rename(key: Callable[[str], str]) -> None:
    connection, last = op.get_bind(), 0
    people = sa.text(
        "SELECT id, name, email, sort_name FROM stakeholder "
        "WHERE id > :last AND name <> '' ORDER BY id LIMIT :most"
    )
    change = sa.text("UPDATE stakeholder SET sort_name = :sort_name WHERE id = :id")
    while rows := connection.execute(people, {"last": last, "most": AT_ONCE}).all():
        last = rows[-1].id
        right = [(row, _cut(key(row.name) or row.email or "")) for row in rows]
        changed = [{"id": r.id, "sort_name": is_} for r, is_ in right if r.sort_name != is_]
        if changed:
            connection.execute(change, changed)


def _folded(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    words = plain.translate(ONE_WAY).split()
    if len(words) > 2:
        words = [words[0], *(w for w in words[1:-1] if w not in PARTICLES), words[-1]]
    return " ".join(words)


def _cut(text: str) -> str:
    return text[:254].encode("utf-8", "ignore")[:600].decode("utf-8", "ignore")
