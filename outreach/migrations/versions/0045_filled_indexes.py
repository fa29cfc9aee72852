"""Who has no level and was not merged stands in no index of them: an import writes two less."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

COLUMNS = ("tier", "merged_into_id")


def upgrade() -> None:
    for column in COLUMNS:
        name, filled = f"ix_stakeholder_{column}", sa.text(f"{column} IS NOT NULL")
        op.drop_index(name, "stakeholder")
        op.create_index(name, "stakeholder", [column], sqlite_where=filled, postgresql_where=filled)


def downgrade() -> None:
    for column in COLUMNS:
        name = f"ix_stakeholder_{column}"
        op.drop_index(name, "stakeholder")
        op.create_index(name, "stakeholder", [column])
