"""What an organisation is: university, authority, NGO, …"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("organisation", sa.Column("kind", sa.String(length=24), nullable=True))


def downgrade() -> None:
    op.drop_column("organisation", "kind")
