"""Edits to undo, reasons, approvals, link checks and covers of mailings; their archive."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
MOMENT = sa.DateTime(timezone=True)
OF_A_MAILING = ("mailing_edit", "mailing_override", "mailing_approval", "link_check")


def upgrade() -> None:
    op.add_column(
        "mailing", sa.Column("edit_position", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column("mailing", sa.Column("confirmed_recipients", sa.Integer(), nullable=True))
    op.add_column("mailing", sa.Column("published_at", MOMENT, nullable=True))
    op.add_column(
        "mailing",
        sa.Column("published_variant", sa.String(60), nullable=False, server_default=""),
    )
    with op.batch_alter_table("mailing") as mailing:
        mailing.alter_column("edit_position", server_default=None)
        mailing.alter_column("published_variant", server_default=None)
    _of_a_mailing(
        "mailing_edit",
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("content", JSON, nullable=False),
        sa.Column("block_id", sa.String(40), nullable=False),
        *_by(),
        key="position",
    )
    _of_a_mailing(
        "mailing_override",
        sa.Column("code", sa.String(80), nullable=False),
        sa.Column("reason", sa.String(400), nullable=False),
        *_by(),
        key="code",
    )
    _of_a_mailing(
        "mailing_approval",
        sa.Column("variant", sa.String(60), nullable=False),
        sa.Column("lock_version", sa.Integer(), nullable=False),
        *_by(),
        key="variant",
    )
    _of_a_mailing(
        "link_check",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("is_dead", sa.Boolean(), nullable=False),
        sa.Column("detail", sa.String(200), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("checked_at", MOMENT, nullable=True),
        key="digest",
    )
    _add_covers()


def downgrade() -> None:
    op.drop_index("ix_document_cover_picture_sha256", table_name="document_cover")
    op.drop_table("document_cover")
    for name in reversed(OF_A_MAILING):
        op.drop_table(name)
    with op.batch_alter_table("mailing") as mailing:
        for name in ("published_variant", "published_at", "confirmed_recipients", "edit_position"):
            mailing.drop_column(name)


def _of_a_mailing(name: str, *columns: sa.Column[object], key: str) -> None:
    op.create_table(
        name,
        sa.Column("mailing_id", sa.Integer(), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(
            ["mailing_id"],
            ["mailing.id"],
            name=op.f(f"fk_{name}_mailing_id_mailing"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("mailing_id", key, name=op.f(f"pk_{name}")),
    )


def _by() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )


def _add_covers() -> None:
    op.create_table(
        "document_cover",
        sa.Column("file_sha256", sa.String(64), nullable=False),
        sa.Column("picture_sha256", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_sha256"],
            ["stored_file.sha256"],
            name=op.f("fk_document_cover_file_sha256_stored_file"),
        ),
        sa.ForeignKeyConstraint(
            ["picture_sha256"],
            ["stored_file.sha256"],
            name=op.f("fk_document_cover_picture_sha256_stored_file"),
        ),
        sa.PrimaryKeyConstraint("file_sha256", name=op.f("pk_document_cover")),
    )
    op.create_index("ix_document_cover_picture_sha256", "document_cover", ["picture_sha256"])
