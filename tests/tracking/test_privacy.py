"""Once a mailing's key is gone nobody, ourselves included, can say whose letter a nonce was."""

import time
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from outreach.core.db import db, transaction
from outreach.core.keys import KeyPurpose
from outreach.core.signing import TokenKind, nonce_of
from outreach.core.state import state
from outreach.delivery.forgetting import forget_keys
from outreach.delivery.models import MailingKey
from outreach.delivery.settling import close_dispatch
from outreach.tracking.forgetting import sweep
from outreach.tracking.models import Hit, Reader
from tests.tracking.factories import KEY, Sent


def _settle(sent: Sent) -> None:
    """Destroy the mailing's key, as settling its last letter and the ticks after it do."""
    with transaction(sent.engine) as connection:
        close_dispatch(connection, [sent.mailing_id], now=sent.now)
    # PostgreSQL's own look at the tables, for its statistics, may be in the way for a moment.
    until = time.monotonic() + 30
    while not (is_done := forget_keys(sent.engine, now=sent.now)) and time.monotonic() < until:
        time.sleep(0.2)
    assert is_done


def _stored_bytes(sent: Sent) -> list[bytes]:
    """Return every binary or secret value any table holds."""
    found: list[bytes] = []
    with sent.app.app_context(), db.engine.connect() as connection:
        for table in db.metadata.sorted_tables:
            for row in connection.execute(table.select()):
                found += [bytes(value) for value in row if isinstance(value, bytes | memoryview)]
                found += [value.encode() for value in row if isinstance(value, str)]
    return found


def test_while_letters_are_being_sent_again_they_keep_their_token(sent: Sent) -> None:
    with sent.app.app_context():
        kept = db.session.get_one(MailingKey, sent.mailing_id).key

    again = sent.signer.unlinked(sent.mailing_id, sent.groups[1], nonce_of(kept, 1))

    assert again == sent.unlinked(1)


def test_no_key_of_ours_and_nothing_stored_leads_from_a_nonce_to_a_letter(
    app: Flask, sent: Sent
) -> None:
    sent.apply(*(sent.click(1, after=60 * n, delivery=n) for n in range(1, 7)))
    nonces = {hit["reader"] for hit in sent.rows(Hit)}
    assert nonces == {nonce_of(KEY, number) for number in range(1, 7)}

    _settle(sent)

    ring = state(app).ring
    keys = [key for purpose in KeyPurpose for key in ring.keys[purpose].values()]
    candidates = keys + [value for value in _stored_bytes(sent) if value not in nonces]
    tried = {nonce_of(key, number) for key in candidates for number in range(1, 9)}
    assert not tried & nonces
    assert not [file for file in _files_of_the_database(sent) if KEY in file.read_bytes()]


def _files_of_the_database(sent: Sent) -> list[Path]:
    """Return the files in which a deleted key might still stand: in free pages, in SQLite's log.

    PostgreSQL's write-ahead log belongs to the whole server, which writes over it by and by (some
    gigabyte later, or at `checkpoint_timeout`): nobody but its administrator can hasten that.
    """
    if sent.engine.dialect.name == "sqlite":
        database = Path(str(sent.engine.url.database))
        found = list(database.parent.glob(f"{database.name}*"))
    else:
        with sent.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("CHECKPOINT"))
            where = "SELECT setting FROM pg_settings WHERE name = 'data_directory'"
            base = Path(str(connection.scalar(text(where)))) / "base"
            number = "SELECT oid FROM pg_database WHERE datname = current_database()"
            found = list((base / str(connection.scalar(text(number)))).iterdir())
    assert found
    return found


@pytest.mark.parametrize("database_uri", ["postgresql"], indirect=True)
def test_postgresqls_statistics_sample_no_key(sent: Sent) -> None:
    with transaction(sent.engine) as connection:
        connection.execute(text("ANALYZE mailing_key"))
        sampled = connection.execute(
            text("SELECT attname FROM pg_stats WHERE tablename = 'mailing_key'")
        ).scalars()
        assert list(sampled) == ["mailing_id"]


@pytest.mark.parametrize("database_uri", ["postgresql"], indirect=True)
def test_keys_are_cleared_later_when_somebody_reads_the_table(sent: Sent) -> None:
    with transaction(sent.engine) as connection:
        close_dispatch(connection, [sent.mailing_id], now=sent.now)
    with sent.engine.connect() as reading:
        reading.execute(text("LOCK TABLE mailing_key IN ACCESS SHARE MODE"))

        assert not forget_keys(sent.engine, now=sent.now)

    assert forget_keys(sent.engine, now=sent.now)
    assert forget_keys(sent.engine, now=sent.now + timedelta(days=1))


@pytest.mark.parametrize("database_uri", ["postgresql"], indirect=True)
def test_keys_are_cleared_later_while_something_reads_since_before(sent: Sent) -> None:
    isolation = "REPEATABLE READ"
    with sent.engine.connect().execution_options(isolation_level=isolation) as reading:
        reading.execute(
            text("SELECT count(*) FROM hit")
        )  # its snapshot shows the key until it ends
        with transaction(sent.engine) as connection:
            close_dispatch(connection, [sent.mailing_id], now=sent.now)

        assert not forget_keys(sent.engine, now=sent.now)
        assert [one for one in _files_of_the_database(sent) if KEY in one.read_bytes()]

    assert forget_keys(sent.engine, now=sent.now)
    assert not [one for one in _files_of_the_database(sent) if KEY in one.read_bytes()]


def test_an_unlinked_hit_names_no_delivery_anywhere(sent: Sent) -> None:
    sent.apply(sent.open(), sent.click(1, after=10), sent.open(delivery=2))

    rows = [*sent.rows(Hit), *sent.rows(Reader)]

    assert {row["number"] for row in rows} == {None}
    assert all(hit["seconds_since_sent"] is None for hit in sent.rows(Hit))


def test_an_unlinked_token_says_its_group_and_nothing_of_the_letter(sent: Sent) -> None:
    said = sent.signer.redeem(sent.unlinked(3), TokenKind.UNLINKED)

    assert said is not None
    assert (said.mailing_id, said.number) == (sent.mailing_id, sent.groups[3])
    assert said.nonce == nonce_of(KEY, 3)


def test_a_forgotten_letter_looks_like_one_that_was_never_followed(sent: Sent) -> None:
    sent.apply(sent.click(1, delivery=7, is_personal=True), sent.click(1, delivery=1))

    sent.withdraw(7)
    sweep(sent.engine)

    shapes = {
        (len(row["key"]), row["group_no"], row["is_letter"], row["number"])
        for row in sent.rows(Reader)
    }
    assert shapes == {(8, 1, True, None)}
