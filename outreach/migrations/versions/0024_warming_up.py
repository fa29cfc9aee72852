"""A new domain sends more letters from day to day, by a plan."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

Json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "warm_up",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("domain", sa.String(254), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("ceilings", Json, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by", sa.String(200), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_by", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warm_up")),
    )
    op.create_index(op.f("ix_warm_up_domain"), "warm_up", ["domain"])
    op.create_table(
        "sent_day",
        sa.Column("domain", sa.String(254), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("letters", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("domain", "day", name=op.f("pk_sent_day")),
    )


def downgrade() -> None:
    op.drop_table("sent_day")
    op.drop_table("warm_up")
