"""Mail that came back is kept, and says of each letter and address what it means."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("delivery", sa.Column("bounce_class", sa.String(length=10), nullable=True))
    op.add_column("delivery", sa.Column("bounced_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "inbound_mail",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("bounce_class", sa.String(length=10), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("mailing_id", sa.Integer(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("stakeholder_id", sa.Integer(), nullable=True),
        sa.Column("sender", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("said", sa.String(length=400), nullable=False),
        sa.Column("effect", sa.String(length=200), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=200), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mailing_id"], ["mailing.id"], name=op.f("fk_inbound_mail_mailing_id_mailing")
        ),
        sa.ForeignKeyConstraint(
            ["stakeholder_id"],
            ["stakeholder.id"],
            name=op.f("fk_inbound_mail_stakeholder_id_stakeholder"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_mail")),
        sa.UniqueConstraint("digest", name=op.f("uq_inbound_mail_digest")),
    )
    op.create_index("ix_inbound_mail_kind", "inbound_mail", ["kind", "received_at"])
    for column in ("mailing_id", "stakeholder_id"):
        op.create_index(op.f(f"ix_inbound_mail_{column}"), "inbound_mail", [column])


def downgrade() -> None:
    op.drop_table("inbound_mail")
    op.drop_column("delivery", "bounced_at")
    op.drop_column("delivery", "bounce_class")
