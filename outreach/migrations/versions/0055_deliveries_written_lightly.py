"""Deliveries are written with fewer look-ups, and into one index less.

Their dispatch and token group are written by the same fan-out, in one transaction, and never
deleted; their role is copied from what the person holds, by the statement that judges them, and is
archived, never deleted. What says that a person gets one copy of a mailing finds the letters of a
person, too.
"""

from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

KEYS = {
    "fk_delivery_mailing_id_dispatch": ("dispatch", ["mailing_id"], ["mailing_id"]),
    "fk_delivery_mailing_id_group_no_token_group": (
        "token_group",
        ["mailing_id", "group_no"],
        ["mailing_id", "no"],
    ),
    "fk_delivery_role_id_role": ("role", ["role_id"], ["id"]),
}
"""Name → table, columns here, columns there."""


def upgrade() -> None:
    with op.batch_alter_table("delivery") as batch:
        for name in KEYS:
            batch.drop_constraint(name, type_="foreignkey")
    op.drop_index("ix_delivery_stakeholder", "delivery")
    op.drop_index("uq_delivery_person", "delivery")
    op.create_index("uq_delivery_person", "delivery", ["stakeholder_id", "mailing_id"], unique=True)


def downgrade() -> None:
    op.drop_index("uq_delivery_person", "delivery")
    op.create_index("uq_delivery_person", "delivery", ["mailing_id", "stakeholder_id"], unique=True)
    op.create_index("ix_delivery_stakeholder", "delivery", ["stakeholder_id"])
    with op.batch_alter_table("delivery") as batch:
        for name, (table, here, there) in KEYS.items():
            batch.create_foreign_key(name, table, here, there)
