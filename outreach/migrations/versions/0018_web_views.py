"""Letters viewed in a browser are counted, people's and machines'."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

COLUMNS = ("web_views", "machine_web_views")


def upgrade() -> None:
    for name in COLUMNS:
        op.execute(f"ALTER TABLE group_figure ADD COLUMN {name} INTEGER NOT NULL DEFAULT 0")
    with op.batch_alter_table("group_figure") as batch:
        for name in COLUMNS:
            batch.alter_column(name, existing_type=sa.Integer(), server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("group_figure") as batch:
        for name in COLUMNS:
            batch.drop_column(name)
