"""Which roles a person holds, a bit each, in the index by which people are counted.

Roles that have begun and of which no end is known are marked, and that somebody has terms whose end
lies ahead; whoever has one to come with no end keeps no marks (`stakeholders.models.marks`).
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

BEFORE = ["country", "tier", "merged_into_id", "erased_at", "id"]
TOLD = ["id", "role_marks", "country", "tier", "merged_into_id", "erased_at"]
LISTED = "merged_into_id IS NULL AND erased_at IS NULL"
TIER = ["tier", "merged_into_id", "erased_at", "country", "id", "role_marks"]
LAST = 61
ENDS = 1 << 62
MARKS = """
    UPDATE stakeholder SET role_marks = (
        SELECT CASE
            WHEN max(CASE WHEN until IS NULL AND NOT (since <= :now AND role_id <= :last)
                THEN 1 ELSE 0 END) = 1 THEN NULL
            ELSE coalesce(CAST(sum(DISTINCT CASE
                WHEN until IS NULL THEN CAST(1 AS BIGINT) << role_id
                WHEN until > :now THEN CAST(:ends AS BIGINT) ELSE 0 END) AS BIGINT), 0) END
        FROM stakeholder_role WHERE stakeholder_id = stakeholder.id)
"""


def upgrade() -> None:
    op.add_column("stakeholder", sa.Column("role_marks", sa.BigInteger(), nullable=True))
    # Made last, the indexes need not follow each person's marks.
    op.drop_index("ix_stakeholder_country", "stakeholder")
    op.drop_index("ix_stakeholder_tier", "stakeholder")
    marking = sa.text(MARKS).bindparams(
        sa.bindparam("now", datetime.now(UTC), sa.DateTime(timezone=True)),
        sa.bindparam("last", LAST),
        sa.bindparam("ends", ENDS, sa.BigInteger()),
    )
    connection = op.get_bind()
    connection.execute(marking)
    op.create_index("ix_stakeholder_country", "stakeholder", [*BEFORE, "role_marks"])
    if connection.dialect.name == "sqlite":
        listed = sa.text(LISTED)
        op.create_index("ix_stakeholder_told", "stakeholder", TOLD, sqlite_where=listed)
    has_level = sa.text("tier IS NOT NULL")
    op.create_index(
        "ix_stakeholder_tier",
        "stakeholder",
        TIER,
        sqlite_where=has_level,
        postgresql_where=has_level,
    )
    unmarked = sa.text("role_marks IS NULL")
    op.create_index(
        "ix_stakeholder_unmarked",
        "stakeholder",
        ["id"],
        sqlite_where=unmarked,
        postgresql_where=unmarked,
    )


def downgrade() -> None:
    op.drop_index("ix_stakeholder_unmarked", "stakeholder")
    if op.get_bind().dialect.name == "sqlite":
        op.drop_index("ix_stakeholder_told", "stakeholder")
    op.drop_index("ix_stakeholder_tier", "stakeholder")
    op.drop_index("ix_stakeholder_country", "stakeholder")
    op.drop_column("stakeholder", "role_marks")
    has_level = sa.text("tier IS NOT NULL")
    op.create_index(
        "ix_stakeholder_tier",
        "stakeholder",
        ["tier"],
        sqlite_where=has_level,
        postgresql_where=has_level,
    )
    op.create_index("ix_stakeholder_country", "stakeholder", BEFORE)
