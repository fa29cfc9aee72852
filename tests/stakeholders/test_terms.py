"""From when to when roles are held, also with an end that is known and lies ahead."""

import re
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.db import transaction
from outreach.core.state import state
from outreach.stakeholders import merging, undoing
from outreach.stakeholders.bulk import Act, Bulk, do_to_many
from outreach.stakeholders.changed import changed_timeline
from outreach.stakeholders.eligibility import holds_now
from outreach.stakeholders.exporting import people_rows
from outreach.stakeholders.filtering import PeopleFilter
from outreach.stakeholders.levels import end_levels_of_past_office
from outreach.stakeholders.models import StakeholderRole, Tier
from outreach.stakeholders.own_data import data_of, roles_of
from outreach.stakeholders.people import amend, change_roles
from outreach.stakeholders.terms import set_term
from tests.cast import Cast
from tests.stakeholders.factories import People
from tests.stakeholders.importing import bring_in

ADA = "ada@example.org"
YEAR = timedelta(days=365)


def _mandate(people: People, *, until: date | None, email: str = ADA, tier: Tier = Tier.EU) -> int:
    """A politician since a year ago, whose mandate ends on a day."""
    now = people.now
    id_ = people.person(email, roles=("politician",), tier=tier)
    with transaction() as session:
        _set(session, id_, now, until, was_since=now)
    return id_


def _set(
    session: Session, id_: int, now: datetime, until: date | None, *, was_since: datetime | None
) -> None:
    begins = (now - YEAR).date()
    set_term(
        session,
        id_,
        "politician",
        begins,
        until,
        was_since=was_since,
        zone="UTC",
        now=now,
        actor="Ada",
    )


def _terms(people: People, id_: int) -> list[tuple[str, date | None]]:
    held = sorted(people.load(id_).roles, key=lambda term: (term.since, term.role_id))
    return [(term.role.slug, term.until.date() if term.until else None) for term in held]


def test_whether_a_term_runs_is_told_alike_by_object_and_by_sql(
    people: People, session: Session
) -> None:
    now = people.now
    id_ = _mandate(people, until=(now + YEAR).date())

    for moment in (now - 2 * YEAR, now - YEAR, now, now + YEAR, now + 2 * YEAR):
        by_sql = session.scalars(select(StakeholderRole.role_id).where(holds_now(moment))).all()
        by_object = [term.role_id for term in people.load(id_).roles_at(moment)]
        assert by_object == list(by_sql), moment


def test_until_a_mandate_ends_the_role_is_shown_exported_and_kept(
    cast: Cast, people: People, session: Session
) -> None:
    ends = date(2999, 1, 1)
    id_ = _mandate(people, until=ends)
    form = cast.ada.get(f"/staff/stakeholders/{id_}/edit").text
    person = people.load(id_)
    exported = list(people_rows(session, PeopleFilter(), now=people.now, columns=("roles",)))
    told, roles = data_of(person), roles_of(person, people.now)
    session.rollback()
    with transaction() as writing:
        ring = state(people.app).ring
        amend(writing, id_, told, roles=roles, now=people.now, ring=ring, actor="Ada")

    assert roles == ("politician",)
    assert exported == [("politician",)]
    assert re.search(r'<input [^>]*checked [^>]*value="politician"', form)
    assert _terms(people, id_) == [("politician", ends)]
    assert people.load(id_).tier is Tier.EU


def test_a_role_taken_up_before_a_term_that_is_known_to_come_ends_with_its_beginning(
    people: People, session: Session
) -> None:
    now = people.now
    id_ = people.person(ADA, roles=("ngo",))
    begins = (now + YEAR).date()
    with transaction() as writing:
        values = {"was_since": None, "zone": "UTC", "now": now, "actor": "Ada"}
        set_term(writing, id_, "politician", begins, None, **values)  # type: ignore[arg-type]
        change_roles(writing, id_, ["ngo", "politician"], now=now)

    assert _terms(people, id_) == [("politician", begins), ("ngo", None), ("politician", None)]


def test_an_import_begins_no_second_term_beside_one_that_runs(
    people: People, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = (people.now + YEAR).date()
    id_ = _mandate(people, until=ends)
    monkeypatch.setattr("outreach.stakeholders.importing.loading.now", lambda: people.now)

    report = bring_in(people, tmp_path, f"email,role\n{ADA},politician\n")

    assert dict(report.counts) == {"unchanged": 1}
    assert _terms(people, id_) == [("politician", ends)]


def test_many_lose_a_role_before_its_end_and_get_it_back_with_its_end(
    people: People, session: Session
) -> None:
    ends = (people.now + YEAR).date()
    ada = _mandate(people, until=ends)
    ben = people.person(roles=("politician",))
    with transaction() as writing:
        act = Bulk(Act.END_ROLE, "politician")
        batch = do_to_many(writing, [ada, ben], act, now=people.now, actor="Ada")

    ended = [_terms(people, id_) for id_ in (ada, ben)]
    session.rollback()
    with transaction() as writing:
        undoing.undo(writing, batch.id, now=people.now, actor="Ada")

    assert batch.summary["counts"] == {"changed": 2, "unchanged": 0}
    assert ended == [[("politician", people.now.date())]] * 2
    assert [_terms(people, id_) for id_ in (ada, ben)] == [
        [("politician", ends)],
        [("politician", None)],
    ]


def test_a_merge_takes_a_mandate_over_with_its_end(people: People, session: Session) -> None:
    ends = (people.now + YEAR).date()
    gone = _mandate(people, until=ends)
    kept = people.person(roles=())

    shown = merging.preview(session, kept, gone, now=people.now)
    session.rollback()
    with transaction() as writing:
        merging.merge(writing, kept, gone, now=people.now, actor="Ada")

    assert "Role: politician" in shown.filled
    assert _terms(people, kept) == [("politician", ends)]


@pytest.mark.parametrize(("days", "tier"), [(0, None), (30, Tier.EU)])
def test_the_level_goes_with_the_last_public_role_that_ends(
    people: People, session: Session, days: int, tier: Tier | None
) -> None:
    id_ = _mandate(people, until=(people.now + timedelta(days=days)).date())

    assert people.load(id_).tier is tier


def test_when_a_known_end_comes_the_level_goes_and_the_history_tells(
    people: People, session: Session
) -> None:
    soon = people.now + timedelta(days=30)
    leaves = _mandate(people, until=soon.date())
    stays = _mandate(people, until=None, email="ben@example.org")
    official = _mandate(people, until=soon.date(), email="eve@example.org")
    again = _mandate(people, until=soon.date(), email="cleo@example.org")
    with transaction() as writing:
        change_roles(writing, official, ("politician", "policy-maker"), now=people.now)
        set_term(writing, again, "politician", (soon + YEAR).date(), None, was_since=None,
                 zone="UTC", now=people.now, actor="Ada")  # fmt: skip

    def ended(moment: datetime) -> int:
        with transaction() as writing:
            return end_levels_of_past_office(writing, now=moment)

    assert [ended(people.now), ended(soon), ended(soon)] == [0, 1, 0]
    tiers = [people.load(id_).tier for id_ in (leaves, stays, official, again)]
    assert tiers == [None, Tier.EU, Tier.EU, Tier.EU]
    told = [one.title for one in changed_timeline(session, leaves, limit=5)]
    assert told[0] == "The level ended with the role"
    assert _terms(people, leaves) == [("politician", soon.date())]


def test_a_role_ended_for_many_takes_the_level_and_an_undo_brings_it_back(
    people: People, session: Session
) -> None:
    ada = people.person(ADA, roles=("politician",), tier=Tier.EU)
    both = people.person("ben@example.org", roles=("politician", "policy-maker"), tier=Tier.REGION)
    with transaction() as writing:
        act = Bulk(Act.END_ROLE, "politician")
        batch = do_to_many(writing, [ada, both], act, now=people.now, actor="Ada")

    ended = [people.load(id_).tier for id_ in (ada, both)]
    session.rollback()
    with transaction() as writing:
        undoing.undo(writing, batch.id, now=people.now, actor="Ada")

    assert ended == [None, Tier.REGION]
    assert [people.load(id_).tier for id_ in (ada, both)] == [Tier.EU, Tier.REGION]
