"""A mailing that was paused for a cause that may pass is tried again by itself."""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mailing", sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "mailing", sa.Column("probes", sa.Integer(), server_default=sa.text("0"), nullable=False)
    )
    with op.batch_alter_table("mailing") as batch:
        batch.alter_column("probes", server_default=None)


def downgrade() -> None:
    op.drop_column("mailing", "probes")
    op.drop_column("mailing", "next_try_at")
