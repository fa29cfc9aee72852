"""A mailing may leave at the same wall time where each reader is."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "mailing",
        sa.Column("is_local_time", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    with op.batch_alter_table("mailing") as batch:
        batch.alter_column("is_local_time", server_default=None)


def downgrade() -> None:
    op.drop_column("mailing", "is_local_time")
