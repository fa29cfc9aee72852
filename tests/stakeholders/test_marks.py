"""Marks tell which roles somebody holds, whoever wrote it; where time would change them, none do.

That they agree with the terms is looked at after each test of this room (see `conftest`).
"""

import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.orm import Session

from outreach.core.db import db, transaction
from outreach.core.migrating import downgrade, upgrade
from outreach.core.text import LocalText
from outreach.stakeholders import undoing
from outreach.stakeholders.bulk import Act, Bulk, do_to_many
from outreach.stakeholders.filtering import holders, holds_role_by_marks
from outreach.stakeholders.models import Role, Stakeholder, StakeholderRole, mark, marks_of
from outreach.stakeholders.models.marks import ENDS, LAST
from outreach.stakeholders.people import change_roles
from outreach.stakeholders.terms import set_term
from tests.stakeholders.factories import People
from tests.stakeholders.importing import bring_in

DAY = timedelta(days=1)


def _marks(session: Session) -> list[int | None]:
    session.rollback()
    return list(session.scalars(select(Stakeholder.role_marks).order_by(Stakeholder.id)))


def _of(people: People, *slugs: str) -> int | None:
    with people.app.app_context():
        ids = db.session.scalars(select(Role.id).where(Role.slug.in_(slugs)))
        return marks_of(tuple(ids))


def _found(session: Session, slugs: tuple[str, ...], moment: datetime) -> list[int]:
    found = (
        select(Stakeholder.id).where(holds_role_by_marks(slugs, moment)).order_by(Stakeholder.id)
    )
    others = select(func.count(Stakeholder.id)).where(~holds_role_by_marks(slugs, moment))
    ids = list(session.scalars(found))
    everybody = session.scalar(select(func.count(Stakeholder.id))) or 0
    assert len(ids) + (session.scalar(others) or 0) == everybody, "yes or no, of everybody"
    assert ids == sorted(set(session.scalars(holders(slugs, moment))))
    return ids


def test_who_is_entered_is_marked(people: People, session: Session) -> None:
    people.person(roles=("ngo", "funder"))
    people.person(roles=())

    assert _marks(session) == [_of(people, "ngo", "funder"), 0]


def test_what_is_done_to_many_is_marked(people: People, session: Session) -> None:
    ids = [people.person(roles=("ngo",)), people.person(roles=("funder",))]

    def do(act: Act, slug: str) -> int:
        with transaction() as writing:
            return do_to_many(writing, ids, Bulk(act, slug), now=people.now, actor="Ada").id

    do(Act.BEGIN_ROLE, "funder")
    begun = _marks(session)
    ended = do(Act.END_ROLE, "funder")
    after = _marks(session)
    with transaction() as writing:
        undoing.undo(writing, ended, now=people.now, actor="Ada")

    assert begun == [_of(people, "ngo", "funder"), _of(people, "funder")]
    assert after == [_of(people, "ngo"), 0]
    assert _marks(session) == begun


def test_an_import_marks_the_new_and_those_who_gain_a_role(
    people: People, session: Session, tmp_path: Path
) -> None:
    people.person("ada@example.org", roles=("ngo",))

    bring_in(people, tmp_path, "email,role\nada@example.org,funder\nben@example.org,ngo; media\n")

    assert _marks(session) == [_of(people, "ngo", "funder"), _of(people, "ngo", "media")]


@pytest.mark.parametrize(("since", "until"), [(-9, 9), (9, None), (9, 20)])
def test_what_time_changes_is_asked_of_terms(
    people: People, session: Session, since: int, until: int | None
) -> None:
    marked, id_ = people.person(roles=("ngo",)), people.person(roles=("funder",))
    # Terms that end or begin after this very moment, whatever the tests' clock says.
    today = datetime.now(people.now.tzinfo).date()
    begins, ends = today + since * DAY, today + until * DAY if until else None
    with transaction() as writing:
        set_term(writing, id_, "ngo", begins, ends, was_since=None, zone="UTC", now=people.now,
                 actor="Ada")  # fmt: skip

    known = None if until is None else ENDS | (_of(people, "funder") or 0)
    assert _marks(session) == [_of(people, "ngo"), known]
    noon = datetime.now(people.now.tzinfo)
    for days in (-10, 0, 10, 30):
        held = since <= days and (until is None or days < until)
        assert _found(session, ("ngo", "media"), noon + days * DAY) == (
            [marked, id_] if held else [marked]
        )


def test_a_role_without_a_bit_of_its_own_is_asked_of_terms(
    people: People, session: Session
) -> None:
    id_, other = people.person(roles=("ngo",)), people.person(roles=("ngo",))
    named = LocalText(en="Late")
    with transaction() as writing:
        for role_id in (LAST, LAST + 1):
            writing.add(Role(id=role_id, slug=f"r{role_id}", name=named, plural=named, position=99))
    with transaction() as writing:
        change_roles(writing, id_, ["ngo", f"r{LAST + 1}"], now=people.now)
        change_roles(writing, other, [f"r{LAST}"], now=people.now)

    assert _marks(session) == [None, 1 << LAST]
    assert _found(session, (f"r{LAST + 1}",), people.now) == [id_]
    assert _found(session, (f"r{LAST}", "ngo"), people.now) == [id_, other]


def test_who_has_no_marks_is_asked_all_the_same(people: People, session: Session) -> None:
    one, other = people.person(roles=("ngo",)), people.person(roles=("funder",))
    with transaction() as writing:
        writing.execute(update(Stakeholder).values(role_marks=None))

    assert _found(session, ("ngo",), people.now) == [one]
    assert _found(session, ("ngo", "funder"), people.now) == [one, other]
    assert _found(session, ("media",), people.now) == []


@pytest.mark.parametrize("database_uri", ["postgresql"], indirect=True)
def test_two_who_give_a_role_at_once_both_count(people: People, session: Session) -> None:
    id_ = people.person(roles=())
    ngo, funder = people.make.roles()["ngo"], people.make.roles()["funder"]

    def give(connection: Connection, role_id: int) -> None:
        term = {"stakeholder_id": id_, "role_id": role_id, "since": people.now}
        connection.execute(insert(StakeholderRole), term)
        mark(connection, Stakeholder.id == id_, now=people.now)

    def second() -> None:
        with people.app.app_context(), transaction(db.engine) as writing:
            give(writing, funder)

    waiting = threading.Thread(target=second)
    with transaction(db.engine) as first:
        give(first, ngo)
        waiting.start()
        waiting.join(0.5)
        assert waiting.is_alive(), "the second one waits for the first"
    waiting.join(10)

    assert _marks(session) == [_of(people, "ngo", "funder")]


def test_an_update_marks_those_who_are_there(people: People, session: Session) -> None:
    people.person(roles=("ngo", "funder"))
    people.person(roles=())
    timed = people.person(roles=("ngo",))
    to_come = people.person(roles=("ngo",))
    tomorrow = (datetime.now(people.now.tzinfo) + DAY).date()
    with transaction() as writing:
        set_term(writing, timed, "media", people.now.date(), tomorrow, was_since=None, zone="UTC",
                 now=people.now, actor="Ada")  # fmt: skip
        set_term(writing, to_come, "media", tomorrow, None, was_since=None, zone="UTC",
                 now=people.now, actor="Ada")  # fmt: skip
    expected = [_of(people, "ngo", "funder"), 0, ENDS | (_of(people, "ngo") or 0), None]
    assert _marks(session) == expected
    db.session.remove()

    downgrade("0056")
    upgrade()

    assert _marks(db.session()) == expected
