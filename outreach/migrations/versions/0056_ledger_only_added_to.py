"""The consent ledger is only ever added to, whoever writes: lines are proof (GDPR Art. 7(1)).

The one change a line knows is the erasure's, which takes every word about the person out of it
(`stakeholders.erasing`). On SQLite a later migration that rebuilds the table must make these anew.
"""

from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

TABLE = "consent_entry"
SAYS = "The consent ledger is only ever added to."
FIXED = (
    "id, stakeholder_id, list_id, purpose, state, basis, wording_version, requested_at, "
    "confirmed_at, withdrawn_at, mailing_id, change_set_id, recorded_at"
)
IS_EMPTIED = "NEW.source = 'Erased' AND NEW.actor = '' AND NEW.wording_language = ''"
TRIGGERS = {
    "consent_entry_stays": f"BEFORE DELETE ON {TABLE} FOR EACH ROW",
    "consent_entry_is_proof": f"BEFORE UPDATE OF {FIXED} ON {TABLE} FOR EACH ROW",
    "consent_entry_is_emptied": f"BEFORE UPDATE ON {TABLE} FOR EACH ROW WHEN (NOT ({IS_EMPTIED}))",
}
POSTGRESQL_TRIGGERS = {
    **TRIGGERS,
    "consent_entry_is_kept": f"BEFORE TRUNCATE ON {TABLE} FOR EACH STATEMENT",
}
REFUSE = "refuse_to_change_the_consent_ledger"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE FUNCTION {REFUSE}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"RAISE EXCEPTION '{SAYS}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
        for name, when in POSTGRESQL_TRIGGERS.items():
            op.execute(f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION {REFUSE}()")
    else:
        for name, when in TRIGGERS.items():
            op.execute(f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, '{SAYS}'); END")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for name in POSTGRESQL_TRIGGERS:
            op.execute(f"DROP TRIGGER {name} ON {TABLE}")
        op.execute(f"DROP FUNCTION {REFUSE}()")
    else:
        for name in TRIGGERS:
            op.execute(f"DROP TRIGGER {name}")
