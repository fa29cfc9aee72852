"""Letters are kept to begin others with, per network and project."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "letter_template",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("network_id", sa.Integer(), nullable=True),
        sa.Column("project_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("subject", sa.String(250), nullable=False),
        sa.Column("preheader", sa.String(250), nullable=False),
        sa.Column("language", sa.String(5), nullable=False),
        sa.Column("content", JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(200), nullable=False),
        sa.CheckConstraint(
            "(network_id IS NULL) <> (project_id IS NULL)",
            name=op.f("ck_letter_template_has_one_owner"),
        ),
        *(
            sa.ForeignKeyConstraint(
                [f"{owner}_id"],
                [f"{owner}.id"],
                name=op.f(f"fk_letter_template_{owner}_id_{owner}"),
            )
            for owner in ("network", "project")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_template")),
    )
    for column in ("network_id", "project_id"):
        op.create_index(op.f(f"ix_letter_template_{column}"), "letter_template", [column])


def downgrade() -> None:
    op.drop_table("letter_template")
