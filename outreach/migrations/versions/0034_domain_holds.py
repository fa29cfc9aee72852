"""A domain that refuses every letter is held back, and the rest of a mailing goes on."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "domain_hold",
        sa.Column("domain", sa.String(254), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("said", sa.String(300), nullable=False),
        sa.Column("mailing_id", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["mailing_id"], ["mailing.id"], name=op.f("fk_domain_hold_mailing_id_mailing")
        ),
        sa.PrimaryKeyConstraint("domain", name=op.f("pk_domain_hold")),
    )
    op.create_index(
        "ix_delivery_returned",
        "delivery",
        ["mailing_id"],
        sqlite_where=sa.text("bounce_class IS NOT NULL"),
        postgresql_where=sa.text("bounce_class IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_delivery_returned", table_name="delivery")
    op.drop_table("domain_hold")
