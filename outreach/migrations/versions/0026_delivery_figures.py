"""How many letters of a group are in which state is kept beside them."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

STATES = ("accepted", "refused", "in_doubt", "bounced", "withheld", "cancelled")


def upgrade() -> None:
    op.create_table(
        "delivery_figure",
        sa.Column("mailing_id", sa.Integer(), nullable=False),
        sa.Column("group_no", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("letters", *STATES)),
        sa.ForeignKeyConstraint(
            ["mailing_id"],
            ["dispatch.mailing_id"],
            name=op.f("fk_delivery_figure_mailing_id_dispatch"),
        ),
        sa.PrimaryKeyConstraint("mailing_id", "group_no", name=op.f("pk_delivery_figure")),
    )
    delivery = sa.table("delivery", sa.column("mailing_id"), sa.column("group_no"))
    group_no = sa.func.coalesce(delivery.c.group_no, 0)
    counts = [sa.func.count().filter(sa.text(f"state = '{name}'")) for name in STATES]
    rows = sa.select(delivery.c.mailing_id, group_no, sa.func.count(), *counts).group_by(
        delivery.c.mailing_id, group_no
    )
    names = ("mailing_id", "group_no", "letters", *STATES)
    figures = sa.table("delivery_figure", *map(sa.column, names))
    op.execute(figures.insert().from_select(list(names), rows))


def downgrade() -> None:
    op.drop_table("delivery_figure")
