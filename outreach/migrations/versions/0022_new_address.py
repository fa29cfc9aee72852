"""A link of one's own may confirm a new address."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("own_link", sa.Column("new_email", sa.String(length=254), nullable=True))


def downgrade() -> None:
    op.drop_column("own_link", "new_email")
