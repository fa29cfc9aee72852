"""Hits know share links and named roles; rules are data; reasons are counted."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def _counts(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer(), nullable=False) for name in names]


def upgrade() -> None:
    op.create_table(
        "share_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("result_id", sa.Integer(), nullable=True),
        sa.Column("document_id", sa.Integer(), nullable=True),
        sa.Column("channel", sa.String(length=24), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_share_link_document_id_document")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_share_link_project_id_project")
        ),
        sa.ForeignKeyConstraint(
            ["result_id"], ["result.id"], name=op.f("fk_share_link_result_id_result")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share_link")),
        sa.UniqueConstraint("code", name=op.f("uq_share_link_code")),
    )
    op.create_index(op.f("ix_share_link_project_id"), "share_link", ["project_id"])
    # Written out: both databases add a column with its reference in one statement, and SQLite
    # need not copy a table of many million hits.
    for column, table in (("role_id", "role"), ("share_id", "share_link")):
        op.execute(
            f"ALTER TABLE hit ADD COLUMN {column} INTEGER "
            f"CONSTRAINT fk_hit_{column}_{table} REFERENCES {table} (id)"
        )
    op.create_index("ix_hit_mailing", "hit", ["mailing_id", "id"])
    op.create_table(
        "visitor_figure",
        *_counts("mailing_id", "share_id", "role_id", "document_id", "version_id"),
        *_counts("visits", "downloads", "followed", "machine"),
        sa.PrimaryKeyConstraint(
            "mailing_id",
            "share_id",
            "role_id",
            "document_id",
            "version_id",
            name=op.f("pk_visitor_figure"),
        ),
    )
    op.create_table(
        "reason_figure",
        sa.Column("mailing_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("label", sa.String(length=24), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        *_counts("hits", "repeats"),
        sa.PrimaryKeyConstraint(
            "mailing_id", "kind", "label", "reason", name=op.f("pk_reason_figure")
        ),
    )
    op.execute(
        "INSERT INTO reason_figure (mailing_id, kind, label, reason, hits, repeats) "
        "SELECT coalesce(mailing_id, 0), kind, label, reason, count(*), "
        "sum(CASE WHEN is_repeat THEN 1 ELSE 0 END) FROM hit "
        "GROUP BY coalesce(mailing_id, 0), kind, label, reason"
    )
    # What visitors brought so far was named by no role and came by no link.
    op.execute(
        "INSERT INTO visitor_figure (mailing_id, share_id, role_id, document_id, version_id, "
        "visits, downloads, followed, machine) SELECT 0, 0, 0, document_id, version_id, 0, "
        "downloads, followed, machine FROM document_figure WHERE mailing_id = 0 AND group_no = 0"
    )
    op.create_table(
        "label_rules",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("values", sa.JSON().with_variant(_jsonb(), "postgresql"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("rerun_mailing_id", sa.Integer(), nullable=True),
        sa.Column("rerun_key", sa.LargeBinary(length=16), nullable=True),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_label_rules")),
    )
    for name in ("unsubscribes", "complaints"):
        op.execute(f"ALTER TABLE group_figure ADD COLUMN {name} INTEGER NOT NULL DEFAULT 0")
    with op.batch_alter_table("group_figure") as batch:
        for name in ("unsubscribes", "complaints"):
            batch.alter_column(name, existing_type=sa.Integer(), server_default=None)


def _jsonb() -> sa.types.TypeEngine[object]:
    return postgresql.JSONB(astext_type=sa.Text())


def downgrade() -> None:
    with op.batch_alter_table("group_figure") as batch:
        batch.drop_column("complaints")
        batch.drop_column("unsubscribes")
    op.drop_table("label_rules")
    op.drop_table("reason_figure")
    op.drop_table("visitor_figure")
    op.drop_index("ix_hit_mailing", "hit")
    with op.batch_alter_table("hit") as batch:
        batch.drop_column("share_id")
        batch.drop_column("role_id")
    op.drop_table("share_link")
