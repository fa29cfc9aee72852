"""Our own export of people who left a list comes back as what it says, and no more than that."""

from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach.stakeholders.exporting import as_csv, people_rows
from outreach.stakeholders.filtering import PeopleFilter
from outreach.stakeholders.models import (
    Consent,
    ConsentState,
    Purpose,
    Stakeholder,
    Suppression,
)
from tests.stakeholders.factories import People
from tests.stakeholders.importing import bring_in

LEFT = ConsentState.WITHDRAWN


@pytest.fixture
def lists(people: People) -> tuple[int, int]:
    """Two lists: Ada left the first, Ben both, Cleo left the first and gets the second."""
    first, second = people.a_list(), people.a_list()
    for email, said in (
        ("ada@example.org", {first: LEFT}),
        ("ben@example.org", {first: LEFT, second: LEFT}),
        ("cleo@example.org", {first: LEFT, second: ConsentState.ACTIVE}),
    ):
        person = people.person(email, name=email[:3])
        for list_id, state in said.items():
            people.consent(person, list_id, ConsentState.ACTIVE)
            if state is LEFT:
                people.consent(person, list_id, LEFT)
    return first, second


def export(session: Session, people: People) -> bytes:
    return b"".join(as_csv(people_rows(session, PeopleFilter(), now=people.now)))


def test_the_export_says_which_lists_somebody_left(
    people: People, session: Session, lists: tuple[int, int]
) -> None:
    first, second = map(people.list_slug, lists)

    rows = {row[0]: row[-2:] for row in people_rows(session, PeopleFilter(), now=people.now)}

    assert rows == {
        "ada@example.org": ("Left", first),
        "ben@example.org": ("Left", "; ".join(sorted((first, second)))),
        "cleo@example.org": ("Gets letters", first),
    }


@pytest.mark.parametrize("which", [None, 0, 1])
def test_who_left_one_list_is_not_put_on_the_do_not_mail_list(
    people: People, session: Session, lists: tuple[int, int], tmp_path: Path, which: int | None
) -> None:
    before = _consents(session)

    list_id = None if which is None else lists[which]
    report = bring_in(people, tmp_path, export(session, people), list_id=list_id)

    assert dict(report.counts) == {"unchanged": 3}
    assert session.scalar(select(func.count(Suppression.id))) == 0
    assert _consents(session) == before


def test_who_came_back_since_the_export_stays(
    people: People, session: Session, lists: tuple[int, int], tmp_path: Path
) -> None:
    old = export(session, people)
    ada = people.id_of("ada@example.org") or 0
    people.consent(ada, lists[0], ConsentState.ACTIVE)

    report = bring_in(people, tmp_path, old)

    assert dict(report.counts) == {"unchanged": 3}


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("Gets letters", "unsubscribed"),
        ("Gets letters", "Left"),
        ("Gets letters", "Do not mail"),
        ("Gets letters", "bounced"),
        ("Left", "unsubscribed"),
    ],
)
def test_what_somebody_writes_into_an_export_stops_all_letters(
    people: People,
    session: Session,
    lists: tuple[int, int],
    tmp_path: Path,
    was: str,
    becomes: str,
) -> None:
    data = export(session, people).decode().replace(f",{was},", f",{becomes},")

    report = bring_in(people, tmp_path, data, list_id=lists[1])

    # Ben, who left that list too, is off it already.
    assert dict(report.counts) == {"unchanged": 2, "stopped": 1}
    assert session.scalar(select(func.count(Suppression.id))) == 1


def test_elsewhere_an_export_brings_nobody_on_a_list_they_left(
    people: People, session: Session, list_id: int, tmp_path: Path
) -> None:
    slug = people.list_slug(list_id)
    data = (
        "email,status,lists left\n"
        f"ada@example.org,Gets letters,other; {slug}\n"
        "ben@example.org,Gets letters,other\n"
        f"cleo@example.org,Left,{slug}\n"
    )

    report = bring_in(people, tmp_path, data, list_id=list_id)

    assert dict(report.counts) == {"new": 2, "stopped": 1}
    left = "left this list, as the file says; kept, not mailed"
    assert [(note.email, note.reason) for note in report.notes] == [("ada@example.org", left)]
    granted = select(Stakeholder.email).join(Consent, Consent.stakeholder_id == Stakeholder.id)
    assert session.scalars(granted).all() == ["ben@example.org"]


def test_what_the_ledger_knows_nothing_of_counts_for_all_lists(
    people: People, session: Session, lists: tuple[int, int], tmp_path: Path
) -> None:
    data = "email,status,lists left\nada@example.org,Left,unknown\nben@example.org,unsubscribed,\n"

    report = bring_in(people, tmp_path, data)

    assert dict(report.counts) == {"stopped": 2}


def _consents(session: Session) -> list[tuple[object, ...]]:
    columns = (Consent.stakeholder_id, Consent.list_id, Consent.state, Consent.basis)
    letters = select(*columns).where(Consent.purpose == Purpose.NEWSLETTER)
    return [tuple(row) for row in session.execute(letters.order_by(*columns[:2]))]
