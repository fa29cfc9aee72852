"""Letters wear the colours and the logo of their network or project."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

OWNERS = ("network_id", "project_id")


def upgrade() -> None:
    op.create_table(
        "brand",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("network_id", sa.Integer(), nullable=True),
        sa.Column("project_id", sa.Integer(), nullable=True),
        sa.Column("accent", sa.String(7), nullable=False),
        sa.Column("font", sa.String(10), nullable=False),
        sa.Column("logo_sha256", sa.String(64), nullable=True),
        sa.Column("imprint", sa.String(400), nullable=False),
        sa.CheckConstraint(
            "(network_id IS NULL) <> (project_id IS NULL)", name=op.f("ck_brand_has_one_owner")
        ),
        sa.ForeignKeyConstraint(
            ["network_id"], ["network.id"], name=op.f("fk_brand_network_id_network")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_brand_project_id_project")
        ),
        sa.ForeignKeyConstraint(
            ["logo_sha256"], ["stored_file.sha256"], name=op.f("fk_brand_logo_sha256_stored_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brand")),
    )
    for owner in OWNERS:
        op.create_index(op.f(f"ix_brand_{owner}"), "brand", [owner], unique=True)


def downgrade() -> None:
    for owner in OWNERS:
        op.drop_index(op.f(f"ix_brand_{owner}"), table_name="brand")
    op.drop_table("brand")
