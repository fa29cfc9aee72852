"""A network says how many letters a person gets in 30 days."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "network",
        sa.Column("most_letters", sa.Integer(), server_default=sa.text("4"), nullable=False),
    )
    with op.batch_alter_table("network") as batch:
        batch.alter_column("most_letters", server_default=None)


def downgrade() -> None:
    op.drop_column("network", "most_letters")
