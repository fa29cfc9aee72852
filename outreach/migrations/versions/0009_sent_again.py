"""A sent mailing can be sent again to those who did not get it; what came back is classed."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("dispatch", sa.Column("tried_since", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("dispatch", "tried_since")
