"""How files were understood is remembered; what a batch changed is found by index."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "import_memory",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("header_key", sa.String(length=64), nullable=False),
        sa.Column("fields", JSON, nullable=False),
        sa.Column("words", JSON, nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_memory")),
        sa.UniqueConstraint("header_key", name=op.f("uq_import_memory_header_key")),
    )
    op.create_index(op.f("ix_change_change_set_id"), "change", ["change_set_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_change_change_set_id"), table_name="change")
    op.drop_table("import_memory")
