"""A network says whether a second person approves its mailings before they go out."""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "network",
        sa.Column("needs_approval", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    with op.batch_alter_table("network") as batch:
        batch.alter_column("needs_approval", server_default=None)


def downgrade() -> None:
    op.drop_column("network", "needs_approval")
