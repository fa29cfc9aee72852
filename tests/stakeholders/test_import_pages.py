"""The pages of an import, from the upload to taking it back."""

import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
import xlsxwriter
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach.core.changes import ChangeKind, ChangeSet
from outreach.core.clock import now
from outreach.core.db import transaction
from outreach.core.errors import Conflict
from outreach.stakeholders import undoing
from outreach.stakeholders.importing import claimed
from outreach.stakeholders.models import (
    Basis,
    Consent,
    ConsentEntry,
    Stakeholder,
    Stop,
    Suppression,
)
from outreach.stakeholders.people import living
from tests.cast import Cast
from tests.stakeholders.factories import People
from tests.stakeholders.importing import bring_in
from tests.web_client import post

HERE = "/staff/stakeholders"
CSV = "email,name,role\nada@example.org,Ada,ngo\nben@example.org,Ben,Gemeenteraad\n"


def _upload(client: FlaskClient, data: bytes, name: str = "people.csv", **said: object) -> str:
    form: dict[str, object] = {"file": (io.BytesIO(data), name), "origin": "met", "source": "Forum"}
    form |= {"list_id": "", **said}
    answer = post(client, f"{HERE}/import", form, content_type="multipart/form-data")
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


def test_a_file_is_looked_at_explained_imported_and_taken_back(
    cast: Cast, people: People, list_id: int, session: Session
) -> None:
    there = _upload(cast.ada, CSV.encode(), list_id=list_id, every_tag="ghent")
    shown = cast.ada.get(there)
    words = {"roles-word": "Gemeenteraad", "roles-means": "politician"}
    post(cast.ada, f"{there}/words", words)
    looked = cast.ada.get(there)
    report = post(cast.ada, f"{there}/run", follow_redirects=True)

    assert "“Gemeenteraad”" in shown.text
    assert "ada@example.org · ben@example.org" in shown.text
    assert "What do these words mean" not in looked.text
    assert "Import report" in report.text
    batch = session.scalars(select(ChangeSet)).one()
    assert f"{HERE}?batch={batch.id}" in report.text
    assert {p.roles[0].role.slug for p in session.scalars(select(Stakeholder))} == {
        "ngo",
        "politician",
    }
    assert session.scalars(select(Consent.basis)).all() == [Basis.LEGITIMATE_INTEREST] * 2
    assert "2 shown" in cast.ada.get(f"{HERE}?batch={batch.id}").text

    taken = post(cast.ada, f"{HERE}/batches/{batch.id}/undo", follow_redirects=True)
    again = cast.ada.get(_upload(cast.ada, CSV.encode()))

    assert "2 people, 1 tag removed." in taken.text
    assert "taken back" in taken.text
    session.expire_all()
    assert session.scalars(select(Stakeholder.email)).all() == [None, None]
    assert "What do these words mean" not in again.text, "the meaning is remembered"
    assert post(cast.ada, f"{HERE}/batches/{batch.id}/undo").status_code == 409


def test_a_workbook_offers_its_sheets_and_takes_roles_from_their_names(
    cast: Cast, people: People, session: Session, tmp_path: Path
) -> None:
    path = tmp_path / "people.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("Notes").write_column(0, 0, ["Remember", "the cake"])
        for name, email in (("NGO", "ada@example.org"), ("Funder", "ben@example.org")):
            sheet = book.add_worksheet(name)
            sheet.write_column(0, 0, ["email", email])
    there = _upload(cast.ada, path.read_bytes(), "people.xlsx")

    shown = cast.ada.get(there)
    post(cast.ada, f"{there}/columns", {"column-0": "email", "column-1": "roles", "sheet": "2"})
    post(cast.ada, f"{there}/run")

    assert "Sheets to import" in shown.text
    assert "Notes: choose them below" in shown.text
    ben = session.scalars(select(Stakeholder)).one()
    assert (ben.email, ben.roles[0].role.slug) == ("ben@example.org", "funder")


def test_a_hidden_sheet_waits_to_be_chosen(
    cast: Cast, people: People, session: Session, tmp_path: Path
) -> None:
    path = tmp_path / "people.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("Now").write_column(0, 0, ["email", "ada@example.org"])
        for name, hide in (("Old", "hide"), ("Older", "very_hidden")):
            (sheet := book.add_worksheet(name)).write_column(0, 0, ["email", f"{name}@example.org"])
            getattr(sheet, hide)()
    there = _upload(cast.ada, path.read_bytes(), "people.xlsx")

    shown = cast.ada.get(there).text
    post(cast.ada, f"{there}/columns", {"column-0": "email", "sheet": ["0", "2"]})
    post(cast.ada, f"{there}/run")

    assert "Old (hidden), Older (hidden): choose them below" in shown
    assert shown.count("1 row, hidden") == 2
    assert re.findall(r'name="sheet" value="(\d)" checked', shown) == ["0"]
    found = session.scalars(select(Stakeholder.email).order_by(Stakeholder.email)).all()
    assert found == ["ada@example.org", "older@example.org"]


def test_empty_sheets_of_a_workbook_stand_in_nobodys_way(
    cast: Cast, people: People, session: Session, tmp_path: Path
) -> None:
    path = tmp_path / "people.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("Sheet1")
        for name, email in (("NGO", "ada@example.org"), ("Funder", "ben@example.org")):
            book.add_worksheet(name).write_column(0, 0, ["email", email])
            book.add_worksheet(f"Nothing behind {name}")
    there = _upload(cast.ada, path.read_bytes(), "people.xlsx")

    shown = cast.ada.get(there)
    post(cast.ada, f"{there}/columns", {"column-0": "email", "column-1": "roles", "sheet": "1"})
    post(cast.ada, f"{there}/run")

    assert "Sheet1" not in shown.text, "there is nobody in it to choose"
    ben = session.scalars(select(Stakeholder)).one()
    assert (ben.email, ben.roles[0].role.slug) == ("ben@example.org", "funder")


def test_a_column_of_opt_outs_is_never_left_out_because_it_was_last_time(
    cast: Cast, people: People, session: Session
) -> None:
    file = "email,Work,Opted out\n{},Ghent,\n"
    there = _upload(cast.ada, file.format("ada@example.org").encode())
    post(cast.ada, f"{there}/columns", {"column-0": "email", "column-1": "organisation"})
    post(cast.ada, f"{there}/run")

    gone = file.replace(",\n", ",yes\n").format("ben@example.org")
    shown = cast.ada.get(_upload(cast.ada, gone.encode())).text

    assert "Do not mail" in shown
    assert re.search(r'value="organisation" selected', shown), "the rest is remembered"


def test_a_long_file_is_left_to_the_worker_and_shows_how_far_it_is(
    cast: Cast, people: People, app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outreach.stakeholders.views.importing.AT_ONCE", 1)
    there = _upload(cast.ada, CSV.replace("Gemeenteraad", "ngo").encode())

    waiting = post(cast.ada, f"{there}/run", follow_redirects=True)
    claimed.import_queued(app)
    done = cast.ada.get(f"{there}/progress")

    assert "waiting for the worker" in waiting.text
    assert "data-finished data-outdated" in done.text
    assert session.scalar(select(func.count(Stakeholder.id))) == 2


def test_a_file_of_columns_alone_says_what_is_missing(cast: Cast, people: People) -> None:
    shown = cast.ada.get(_upload(cast.ada, b"email,name\n")).text

    assert "There is nobody in this file" in shown
    assert "Choose another file" in shown


@pytest.mark.parametrize("origin", ["not_known", "public_office", "nonsense"])
def test_how_people_come_to_us_decides_the_basis(
    cast: Cast, people: People, list_id: int, session: Session, origin: str
) -> None:
    file = (io.BytesIO(CSV.encode()), "a.csv")
    form: dict[str, object] = {"file": file, "source": "Old list", "origin": origin}
    form |= {"list_id": list_id, "basis": "consent" if origin == "not_known" else ""}
    answer = post(cast.ada, f"{HERE}/import", form, content_type="multipart/form-data")

    if origin == "nonsense":
        assert answer.status_code == 422
        return
    shown = cast.ada.get(answer.headers["Location"]).text
    assert ("never mailed" in shown) == (origin == "not_known")
    assert ("GDPR Art. 14" in shown) == (origin == "public_office")


@pytest.mark.parametrize(
    ("counts", "is_offered"),
    [({"new": 1, "refused": 1}, True), ({}, True), ({"refused": 2, "unchanged": 1}, False)],
)
def test_an_import_that_changed_nobody_has_nothing_to_take_back(
    cast: Cast, people: People, counts: dict[str, int], is_offered: bool
) -> None:
    with people.app.app_context(), transaction() as session:
        values: dict[str, object] = {"kind": ChangeKind.IMPORT, "actor": "Ada"}
        values |= {"label": "Import of a.csv", "created_at": now(), "summary": {"counts": counts}}
        session.add(ChangeSet(**values))

    page = cast.ada.get(f"{HERE}/batches").text

    assert ("Take back" in page) == is_offered
    assert ("nothing was changed" in page) != is_offered


def test_an_undo_restores_known_people_and_keeps_who_was_changed_since(
    people: People, list_id: int, session: Session, tmp_path: Path
) -> None:
    people.person("ada@example.org", name="Ada", roles=("ngo",), tags=("old",))
    data = "email,name,role,tags,status\nada@example.org,Ada L,funder,new,\n"
    data += "ben@example.org,Ben,,,\ncleo@example.org,,,,unsubscribed\n"
    report = bring_in(people, tmp_path, data, list_id=list_id)
    ben = session.scalars(select(Stakeholder.id).where(Stakeholder.name == "Ben")).one()
    people.consent(ben, list_id)

    with transaction() as writing:
        done, is_all = undoing.undo(writing, report.change_set_id or 0, now=people.now, actor="Ada")

    assert is_all
    assert (done.removed, done.restored, done.kept, done.released) == (0, 1, 1, 1)
    ada = session.scalars(select(Stakeholder).where(Stakeholder.email == "ada@example.org")).one()
    assert (ada.name, [tag.name for tag in ada.tags]) == ("Ada", ["old"])
    assert {held.role.slug for held in ada.roles} == {"ngo"}
    last = session.scalars(
        select(ConsentEntry)
        .where(ConsentEntry.stakeholder_id == ada.id)
        .order_by(ConsentEntry.id.desc())
    ).first()
    assert last is not None
    assert last.basis is Basis.UNKNOWN
    assert session.scalar(select(func.count(Stop.id)).where(Stop.stakeholder_id == ada.id)) == 1
    assert session.scalars(select(Suppression.released_at)).one() == people.now
    assert living(session, ben).name == "Ben"


def test_after_thirty_days_nothing_is_taken_back(
    people: People, session: Session, tmp_path: Path
) -> None:
    report = bring_in(people, tmp_path, CSV)
    late = people.now + timedelta(days=31)

    with pytest.raises(Conflict, match="30 days"), transaction() as writing:
        undoing.undo(writing, report.change_set_id or 0, now=late, actor="Ada")
