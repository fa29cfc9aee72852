"""Deliveries are written without a look-up of each one's role.

It is copied from what the person holds, by the statement that judges them; that key is kept, and a
role is archived, never deleted.
"""

from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

KEY = "fk_delivery_role_id_role"


def upgrade() -> None:
    with op.batch_alter_table("delivery") as batch:
        batch.drop_constraint(KEY, type_="foreignkey")


def downgrade() -> None:
    with op.batch_alter_table("delivery") as batch:
        batch.create_foreign_key(KEY, "role", ["role_id"], ["id"])
