"""What people answer to letters becomes a question, and the mail says which."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("inbound_mail") as table:
        table.add_column(sa.Column("message_id", sa.String(200), nullable=False, server_default=""))
        table.add_column(sa.Column("question_id", sa.Integer(), nullable=True))
        table.create_foreign_key(
            op.f("fk_inbound_mail_question_id_question"),
            "question",
            ["question_id"],
            ["id"],
            ondelete="SET NULL",
        )
    with op.batch_alter_table("inbound_mail") as table:
        table.alter_column("message_id", server_default=None)
    for column in ("message_id", "question_id"):
        op.create_index(op.f(f"ix_inbound_mail_{column}"), "inbound_mail", [column])


def downgrade() -> None:
    for column in ("message_id", "question_id"):
        op.drop_index(op.f(f"ix_inbound_mail_{column}"), table_name="inbound_mail")
    with op.batch_alter_table("inbound_mail") as table:
        table.drop_constraint(op.f("fk_inbound_mail_question_id_question"), type_="foreignkey")
        table.drop_column("question_id")
        table.drop_column("message_id")
