"""How many letters of a mailing were accepted lately is kept beside them."""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accepted_lately",
        sa.Column("mailing_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mailing_id"],
            ["dispatch.mailing_id"],
            name=op.f("fk_accepted_lately_mailing_id_dispatch"),
        ),
        sa.PrimaryKeyConstraint("mailing_id", "place", name=op.f("pk_accepted_lately")),
    )


def downgrade() -> None:
    op.drop_table("accepted_lately")
