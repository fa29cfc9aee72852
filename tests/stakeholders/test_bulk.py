"""Many people at once: tag, role, do-not-mail, undo; exports; saved views; tags as a whole."""

from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.changes import ChangeSet
from outreach.core.db import db, transaction
from outreach.core.errors import Refusal
from outreach.stakeholders import undoing
from outreach.stakeholders.bulk import Act, Bulk, do_to_many
from outreach.stakeholders.exporting import COLUMNS, people_rows, write_xlsx
from outreach.stakeholders.filtering import PeopleFilter
from outreach.stakeholders.importing.batches import as_table
from outreach.stakeholders.importing.reading import recognise, rows
from outreach.stakeholders.models import SavedView, Stakeholder, Suppression, Tag
from tests.cast import Cast
from tests.stakeholders.factories import People
from tests.web_client import post

HERE = "/staff/stakeholders"


def _do(people: People, ids: list[int], act: Act, value: str) -> ChangeSet:
    with transaction() as session:
        return do_to_many(session, ids, Bulk(act, value), now=people.now, actor="Ada")


def _said(person: Stakeholder) -> tuple[set[str], set[str]]:
    roles = {held.role.slug for held in person.roles if held.until is None}
    return roles, {tag.name for tag in person.tags}


def test_each_act_changes_whom_it_concerns_and_is_taken_back(
    people: People, session: Session
) -> None:
    ids = [people.person(roles=("ngo",), tags=("x",)), people.person(roles=("funder",))]
    before = [_said(people.load(id_)) for id_ in ids]
    acts = [
        (Act.ADD_TAG, "x", 1),
        (Act.ADD_TAG, "new", 2),
        (Act.REMOVE_TAG, "x", 2),
        (Act.REMOVE_TAG, "nobody has it", 0),
        (Act.BEGIN_ROLE, "ngo", 1),
        (Act.END_ROLE, "ngo", 2),
        (Act.SUPPRESS, "They told us at the forum", 2),
    ]

    done = [_do(people, ids, act, value) for act, value, _ in acts]
    after = [_said(people.load(id_)) for id_ in ids]
    blocked = session.scalars(select(Suppression.released_at)).all()
    for batch in reversed(done):
        with transaction() as writing:
            undoing.undo(writing, batch.id, now=people.now, actor="Ada")

    assert [batch.summary["counts"]["changed"] for batch in done] == [n for *_, n in acts]
    assert after == [(set(), {"new"}), ({"funder"}, {"new"})]
    assert blocked == [None, None]
    assert [_said(people.load(id_)) for id_ in ids] == before
    assert session.scalars(select(Suppression.released_at)).all() == [people.now] * 2


@pytest.mark.parametrize(("act", "value"), [(Act.ADD_TAG, " "), (Act.BEGIN_ROLE, "astronaut")])
def test_what_makes_no_sense_is_refused(people: People, act: Act, value: str) -> None:
    with people.app.app_context(), pytest.raises(Refusal):
        _do(people, [people.person()], act, value)


def test_people_are_chosen_in_the_list_or_all_that_match(
    cast: Cast, people: People, session: Session
) -> None:
    ada, ben = people.person(country="BE"), people.person(country="NL")
    chosen = {"act": "add_tag", "person": [str(ada)]}

    asked = post(cast.ada, f"{HERE}/bulk", chosen)
    refused = post(cast.ada, f"{HERE}/bulk", {**chosen, "confirmed": "yes", "value": " "})
    done = post(
        cast.ada,
        f"{HERE}/bulk?country=NL",
        {"act": "add_tag", "scope": "everybody", "confirmed": "yes", "value": "dutch"},
        follow_redirects=True,
    )
    nobody = post(cast.ada, f"{HERE}/bulk", {"act": "add_tag"}, follow_redirects=True)

    assert "Add a tag: 1 person" in asked.text
    assert refused.status_code == 422
    assert "1 person changed" in done.text
    assert "Choose people in the list first" in nobody.text
    assert _said(people.load(ben))[1] == {"dutch"}
    assert _said(people.load(ada))[1] == set()


def test_every_format_can_be_imported_again(
    cast: Cast, people: People, session: Session, tmp_path: Path
) -> None:
    people.person(
        "ada@example.org",
        name="=Ada, the; 1st",
        given_name="=Ada,",
        organisation="+City\\Council",
        job_title="@" + "ü" * 80,
        country="BE",
        tags=("a,b", "c"),
    )
    (tmp_path / "people.vcf").write_bytes(cast.ada.get(f"{HERE}/export/file?format=vcf").data)
    with (tmp_path / "people.xlsx").open("wb") as target:
        write_xlsx(people_rows(session, PeopleFilter(), now=people.now), target)

    found = []
    for number, name in enumerate(("people.xlsx", "people.vcf")):
        (folder := tmp_path / str(number)).mkdir()
        table, _ = as_table(tmp_path / name, folder)
        cells = next(iter(rows(table, recognise(table)))).cells
        found.append(dict(zip(recognise(table).header, cells, strict=True)))

    book, card = found

    assert tuple(book)[: len(COLUMNS)] == COLUMNS
    assert (book["name"], book["organisation"]) == ("=Ada, the; 1st", "+City\\Council")
    assert (card["Name"], card["Organisation"]) == ("=Ada, the; 1st", "+City\\Council")
    assert card["Position"] == "@" + "ü" * 80
    assert max(map(len, (tmp_path / "people.vcf").read_bytes().split(b"\r\n"))) <= 75


def test_columns_are_chosen_and_a_page_asks_for_them(cast: Cast, people: People) -> None:
    people.person("ada@example.org", country="BE")

    page = cast.ada.get(f"{HERE}/export?country=BE")
    table = cast.ada.get(f"{HERE}/export/file?column=country&column=email&column=nonsense")
    book = cast.ada.get(f"{HERE}/export/file?format=xlsx")

    assert 'name="country" value="BE"' in page.text
    assert table.data.decode("utf-8-sig") == "email,country\r\nada@example.org,BE\r\n"
    assert book.data[:2] == b"PK"
    mailable = cast.ada.get(f"{HERE}/export/file?column=email&mailable=yes")
    assert mailable.data.decode("utf-8-sig") == "email\r\n", "who agreed to nothing stays out"


def test_views_are_kept_for_their_user_alone(cast: Cast, people: People) -> None:
    people.person(country="BE")
    ada, dora = cast.ada, cast.dora

    kept = post(ada, f"{HERE}/views?country=BE", {"name": "Belgians"}, follow_redirects=True)
    elsewhere = dora.get(HERE)
    with people.app.app_context():
        view_id = db.session.scalars(select(SavedView.id)).one()
    foreign = post(dora, f"{HERE}/views/{view_id}/delete")
    post(ada, f"{HERE}/views/{view_id}/delete")

    assert 'href="/staff/stakeholders?country=BE">Belgians' in kept.text
    assert "Belgians" not in elsewhere.text
    assert foreign.status_code == 404
    with people.app.app_context():
        assert db.session.scalars(select(SavedView)).all() == []


def test_tags_are_renamed_joined_and_deleted(cast: Cast, people: People, session: Session) -> None:
    client = cast.ada
    ada, ben = people.person(tags=("x",)), people.person(tags=("x", "y"))
    ids = {tag.name: tag.id for tag in session.scalars(select(Tag))}

    post(client, f"{HERE}/tags/{ids['x']}", {"name": "y"})
    refused = post(client, f"{HERE}/tags/{ids['y']}", {"name": " "})
    post(client, f"{HERE}/tags/{ids['y']}", {"name": "z"})
    joined = [_said(people.load(id_))[1] for id_ in (ada, ben)]
    post(client, f"{HERE}/tags/{ids['y']}/delete")
    batch = session.scalars(select(ChangeSet.id).order_by(ChangeSet.id.desc())).first()
    post(client, f"{HERE}/batches/{batch}/undo")

    assert joined == [{"z"}, {"z"}]
    assert refused.status_code == 422
    assert [_said(people.load(id_))[1] for id_ in (ada, ben)] == [{"z"}, {"z"}]
