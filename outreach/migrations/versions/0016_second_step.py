"""Users can sign in in two steps."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    counter = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("user", sa.Column("totp_secret", sa.String(length=500), nullable=True))
    op.add_column("user", sa.Column("totp_counter", counter, nullable=True))
    codes = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    op.add_column(
        "user", sa.Column("recovery_hashes", codes, server_default=sa.text("'[]'"), nullable=False)
    )
    with op.batch_alter_table("user") as batch:
        batch.alter_column("recovery_hashes", server_default=None)


def downgrade() -> None:
    op.drop_column("user", "recovery_hashes")
    op.drop_column("user", "totp_counter")
    op.drop_column("user", "totp_secret")
