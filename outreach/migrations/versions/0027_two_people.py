"""Staff may say that two records which look alike are two people."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "two_people",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("one_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("one_id < other_id", name=op.f("ck_two_people_in_order")),
        sa.ForeignKeyConstraint(
            ["one_id"], ["stakeholder.id"], name=op.f("fk_two_people_one_id_stakeholder")
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["stakeholder.id"], name=op.f("fk_two_people_other_id_stakeholder")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_two_people")),
        sa.UniqueConstraint("one_id", "other_id", name=op.f("uq_two_people_one_id_other_id")),
    )
    op.create_index(op.f("ix_two_people_other_id"), "two_people", ["other_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_two_people_other_id"), table_name="two_people")
    op.drop_table("two_people")
