"""What an audience was by role when its mailing was confirmed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    document = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    op.add_column(
        "mailing",
        sa.Column("confirmed_roles", document, server_default=sa.text("'{}'"), nullable=False),
    )
    with op.batch_alter_table("mailing") as batch:
        batch.alter_column("confirmed_roles", server_default=None)


def downgrade() -> None:
    op.drop_column("mailing", "confirmed_roles")
