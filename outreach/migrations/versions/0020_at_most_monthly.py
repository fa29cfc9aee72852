"""Stakeholders may ask for at most one letter a month."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "stakeholder",
        sa.Column("at_most_monthly", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    with op.batch_alter_table("stakeholder") as batch:
        batch.alter_column("at_most_monthly", server_default=None)


def downgrade() -> None:
    op.drop_column("stakeholder", "at_most_monthly")
