"""Lists and counts of people read indexes alone; on SQLite a role, tag or consent lies by its key.

Who is gone, where and at which level stands in the index the list is read by; the person's key in
the one by country, the tagged person in the one by tag. SQLite kept a row of three tables apart
from its key: now the key holds the row, so that looking one up is one search and not two.
"""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

BY_KEY = ("consent", "stakeholder_role", "stakeholder_tag")
INDEXES = {
    "ix_stakeholder_sort": (
        "stakeholder",
        ["sort_name", "id", "search_text"],
        ["sort_name", "id", "search_text", "country", "tier", "merged_into_id", "erased_at"],
    ),
    "ix_stakeholder_country": (
        "stakeholder",
        ["country", "tier", "merged_into_id", "erased_at"],
        ["country", "tier", "merged_into_id", "erased_at", "id"],
    ),
}
"""Name → table, columns before, columns after."""
WITHOUT = " WITHOUT ROWID"


def upgrade() -> None:
    _rebuild(lambda sql: sql + WITHOUT)
    for name, (table, _before, after) in INDEXES.items():
        op.drop_index(name, table)
        op.create_index(name, table, after)
    op.drop_index("ix_stakeholder_tag_tag_id", "stakeholder_tag")
    op.create_index("ix_stakeholder_tag_tag", "stakeholder_tag", ["tag_id", "stakeholder_id"])
    filled = sa.text("paused_until IS NOT NULL")
    op.create_index(
        "ix_stakeholder_paused_until",
        "stakeholder",
        ["paused_until"],
        sqlite_where=filled,
        postgresql_where=filled,
    )


def downgrade() -> None:
    op.drop_index("ix_stakeholder_paused_until", "stakeholder")
    op.drop_index("ix_stakeholder_tag_tag", "stakeholder_tag")
    op.create_index("ix_stakeholder_tag_tag_id", "stakeholder_tag", ["tag_id"])
    for name, (table, before, _after) in INDEXES.items():
        op.drop_index(name, table)
        op.create_index(name, table, before)
    _rebuild(lambda sql: sql.removesuffix(WITHOUT))


def _rebuild(changed) -> None:  # type: ignore[no-untyped-def]
    """Make SQLite's tables anew by their own statements, each as `changed` returns it."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return
    told = sa.text("SELECT sql FROM sqlite_master WHERE tbl_name = :name AND type = :type")
    for name in BY_KEY:
        making = connection.scalar(told, {"name": name, "type": "table"})
        indexes = connection.scalars(told, {"name": name, "type": "index"}).all()
        columns = making[making.index("(") :]
        op.execute(f"CREATE TABLE new_{name} {changed(columns)}")
        op.execute(f"INSERT INTO new_{name} SELECT * FROM {name}")  # noqa: S608
        op.execute(f"DROP TABLE {name}")
        op.execute(f"ALTER TABLE new_{name} RENAME TO {name}")
        for index in filter(None, indexes):
            op.execute(index)
