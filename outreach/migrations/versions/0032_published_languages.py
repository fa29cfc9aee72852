"""Staff choose in which languages a published mailing is read."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("mailing") as mailing:
        mailing.add_column(
            sa.Column("published_languages", JSON, nullable=False, server_default="[]")
        )
    with op.batch_alter_table("mailing") as mailing:
        mailing.alter_column("published_languages", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("mailing") as mailing:
        mailing.drop_column("published_languages")
