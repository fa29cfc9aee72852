"""An import is taken back in groups: since when, so that the worker finds what was begun."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

NAME = "ix_change_set_undo_begun_at"


def upgrade() -> None:
    op.add_column("change_set", sa.Column("undo_begun_at", sa.DateTime(timezone=True)))
    begun = sa.text("undo_begun_at IS NOT NULL")
    op.create_index(
        NAME, "change_set", ["undo_begun_at"], sqlite_where=begun, postgresql_where=begun
    )


def downgrade() -> None:
    op.drop_index(NAME, "change_set")
    op.drop_column("change_set", "undo_begun_at")
