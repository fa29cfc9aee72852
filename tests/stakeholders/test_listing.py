"""The list: what filters find, pages by key, counts that agree, status told twice alike."""

from datetime import datetime
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.db import transaction
from outreach.stakeholders import listing
from outreach.stakeholders.consents import suppress
from outreach.stakeholders.facets import choices, counts
from outreach.stakeholders.filtering import PeopleFilter
from outreach.stakeholders.listing import PAGE, page_of_people
from outreach.stakeholders.models import (
    Basis,
    ConsentState,
    Purpose,
    Stakeholder,
    SuppressionReason,
    Tag,
    Tier,
)
from outreach.stakeholders.status import Status, has_status, status
from tests.stakeholders.factories import People


def _names(session: Session, wanted: PeopleFilter, now: datetime) -> list[str]:
    return [row.name for row in page_of_people(session, wanted, now=now).rows]


def _suppress(people: People, email: str) -> None:
    with transaction() as session:
        suppress(
            session,
            people.make.fingerprint(email),
            SuppressionReason.BOUNCED,
            evidence="",
            actor="",
            now=people.now,
        )


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("lovelace", ["Ada Lovelace"]),
        ("LOVE ada", ["Ada Lovelace"]),
        ("ghent.example", ["Ada Lovelace"]),
        ("muller", ["Jürgen Müller"]),
        ("müller", ["Jürgen Müller"]),
        ("tilburg", ["Jürgen Müller"]),
        ("100%", ["100% Green"]),
        ("%", ["100% Green"]),
        ("_", []),
        ("nobody", []),
        ("", ["100% Green", "Ada Lovelace", "Jürgen Müller"]),
    ],
)
def test_every_word_is_looked_for_in_name_address_and_organisation(
    people: People, session: Session, now: datetime, q: str, found: list[str]
) -> None:
    people.person("ada@ghent.example.org", name="Ada Lovelace")
    people.person("jm@example.org", name="Jürgen Müller", organisation="City of Tilburg")
    people.person("g@example.org", name="100% Green")

    assert _names(session, PeopleFilter(q=q), now) == found


def test_groups_must_all_match_and_values_of_one_any(
    people: People, session: Session, now: datetime
) -> None:
    people.person(name="Ada", roles=("politician",), tier=Tier.EU, country="BE", tags=("x",))
    people.person(name="Ben", roles=("ngo", "funder"), country="BE")
    people.person(name="Cleo", roles=("ngo",), country="NL", tags=("x",))
    tag = session.scalars(select(Tag.id)).one()

    assert _names(session, PeopleFilter(roles=("ngo", "politician")), now) == ["Ada", "Ben", "Cleo"]
    assert _names(session, PeopleFilter(roles=("ngo",), countries=("BE",)), now) == ["Ben"]
    assert _names(session, PeopleFilter(levels=(Tier.EU,)), now) == ["Ada"]
    assert _names(session, PeopleFilter(tags=(tag,), countries=("NL", "BE")), now) == [
        "Ada",
        "Cleo",
    ]


def test_erased_and_merged_people_are_not_listed(
    people: People, session: Session, now: datetime
) -> None:
    kept, merged, erased = people.person(name="A"), people.person(name="B"), people.person(name="C")
    with transaction() as writing:
        writing.get_one(Stakeholder, merged).merged_into_id = kept
        writing.get_one(Stakeholder, erased).erased_at = now

    assert _names(session, PeopleFilter(), now) == ["A"]
    assert counts(session, PeopleFilter(), now=now)["total"] == 1


def test_pages_follow_each_other_by_key_both_ways(
    people: People, session: Session, now: datetime
) -> None:
    with transaction() as writing:
        writing.add_all(
            Stakeholder(
                email=f"p{n}@example.org",
                name="Same",
                sort_name="same",
                created_at=now,
                updated_at=now,
            )
            for n in range(2 * PAGE + 5)
        )
    pages = [page_of_people(session, PeopleFilter(), now=now)]
    while pages[-1].after:
        pages.append(page_of_people(session, PeopleFilter(), now=now, after=pages[-1].after))
    back = page_of_people(session, PeopleFilter(), now=now, before=pages[-1].before)

    assert [len(page.rows) for page in pages] == [PAGE, PAGE, 5]
    assert len({row.id for page in pages for row in page.rows}) == 2 * PAGE + 5
    assert [row.id for row in back.rows] == [row.id for row in pages[1].rows]
    assert pages[0].before is None
    assert page_of_people(session, PeopleFilter(), now=now, before=back.before).before is None


def test_a_key_nobody_has_begins_at_the_beginning(
    people: People, session: Session, now: datetime
) -> None:
    people.person(name="Ada")

    assert len(page_of_people(session, PeopleFilter(), now=now, after=4711).rows) == 1
    assert len(page_of_people(session, PeopleFilter(), now=now, before=4711).rows) == 1


def test_whichever_way_people_are_looked_for_the_pages_are_the_same(
    people: People, list_id: int, session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = {
        people.person(
            name=f"P{n}",
            roles=("ngo",) if n % 2 else ("funder", "ngo"),
            tier=tier,
            country="BE" if n % 3 else "NL",
            tags=("board",) if n % 2 else (),
        )
        for n, tier in enumerate((Tier.EU, Tier.REGION, None) * 3)
        if tier is not Tier.REGION or n % 2
    }
    for n in range(3):
        people.person(name=f"P{n}", roles=("funder",), tier=Tier.EU)
    people.person("blocked@example.org", name="P1", roles=("ngo",), country="BE")
    people.consent(min(chosen), list_id, ConsentState.ACTIVE)
    _suppress(people, "blocked@example.org")
    board = session.scalars(select(Tag.id).where(Tag.name == "board")).one()
    filters = (
        PeopleFilter(roles=("ngo",), statuses=(Status.GETS, Status.NONE)),
        PeopleFilter(roles=("ngo", "funder")),
        PeopleFilter(roles=("ngo",), levels=(Tier.EU,)),
        PeopleFilter(levels=(Tier.EU,)),
        PeopleFilter(roles=("media",)),
        PeopleFilter(roles=("ngo",), countries=("BE",), q="p"),
        PeopleFilter(tags=(board,)),
        PeopleFilter(tags=(board,), roles=("ngo",), countries=("BE", "NL")),
        PeopleFilter(statuses=(Status.GETS,)),
        PeopleFilter(statuses=(Status.BLOCKED,), countries=("BE",)),
    )
    monkeypatch.setattr(listing, "PAGE", 2)
    found: dict[int, list[list[int]]] = {}
    for most in (0, 3, 100):
        monkeypatch.setattr(listing, "NEAR", most)
        monkeypatch.setattr(listing, "FEW", most)
        found[most] = [_all_pages(session, wanted, now) for wanted in filters]

    assert set(found[0][0]) == chosen
    assert len(found[0][1]) == len(chosen) + 4
    assert found[0][4] == []
    assert found[0][8] == [min(chosen)]
    assert len(found[0][9]) == 1
    assert all(found[0][n] for n in (5, 6, 7))
    assert found[0] == found[3] == found[100]


def _all_pages(session: Session, wanted: PeopleFilter, now: datetime) -> list[int]:
    """Return the ids of everybody, page by page, having gone there and back."""
    pages = [page_of_people(session, wanted, now=now)]
    while pages[-1].after:
        pages.append(page_of_people(session, wanted, now=now, after=pages[-1].after))
    for page, following in pairwise(pages):
        back = page_of_people(session, wanted, now=now, before=following.before)
        assert [row.id for row in back.rows] == [row.id for row in page.rows]
    return [row.id for page in pages for row in page.rows]


STANDINGS = st.lists(
    st.tuples(
        st.sampled_from(ConsentState),
        st.sampled_from([Basis.CONSENT, Basis.UNKNOWN]),
        st.sampled_from([Purpose.NEWSLETTER, Purpose.EVENT_INVITATION]),
    ),
    max_size=3,
)


def test_status_as_a_word_and_as_a_condition_agree(
    people: People, list_id: int, session: Session, now: datetime
) -> None:
    lists = [list_id, people.a_list(), people.a_list()]

    @settings(
        max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(STANDINGS, st.booleans())
    def add_one(standings: list[tuple[ConsentState, Basis, Purpose]], is_suppressed: bool) -> None:
        email = f"s{people.make.number()}@example.org"
        person = people.person(email)
        for which, (state, basis, purpose) in zip(lists, standings, strict=False):
            people.consent(person, which, state, purpose, basis=basis)
        if is_suppressed:
            _suppress(people, email)

    add_one()
    words = {row.id: Status(row.word) for row in _words(session)}
    found = counts(session, PeopleFilter(), now=now)
    for one in Status:
        having = set(session.scalars(select(Stakeholder.id).where(has_status(one))))
        assert having == {person for person, word in words.items() if word is one}
        assert found.get(f"status:{one}", 0) == len(having)


def _words(session: Session):  # type: ignore[no-untyped-def]  # rows of (id, word)
    return session.execute(select(Stakeholder.id, status().label("word"))).all()


def test_counts_say_what_each_further_choice_would_show(
    people: People, list_id: int, session: Session, now: datetime
) -> None:
    people.person(
        name="Ada", roles=("politician",), tier=Tier.EU, country="BE", tags=("x",), gets=list_id
    )
    people.person(name="Ben", roles=("ngo", "funder"), country="BE")
    people.person(name="Cleo", roles=("ngo",), country="NL", tags=("x",))
    tag = session.scalars(select(Tag.id)).one()

    found = counts(session, PeopleFilter(countries=("BE",)), now=now)

    assert found == {
        "total": 2,
        "role:politician": 1,
        "role:ngo": 1,
        "role:funder": 1,
        "level:eu": 1,
        "country:BE": 2,
        "country:NL": 1,
        f"tag:{tag}": 1,
        "status:gets": 1,
        "status:none": 1,
    }


def test_only_countries_that_occur_are_offered(people: People, session: Session) -> None:
    for country in ("NL", None, "BE", "NL"):
        people.person(country=country)

    assert list(choices(session).countries) == ["BE", "NL"]
