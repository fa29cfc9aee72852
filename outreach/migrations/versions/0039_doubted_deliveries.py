"""Letters that may have arrived twice are found without looking at all of a mailing."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    doubted = sa.text("doubted_at IS NOT NULL")
    op.create_index(
        "ix_delivery_doubted",
        "delivery",
        ["mailing_id"],
        sqlite_where=doubted,
        postgresql_where=doubted,
    )


def downgrade() -> None:
    op.drop_index("ix_delivery_doubted", table_name="delivery")
