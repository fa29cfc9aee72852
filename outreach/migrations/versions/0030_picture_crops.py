"""Parts of pictures, cut around their focal points."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "picture_crop",
        sa.Column("source_sha256", sa.String(64), nullable=False),
        sa.Column("shape", sa.String(10), nullable=False),
        sa.Column("focus_x", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("focus_y", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("picture_sha256", sa.String(64), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [f"{name}_sha256"],
                ["stored_file.sha256"],
                name=op.f(f"fk_picture_crop_{name}_sha256_stored_file"),
            )
            for name in ("source", "picture")
        ),
        sa.PrimaryKeyConstraint(
            "source_sha256", "shape", "focus_x", "focus_y", name=op.f("pk_picture_crop")
        ),
    )
    op.create_index(op.f("ix_picture_crop_picture_sha256"), "picture_crop", ["picture_sha256"])


def downgrade() -> None:
    op.drop_table("picture_crop")
