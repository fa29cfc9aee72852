"""Links of letters belong to a result, so that a partner sees what came by its own parts."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("mailing_link") as link:
        link.add_column(sa.Column("result_id", sa.Integer(), nullable=True))
        link.create_foreign_key(
            op.f("fk_mailing_link_result_id_result"), "result", ["result_id"], ["id"]
        )
    op.create_index(op.f("ix_mailing_link_result_id"), "mailing_link", ["result_id"])
    # What is known of letters already sent: documents, and mailings about a single result.
    op.execute(
        "UPDATE mailing_link SET result_id = COALESCE("
        "(SELECT d.result_id FROM document d WHERE d.id = mailing_link.document_id), "
        "(SELECT MIN(r.result_id) FROM mailing_result r"
        " WHERE r.mailing_id = mailing_link.mailing_id HAVING COUNT(*) = 1))"
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_mailing_link_result_id"), table_name="mailing_link")
    with op.batch_alter_table("mailing_link") as link:
        link.drop_constraint(op.f("fk_mailing_link_result_id_result"), type_="foreignkey")
        link.drop_column("result_id")
