"""What DNS said of the domains letters come from."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "domain_check",
        sa.Column("domain", sa.String(253), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("said", JSON, nullable=False),
        sa.PrimaryKeyConstraint("domain", name=op.f("pk_domain_check")),
    )


def downgrade() -> None:
    op.drop_table("domain_check")
