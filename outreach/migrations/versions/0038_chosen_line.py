"""The line of its subject test that a mailing shows the public, too."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "mailing",
        sa.Column(
            "chosen_line", sa.String(length=10), server_default=sa.text("''"), nullable=False
        ),
    )
    op.execute(
        "UPDATE mailing SET chosen_line = (SELECT winner FROM dispatch "
        "WHERE dispatch.mailing_id = mailing.id) "
        "WHERE id IN (SELECT mailing_id FROM dispatch WHERE winner <> '')"
    )
    with op.batch_alter_table("mailing") as batch:
        batch.alter_column("chosen_line", server_default=None)


def downgrade() -> None:
    op.drop_column("mailing", "chosen_line")
