"""Subject lines are tried on a share of an audience; letters may leave in waves."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    document = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    op.create_table(
        "wave",
        sa.Column("mailing_id", sa.Integer(), nullable=False),
        sa.Column("lo", sa.Integer(), nullable=False),
        sa.Column("hi", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["mailing_id"], ["dispatch.mailing_id"], name=op.f("fk_wave_mailing_id_dispatch")
        ),
        sa.PrimaryKeyConstraint("mailing_id", "lo", name=op.f("pk_wave")),
    )
    op.add_column(
        "mailing",
        sa.Column("subject_test", document, server_default=sa.text("'{}'"), nullable=False),
    )
    op.add_column(
        "dispatch",
        sa.Column("winner", sa.String(length=10), server_default=sa.text("''"), nullable=False),
    )
    with op.batch_alter_table("mailing") as batch:
        batch.alter_column("subject_test", server_default=None)
    with op.batch_alter_table("dispatch") as batch:
        batch.alter_column("winner", server_default=None)


def downgrade() -> None:
    op.drop_column("dispatch", "winner")
    op.drop_column("mailing", "subject_test")
    op.drop_table("wave")
