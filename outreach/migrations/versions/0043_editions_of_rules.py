"""Editions of the rules keep what they did to past requests; PostgreSQL samples no mailing's key.

Where past requests were judged anew before, nobody wrote down whether that was asked for: it stays
empty, except for what is still under way or was cut short. Of the index of readers by letter those
without one are left out. PostgreSQL's statistics hold values of columns as they are: a key sampled
there would outlive its destruction.
"""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("label_rules", sa.Column("is_rerun", sa.Boolean(), nullable=True))
    op.add_column("label_rules", sa.Column("rerun_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE label_rules SET is_rerun = TRUE WHERE rerun_mailing_id IS NOT NULL")
    op.drop_index("uq_reader_number", "reader")
    op.create_index(
        "uq_reader_number",
        "reader",
        ["mailing_id", "number"],
        unique=True,
        sqlite_where=sa.text("number IS NOT NULL"),
        postgresql_where=sa.text("number IS NOT NULL"),
    )
    if op.get_bind().dialect.name == "postgresql":
        # A change of type, though it is none, throws away what was sampled so far.
        op.execute("ALTER TABLE mailing_key ALTER COLUMN key TYPE bytea")
        op.execute("ALTER TABLE mailing_key ALTER COLUMN key SET STATISTICS 0")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE mailing_key ALTER COLUMN key SET STATISTICS -1")
    op.drop_index("uq_reader_number", "reader")
    op.create_index("uq_reader_number", "reader", ["mailing_id", "number"], unique=True)
    with op.batch_alter_table("label_rules") as table:
        table.drop_column("rerun_at")
        table.drop_column("is_rerun")
