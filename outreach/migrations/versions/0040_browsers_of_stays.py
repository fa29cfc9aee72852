"""Stays no longer keep what a browser calls itself, only what its user knows it as."""

from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The name cannot be told from here; stays that go on are shown as "A browser" until they end.
    op.execute("UPDATE sign_in SET agent = ''")


def downgrade() -> None:
    """What was forgotten stays forgotten."""
