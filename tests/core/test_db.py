"""transaction(): one place that commits, all or nothing, also with writers in between."""

import threading
from datetime import datetime, timedelta, timezone

import pytest
from flask import Flask
from sqlalchemy import Connection, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from outreach.core.clock import now
from outreach.core.db import db, engine_for, prepared_transaction, transaction
from outreach.core.errors import ProgrammingError
from outreach.core.leases import Job, claim_tick
from outreach.core.sqlite import WRITES
from outreach.stakeholders.models import Tag


def test_what_is_added_is_there_afterwards(session: Session) -> None:
    with transaction() as writing:
        writing.add(Tag(name="board"))

    assert session.scalars(select(Tag.name)).all() == ["board"]


def test_an_exception_keeps_nothing(session: Session) -> None:
    with pytest.raises(ValueError, match="stop"), transaction() as writing:
        writing.add(Tag(name="board"))
        writing.flush()
        raise ValueError("stop")

    assert session.scalars(select(Tag.name)).all() == []


def test_a_change_outside_a_transaction_is_our_own_mistake(session: Session) -> None:
    session.add(Tag(name="board"))

    with pytest.raises(ProgrammingError):
        session.flush()
    session.rollback()
    with pytest.raises(ProgrammingError):
        session.execute(update(Tag).values(name="x"))


def test_a_transaction_inside_another_is_refused(session: Session) -> None:
    with pytest.raises(ProgrammingError), transaction(), transaction():
        pass


def test_a_read_before_another_writer_does_not_lock_the_database(
    app: Flask, session: Session
) -> None:
    """Without BEGIN IMMEDIATE SQLite fails here at once: "database is locked"."""
    session.scalars(select(Tag)).all()
    engine = engine_for(app.config["SQLALCHEMY_DATABASE_URI"])
    with transaction(engine) as connection:
        connection.execute(text("INSERT INTO tag (name) VALUES ('other')"))
    engine.dispose()

    with transaction() as writing:
        writing.add(Tag(name="board"))

    assert sorted(session.scalars(select(Tag.name))) == ["board", "other"]


def test_only_the_transaction_that_was_announced_keeps_others_from_writing(app: Flask) -> None:
    with app.app_context():
        engine = db.engine
    with engine.connect() as connection:
        writing = connection.execution_options(**{WRITES: True})
        with writing.begin():
            writing.execute(insert(Tag).values(name="first"))
        with connection.begin():
            connection.execute(select(Tag.name)).all()
            with transaction(engine) as other:
                other.execute(insert(Tag).values(name="second"))

        assert sorted(connection.scalars(select(Tag.name))) == ["first", "second"]


def test_no_statement_looks_for_listeners_in_vain(app: Flask) -> None:
    """One listener to what engines do would cost each statement a third of its time."""
    with app.app_context():
        assert not db.engine._has_events


def test_moments_come_back_aware_and_in_utc(session: Session) -> None:
    summer = datetime(2026, 7, 1, 9, 0, tzinfo=timezone(timedelta(hours=2)))
    with transaction() as writing:
        writing.add(Job(name="x", due_at=summer))

    due_at = session.scalars(select(Job.due_at)).one()

    assert due_at == summer
    assert due_at.utcoffset() == timedelta(0)


def test_a_naive_moment_never_reaches_the_database(session: Session) -> None:
    naive = datetime(2026, 7, 1, 9, 0)  # noqa: DTZ001 - the mistake under test

    with pytest.raises(Exception, match="naive"), transaction() as writing:
        writing.add(Job(name="x", due_at=naive))


def test_foreign_keys_hold_on_both_databases(session: Session) -> None:
    with pytest.raises(IntegrityError), transaction() as writing:
        writing.execute(text("INSERT INTO stakeholder_tag (stakeholder_id, tag_id) VALUES (1, 1)"))


def test_a_tick_is_claimed_by_one_of_many(app: Flask, database_uri: str) -> None:
    moment, claims = now(), []

    def claim() -> None:
        engine = engine_for(database_uri)
        with transaction(engine) as connection:
            claims.append(claim_tick(connection, "send", now=moment, every=timedelta(minutes=1)))
        engine.dispose()

    threads = [threading.Thread(target=claim) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(claims) == [False] * 5 + [True]
    with app.app_context():
        assert db.session.scalars(select(Job.name)).all() == ["send"]


def test_preparing_a_transaction_keeps_nobody_from_writing(app: Flask) -> None:
    with app.app_context():
        engine = db.engine

    def prepare(connection: Connection) -> int:
        connection.execute(text("CREATE TEMPORARY TABLE judged (number INTEGER)"))
        connection.execute(text("INSERT INTO judged VALUES (7)"))
        connection.scalar(text("SELECT count(*) FROM job"))
        with transaction(engine) as other:
            other.execute(insert(Job).values(name="other", due_at=now()))
        return 7

    with prepared_transaction(engine, prepare) as (writing, prepared):
        assert writing.scalar(text("SELECT number FROM judged")) == prepared
        writing.execute(insert(Job).values(name="own", due_at=now()))
        writing.execute(text("DROP TABLE judged"))

    with engine.connect() as reading:
        assert set(reading.scalars(select(Job.name))) == {"other", "own"}


def test_what_a_failed_preparation_made_meets_nobody(app: Flask) -> None:
    with app.app_context():
        engine = db.engine

    def prepare(connection: Connection) -> None:
        connection.execute(text("CREATE TEMPORARY TABLE judged (number INTEGER)"))

    for _ in range(2):
        with pytest.raises(ValueError, match="stop"), prepared_transaction(engine, prepare):
            raise ValueError("stop")


@pytest.mark.parametrize("database_uri", ["postgresql"], indirect=True)
def test_postgresql_is_told_that_our_queries_are_short(session: Session) -> None:
    assert session.scalar(text("SHOW jit")) == "off"
    assert session.scalar(text("SHOW random_page_cost")) == "1.1"
    session.rollback()
    assert session.scalar(text("SHOW jit")) == "off"


@pytest.mark.parametrize("database_uri", ["postgresql"], indirect=True)
def test_postgresql_keeps_a_list_of_a_million_people_in_memory(session: Session) -> None:
    others = "SELECT id FROM stakeholder WHERE id NOT IN (SELECT n FROM generate_series(1, {}) n)"

    plan = "\n".join(session.scalars(text(f"EXPLAIN {others.format(1_000_000)}")))

    assert "hashed SubPlan" in plan  # else it is read anew for each person
