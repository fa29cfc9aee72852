"""One person under two addresses; notes and follow-ups; roles with their dates; invitations."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.db import db, transaction
from outreach.core.errors import Conflict, NotFound
from outreach.core.state import state
from outreach.stakeholders import undoing
from outreach.stakeholders.changed import changed_timeline
from outreach.stakeholders.consents import erase, leave_list, suppress
from outreach.stakeholders.duplicates import said_two_people, say_two_people, suggestions
from outreach.stakeholders.eligibility import withheld_reason
from outreach.stakeholders.frequency import choose_frequency
from outreach.stakeholders.ledger import THE_PERSON
from outreach.stakeholders.merging import merge, preview
from outreach.stakeholders.models import (
    Consent,
    ConsentState,
    Note,
    Purpose,
    Stakeholder,
    SuppressionReason,
    TwoPeople,
)
from outreach.stakeholders.own_export import own_record
from outreach.stakeholders.pausing import pause
from outreach.stakeholders.people import living
from outreach.stakeholders.texts import sort_name_of
from outreach.stakeholders.wishes import HERSELF
from tests.cast import Cast
from tests.stakeholders.factories import People
from tests.stakeholders.importing import bring_in
from tests.web_client import post

HERE = "/staff/stakeholders"


def _merge(people: People, kept: int, gone: int) -> int:
    with people.app.app_context(), transaction() as session:
        return merge(session, kept, gone, now=people.now + timedelta(hours=1), actor="Ada").id


def _reason(session: Session, person: int, list_id: int) -> str | None:
    session.rollback()
    query = select(withheld_reason(list_id)).where(Stakeholder.id == person)
    return session.scalar(query)


def test_people_of_one_name_are_suggested_unless_they_work_in_different_places(
    people: People, session: Session
) -> None:
    ada = people.person(name="Ada L", organisation="Ghent")
    same = people.person(name="ada l", organisation="Ghent")
    people.person(name="Ben", organisation="Ghent")
    people.person(name="Ben", organisation="Tilburg")
    cleo, unknown = people.person(name="Cleo"), people.person(name="Cleo", organisation="X")

    elsewhere = people.person(name="Cleo", organisation="Y")

    def suggested() -> list[list[set[int]]]:
        session.rollback()
        return [[{a.id, b.id} for a, b in group.pairs] for group in suggestions(session)]

    assert suggested() == [[{ada, same}], [{cleo, unknown}, {cleo, elsewhere}]]

    with transaction() as writing:
        said = say_two_people(writing, same, ada, actor="Ada", now=people.now)
        assert say_two_people(writing, ada, same, actor="Ben", now=people.now) is said
        say_two_people(writing, elsewhere, cleo, actor="Ada", now=people.now)
        with pytest.raises(NotFound):
            say_two_people(writing, ada, ada, actor="Ada", now=people.now)
    assert suggested() == [[{cleo, unknown}]]
    assert [(one.one_id, one.actor) for one in said_two_people(session)] == [
        (cleo, "Ada"),
        (ada, "Ada"),
    ]
    with transaction() as writing:
        erase(writing, elsewhere, now=people.now, actor="", ring=state(people.app).ring,
              erasures=state(people.app).contributions.erasures)  # fmt: skip
    session.rollback()
    assert [one.one_id for one in said_two_people(session)] == [ada]


ONE_NAME = [
    ("José Núñez", "JOSE  NUNEZ"),
    ("Jean-Luc Müller", "jean luc Muller"),
    ("Søren Łęcki", "Soren Lecki"),
    ("Jan van den Berg", "Jan Van Den Berg"),
    ("Maria de la Cruz", "María Cruz"),
    ("Siobhán O’Brien", "Siobhan O'Brien"),
    ("J. R. Smith", "J R Smith"),
]
TWO_NAMES = [
    ("Ada Berg", "Ada Bergh"),
    ("Van Berg", "Berg"),
    ("De Smet", "Smet"),
    ("Ana María Ruiz", "Ana Ruiz"),
    ("Li Wei", "Wei Li"),
]


def test_a_name_is_one_however_it_is_written(people: People, session: Session) -> None:
    written = [*ONE_NAME, *TWO_NAMES]
    ids = [tuple(people.person(name=name) for name in pair) for pair in written]

    found = {(one.id, other.id) for group in suggestions(session) for one, other in group.pairs}

    assert found == set(ids[: len(ONE_NAME)])


def test_names_nothing_is_left_of_stand_by_their_address() -> None:
    assert sort_name_of("’ -", "ada@example.org") == "ada@example.org"
    assert sort_name_of("", "ada@example.org") == "ada@example.org"
    assert sort_name_of("李 明", "") == "李 明"


def test_a_merge_keeps_both_histories_fills_what_was_unknown_and_is_taken_back(
    people: People, list_id: int, session: Session, tmp_path: Path
) -> None:
    kept = people.person("ada@new.example.org", name="Ada", roles=("ngo",), gets=list_id)
    gone = people.person("ada@old.example.org", roles=("funder",), country="BE", tags=("x",))
    with transaction() as writing:
        leave_list(writing, gone, list_id, now=people.now, actor=THE_PERSON)
        until = pause(writing, gone, months=1, now=people.now)
        choose_frequency(writing, gone, at_most_monthly=True, now=people.now, actor=HERSELF)

    shown = preview(session, kept, gone, now=people.now)
    batch = _merge(people, kept, gone)

    assert list(shown.filled) == [
        "Country: BE",
        "At most one letter a month",
        f"A pause until {until.day} {until:%b %Y}",
        "Role: funder",
        "Tag: x",
    ]
    assert len(shown.left) == 1
    session.rollback()
    assert living(session, gone).id == kept
    assert _reason(session, kept, list_id) == "unsubscribed", "who left, left under any address"
    ada = people.load(kept)
    assert (ada.country, [tag.name for tag in ada.tags]) == ("BE", ["x"])
    assert (ada.paused_until, ada.at_most_monthly) == (until, True)
    record = own_record(session, ada, state(people.app).contributions.timeline)
    assert [one["email"] for one in record["other_records"]] == ["ada@old.example.org"]
    assert {one["address"] for one in record["consents"]} == {
        "ada@new.example.org",
        "ada@old.example.org",
    }
    assert [one["what"] for one in record["history"]].count("Added as a stakeholder") == 2
    report = bring_in(people, tmp_path, "email,country\nada@old.example.org,NL\n")
    assert dict(report.counts) == {"updated": 1}
    assert people.load(kept).country == "NL", "an import follows the merge"
    assert [entry.title for entry in changed_timeline(session, kept, limit=9)] == [
        "Changed by an import",
        "Merged with a second record",
        "Asked for at most one letter a month",
        f"Asked for a pause until {until.day} {until:%b %Y}",
        "Corrected: country",
    ]

    with transaction() as writing:
        undoing.undo(writing, batch, now=people.now + timedelta(days=1), actor="Ada")

    ada = people.load(kept)
    assert (ada.country, list(ada.tags)) == ("NL", []), "what was changed since stays"
    day = people.now + timedelta(days=1)
    told = {entry.title: entry.detail for entry in changed_timeline(session, kept, limit=9)}
    assert told["Merged with a second record"].endswith(f"taken back on {day.day} {day:%b %Y}")
    assert "taken back" not in told["Changed by an import"]
    assert (ada.paused_until, ada.at_most_monthly) == (None, False)
    assert {held.role.slug for held in ada.roles} == {"ngo"}
    session.rollback()
    assert living(session, gone).id == gone
    assert _reason(session, kept, list_id) is None
    assert _reason(session, gone, list_id) == "unsubscribed"


def test_a_complaint_under_the_other_address_counts_and_a_bounce_does_not(
    people: People, list_id: int, session: Session
) -> None:
    for reason, expected in (
        (SuppressionReason.COMPLAINED, "suppressed"),
        (SuppressionReason.BOUNCED, None),
    ):
        kept, gone = people.person(gets=list_id), people.person()
        with transaction() as writing:
            fingerprint = people.load(gone).fingerprint or ""
            values = {"evidence": "", "actor": "", "now": people.now}
            suppress(writing, fingerprint, reason, stakeholder_id=gone, **values)  # type: ignore[arg-type]
        _merge(people, kept, gone)

        assert _reason(session, kept, list_id) == expected


def test_what_cannot_be_merged_is_refused_and_an_erasure_takes_both(
    people: People, session: Session
) -> None:
    first, second, third = (people.person() for _ in range(3))
    _merge(people, second, third)
    _merge(people, first, second)

    for kept, gone, error in ((first, first, Conflict), (first, second, NotFound)):
        with pytest.raises(error):
            _merge(people, kept, gone)
    assert living(session, third).id == first
    session.rollback()
    with transaction() as writing:
        here = state(people.app)
        steps = here.contributions.erasures
        erase(writing, first, now=people.now, erasures=steps, ring=here.ring, actor="Ada")
    assert set(session.scalars(select(Stakeholder.email))) == {None}


def test_staff_look_merge_log_and_follow_up(cast: Cast, people: People) -> None:
    client = cast.ada
    kept = people.person("a@example.org", name="Ada", organisation="Ghent")
    gone = people.person("b@example.org", name="Ada", organisation="Ghent")
    day = people.make.now.date() + timedelta(days=36_500)
    note = {"kind": "call", "text": "Wants the <brief>", "happened_on": "2026-03-01"}

    offered = client.get(f"{HERE}/duplicates")
    pair, two = {"one": gone, "other": kept}, f"{HERE}/duplicates/two-people"
    kept_apart = post(client, two, pair, follow_redirects=True).text
    with people.app.app_context():
        said = db.session.scalars(select(TwoPeople.id)).one()
    again = post(client, f"{HERE}/duplicates/{said}/suggest-again", follow_redirects=True).text
    hostile = [post(client, two, {**pair, "one": bad}).status_code for bad in ("", "x", 10**30)]
    shown = client.get(f"{HERE}/{kept}/merge/{gone}")
    merged = post(client, f"{HERE}/{kept}/merge", {"gone": gone}, follow_redirects=True)
    moved = client.get(f"{HERE}/{gone}")
    searched = client.get(f"{HERE}?q=B@example.org").text
    filtered = client.get(f"{HERE}?q=a@example.org&country=BE").text
    unknown = client.get(f"{HERE}?q=nobody@example.org").text
    past = post(client, f"{HERE}/{kept}/notes", {**note, "follow_up_on": "2020-01-01"})
    planned = post(client, f"{HERE}/{kept}/notes", {**note, "happened_on": "2999-03-01"})
    logged = post(
        client, f"{HERE}/{kept}/notes", {**note, "follow_up_on": str(day)}, follow_redirects=True
    )
    listed = client.get(f"{HERE}/follow-ups")
    with people.app.app_context():
        note_id = db.session.scalars(select(Note.id)).one()
    done = post(client, f"{HERE}/follow-ups/{note_id}", follow_redirects=True)

    batches = client.get(f"{HERE}/batches").text
    undo = re.findall(r'action="([^"]+/undo)"', batches)[0]
    parted = post(client, undo, follow_redirects=True).text

    assert "Merged: two records of Ada" in batches
    assert "they are two records again" in parted
    assert ">1 Mar 2026</time>" in logged.text, "only the day of a call is known"
    assert f"{HERE}/{kept}/merge/{gone}" in offered.text
    assert f"{HERE}/{kept}/merge/{gone}" not in kept_apart
    assert "Said to be two people" in kept_apart
    assert f"{HERE}/{kept}/merge/{gone}" in again
    assert hostile == [404] * 3
    for found in (searched, filtered):
        assert "Open the person who has this address" in found
        assert f'href="{HERE}/{kept}"' in found
    assert "See everybody" in unknown
    assert planned.status_code == 422
    assert "what is planned goes under “Follow up on”" in planned.text
    assert "Let the other address stay instead" in shown.text
    assert "Also known as b@example.org" in merged.text
    assert moved.headers["Location"] == f"{HERE}/{kept}"
    assert past.status_code == 422
    assert "Wants the &lt;brief&gt;" in logged.text
    assert "Wants the" in listed.text
    assert "Nothing to follow up" in done.text


def test_roles_begin_and_end_on_days_and_never_overlap(cast: Cast, people: People) -> None:
    client = cast.ada
    ada = people.person(name="Ada", roles=("politician",))
    with people.app.app_context():
        since = people.load(ada).roles[0].since.isoformat()
    term = {"role": "politician", "since": "2024-01-01", "until": "2026-01-01"}

    corrected = post(client, f"{HERE}/{ada}/roles", {**term, "was_since": since})
    backwards = post(client, f"{HERE}/{ada}/roles", {**term, "until": "2023-01-01"})
    overlapping = post(client, f"{HERE}/{ada}/roles", {**term, "since": "2025-01-01", "until": ""})
    later = post(client, f"{HERE}/{ada}/roles", {**term, "since": "2026-01-01", "until": ""})

    answers = [corrected, backwards, overlapping, later]
    assert [answer.status_code for answer in answers] == [302, 422, 422, 302]
    with people.app.app_context():
        held = sorted(people.load(ada).roles, key=lambda held: held.since)
        assert [term.until is None for term in held] == [False, True]


def test_an_invitation_is_a_purpose_of_its_own_and_ends_with_the_list(
    cast: Cast, people: People, list_id: int
) -> None:
    client, ada = cast.ada, people.person()
    form = {"list_id": list_id, "basis": "consent", "source": "Card", "with_events": "y"}

    post(client, f"{HERE}/{ada}/consent", form)
    shown = client.get(f"{HERE}/{ada}")
    post(client, f"{HERE}/{ada}/withdraw", {"list_id": list_id})

    assert "invitations to events" in shown.text
    with people.app.app_context():
        states = dict(db.session.execute(select(Consent.purpose, Consent.state)).all())
    assert states == {
        Purpose.NEWSLETTER: ConsentState.WITHDRAWN,
        Purpose.EVENT_INVITATION: ConsentState.WITHDRAWN,
    }
