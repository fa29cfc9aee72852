"""Leaving that was taken back within half an hour is counted beside leaving."""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE group_figure ADD COLUMN returns INTEGER NOT NULL DEFAULT 0")
    with op.batch_alter_table("group_figure") as batch:
        batch.alter_column("returns", existing_type=sa.Integer(), server_default=None)


def downgrade() -> None:
    # Without the column they would stand for leaving that was never taken back; the code of then
    # does not know the kind and could not read these hits.
    op.execute("DELETE FROM hit WHERE kind = 'return'")
    op.execute("DELETE FROM reason_figure WHERE kind = 'return'")
    with op.batch_alter_table("group_figure") as batch:
        batch.drop_column("returns")
