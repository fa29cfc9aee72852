"""Somebody without an account reads a mailing by a link that ends, and says what they think."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "review_link",
        *_of_a_mailing("review_link"),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.String(200), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.Column("agreed_at", MOMENT, nullable=True),
        sa.Column("agreed_version", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_link")),
    )
    op.create_index(op.f("ix_review_link_mailing_id"), "review_link", ["mailing_id"])
    op.create_table(
        "review_comment",
        *_of_a_mailing("review_comment"),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("block_id", sa.String(40), nullable=False),
        sa.Column("variant", sa.String(60), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("author", sa.String(120), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.Column("done_by", sa.String(200), nullable=False),
        sa.ForeignKeyConstraint(
            ["link_id"],
            ["review_link.id"],
            name=op.f("fk_review_comment_link_id_review_link"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_comment")),
    )
    for column in ("mailing_id", "link_id"):
        op.create_index(op.f(f"ix_review_comment_{column}"), "review_comment", [column])


def downgrade() -> None:
    op.drop_table("review_comment")
    op.drop_table("review_link")


def _of_a_mailing(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mailing_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mailing_id"],
            ["mailing.id"],
            name=op.f(f"fk_{table}_mailing_id_mailing"),
            ondelete="CASCADE",
        ),
    )
