"""Workbooks, vCards, exports of other tools: what is read, what is refused, at what price."""

import time
import zipfile
from collections.abc import Sequence
from pathlib import Path
from tempfile import mkdtemp

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.errors import Refusal
from outreach.stakeholders.eligibility import withheld_reason
from outreach.stakeholders.importing import table_probe
from outreach.stakeholders.importing.batches import as_table
from outreach.stakeholders.importing.mapping import Field, guess
from outreach.stakeholders.importing.reading import Unreadable, recognise, rows
from outreach.stakeholders.models import Stakeholder, Suppression, SuppressionReason
from tests.stakeholders.factories import People
from tests.stakeholders.importing import bring_in

ADA = "ada@example.org"
CARD = "BEGIN:VCARD\nVERSION:3.0\nFN:Ada\nEMAIL:ada@example.org\n{}END:VCARD\n"
CARDS = """BEGIN:VCARD
VERSION:3.0
FN:Ada Lovelace
N:Lovelace;Ada;;;
EMAIL;TYPE=home:ada@home.example.org
EMAIL;TYPE=work,pref:ada@example.org
ORG:City of Ghent;Housing
TITLE:Adviser
CATEGORIES:ghent,forum
ADR;TYPE=work:;;Main Street 1;Ghent;;9000;Belgium
END:VCARD
BEGIN:VCARD
VERSION:4.0
FN:Ben
EMAIL;PREF=1:ben@example.org
LANG:fr
END:VCARD
BEGIN:VCARD
;;;:::
FN:Cleo, whose card is broken
END:VCARD
"""


def _book(path: Path, **sheets: Sequence[Sequence[object]]) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        for name, lines in sheets.items():
            sheet = book.add_worksheet(name)
            for number, line in enumerate(lines):
                sheet.write_row(number, 0, line)
    return path


def _read(path: Path, folder: Path) -> list[list[str]]:
    table, _ = as_table(path, folder)
    return [line.cells for line in rows(table, recognise(table))]


def test_every_sheet_of_a_workbook_is_read_and_names_its_rows(tmp_path: Path) -> None:
    path = _book(
        tmp_path / "people.xlsx",
        NGOs=[["Name", "Email", "Since"], ["Ada", "ada@example.org", 2024], [], ["Ben", "b"]],
        Empty=[],
        Politicians=[[], ["Email"], ["cleo@example.org"]],
        Mayors=[["Mail", "Role"], ["dora@example.org", "mayor"]],
    )
    (folder := tmp_path / "parts").mkdir()

    table, sections = as_table(path, folder)

    found = recognise(table)
    assert found.header == ("Name", "Email", "Since", "Role", "Sheet")
    lines = list(rows(table, found))
    assert [line.cells for line in lines] == [
        ["Ada", "ada@example.org", "2024", "", "NGOs"],
        ["Ben", "b", "", "", "NGOs"],
        ["", "cleo@example.org", "", "", "Politicians"],
        ["", "dora@example.org", "", "mayor", "Mayors"],
    ]
    assert sections[0].place(lines[1].number) == "NGOs, row 4"
    assert sections[1].place(lines[2].number) == "Politicians, row 3"
    with pytest.raises(Refusal, match="There are: NGOs, Politicians"):
        as_table(path, folder, ["Funders"])


def test_hidden_sheets_are_read_where_they_are_named_or_nothing_else_is_there(
    tmp_path: Path,
) -> None:
    for name, is_hidden in (("Now", False), ("Old", True)):
        with xlsxwriter.Workbook(str(tmp_path / f"{name}.xlsx")) as book:
            first = book.add_worksheet("Now")
            (sheet := book.add_worksheet("Old")).write_column(0, 0, ["email", "old@example.org"])
            sheet.hide()
            if not is_hidden:
                first.write_column(0, 0, ["email", "now@example.org"])

    found = {}
    for name, wanted in (("Now", ()), ("Now", ("Old",)), ("Old", ())):
        folder = Path(mkdtemp(dir=tmp_path))
        table, _ = as_table(tmp_path / f"{name}.xlsx", folder, wanted)
        found[name, wanted] = [line.cells[0] for line in rows(table, recognise(table))]

    assert found == {
        ("Now", ()): ["now@example.org"],
        ("Now", ("Old",)): ["old@example.org"],
        ("Old", ()): ["old@example.org"],
    }


def test_cards_of_both_versions_are_read_and_a_broken_one_stops_no_other(tmp_path: Path) -> None:
    (tmp_path / "people.vcf").write_text(CARDS)
    (folder := tmp_path / "parts").mkdir()

    found = _read(tmp_path / "people.vcf", folder)

    ada = ["ada@example.org", "Ada Lovelace", "Ada", "Lovelace", "City of Ghent", "Adviser"]
    assert found[0] == [*ada, "Belgium", "", "ghent; forum"]
    assert [found[1][0], found[1][7]] == ["ben@example.org", "fr"]
    assert found[2][1] == "Cleo, whose card is broken"


def test_a_card_that_was_cut_off_is_a_row_of_its_own_without_address(tmp_path: Path) -> None:
    cut = "BEGIN:VCARD\nVERSION:4.0\nFN:Cut {}\nEMAIL:cut@example.co"
    whole = "\nBEGIN:VCARD\nVERSION:4.0\nFN:Whole\nEMAIL:whole@example.org\nEND:VCARD\n"
    (tmp_path / "people.vcf").write_text(cut.format("first") + whole + cut.format("last"))
    (folder := tmp_path / "parts").mkdir()

    found = _read(tmp_path / "people.vcf", folder)

    assert [row[:2] for row in found] == [
        ["", "Cut first"],
        ["whole@example.org", "Whole"],
        ["", "Cut last"],
    ]


def test_a_card_of_thirty_megabytes_is_a_refused_row_within_seconds(tmp_path: Path) -> None:
    note = "NOTE:" + "x" * 30_000_000
    card = "BEGIN:VCARD\nVERSION:3.0\nFN:{}\nEMAIL:{}@example.org\n{}\nEND:VCARD\n"
    whole = card.format("Ben", "ben", "NOTE:x")
    (tmp_path / "people.vcf").write_text(card.format("Ada", "ada", note) + whole)
    (folder := tmp_path / "parts").mkdir()
    start = time.perf_counter()

    found = _read(tmp_path / "people.vcf", folder)

    assert time.perf_counter() - start < 10
    assert [row[:2] for row in found] == [["", "Ada"], ["ben@example.org", "Ben"]]


@pytest.mark.parametrize("line", ["NOTE:x\n", "X-OTHER;A=b:x\n", "NOTE:x\n y\n"])
def test_what_is_not_read_of_a_card_costs_nothing(line: str) -> None:
    start = time.process_time()

    row = table_probe.card_row(CARD.format(line * 100_000))

    assert row[:2] == ["ada@example.org", "Ada"]
    assert time.process_time() - start < 1


@pytest.mark.parametrize("line", ["EMAIL:x\n", "N:a;b\n", "ORG:x\n y\n"])
def test_a_card_that_says_more_than_a_person_is_a_refused_row(line: str) -> None:
    start = time.process_time()

    row = table_probe.card_row(CARD.format(line * 100_000))

    assert row == ["", "Ada"]
    assert time.process_time() - start < 1


def test_a_line_that_is_not_read_takes_along_what_it_goes_on_with() -> None:
    note = "NOTE;ENCODING=QUOTED-PRINTABLE:one=\nEMAIL:two@example.org=\nTITLE:three\n"
    portrait = "item1.PHOTO;VALUE=uri:data:\n EMAIL:four@example.org\n"
    title = "TITLE;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:Ad=\nvi=C3=A9\n"

    row = table_probe.card_row(CARD.format(note + portrait + title + "item1.ORG:Ghent\n"))

    assert row[0] == "ada@example.org"
    assert row[4:6] == ["Ghent", "Advi\u00e9"]


def test_cards_that_take_long_to_read_are_refused_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_probe, "CARD_SECONDS", 0)
    (tmp_path / "people.vcf").write_text(CARDS)

    assert table_probe.cards(tmp_path / "people.vcf", tmp_path) == "cards"


def _bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 450_000_000)


def _swollen(path: Path) -> None:
    """A workbook that is honest about its size and yet needs more memory than people do."""
    _book(path, a=[["email"]])
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    lines = b"".join(
        b'<row r="%d"><c r="A%d"><v>1</v></c><c r="XFD%d"><v>1</v></c></row>' % (n, n, n)
        for n in (1, 1_048_576)
    )
    parts["xl/worksheets/sheet1.xml"] = b"<worksheet><sheetData>" + lines
    parts["xl/worksheets/sheet1.xml"] += b"</sheetData></worksheet>"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


@pytest.mark.parametrize(
    "make",
    [
        _bomb,
        _swollen,
        lambda path: path.write_bytes(b"PK\x03\x04" + bytes(range(256)) * 20),
        lambda path: path.write_bytes(b"\xd0\xcf\x11\xe0" + b"x" * 4_000),
        lambda path: path.write_bytes(b"BEGIN:VCARD\n" + b"x" * 1_000_000),
        lambda path: path.write_bytes(b"BEGIN:VCARD\n" * 2_000_000),
        lambda path: path.write_bytes(b"BEGIN:VCARD\nEND:VCARD\n" * 1_000_000),
    ],
    ids=[
        "a zip bomb",
        "a sheet of the greatest size",
        "garbage",
        "an old garbage",
        "no card",
        "cards that never end",
        "a million cards",
    ],
)
def test_bombs_are_refused_within_seconds(tmp_path: Path, make: object) -> None:
    make(tmp_path / "people.xlsx")  # type: ignore[operator]  # the parameter is a function
    (folder := tmp_path / "parts").mkdir()
    start = time.perf_counter()

    with pytest.raises(Unreadable) as refused:
        as_table(tmp_path / "people.xlsx", folder)

    assert refused.value.remedy
    assert time.perf_counter() - start < 10


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=80) | st.binary(max_size=80).map(lambda b: b.decode("latin-1")))
def test_whatever_a_card_holds_gives_a_row(text: str) -> None:
    row = table_probe.card_row(f"BEGIN:VCARD\nVERSION:3.0\n{text}\nEND:VCARD\n")

    assert row
    assert all(isinstance(cell, str) for cell in row)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    is_book=st.booleans(),
    hits=st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=6)), min_size=1, max_size=4),
)
def test_a_damaged_workbook_or_file_of_cards_is_read_or_refused(
    tmp_path: Path, is_book: bool, hits: list[tuple[float, bytes]]
) -> None:
    book = tmp_path / "whole.xlsx"
    if not book.exists():
        _book(book, NGO=[["email", "name"], ["ada@example.org", "Ada"]])
    data = bytearray(book.read_bytes() if is_book else CARDS.encode())
    for where, what in hits:
        place = int(where * len(data))
        data[place : place + len(what)] = what
    path = tmp_path / "damaged"
    path.write_bytes(data)
    folder = Path(mkdtemp(dir=tmp_path))

    try:
        table, sections = as_table(path, folder)
        lines = list(rows(table, recognise(table)))
    except Unreadable:
        return

    assert all(any(cell.strip() for cell in line.cells) for line in lines)
    assert all(section.place(section.first_line) for section in sections)


EXPORTS = {
    "Mailchimp": (
        "Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,"
        "LATITUDE,LONGITUDE,CC,REGION,LAST_CHANGED,LEID,EUID,NOTES,TAGS",
        {
            Field.EMAIL,
            Field.FIRST_NAME,
            Field.LAST_NAME,
            Field.COUNTRY,
            Field.TAGS,
            Field.SIGNED_UP,
            Field.CONFIRMED,
        },
    ),
    "Mailchimp, who left": (
        "Email Address,First Name,UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,UNSUB_REASON",
        {Field.EMAIL, Field.FIRST_NAME, Field.LEFT},
    ),
    "Mailchimp, cleaned": (
        "Email Address,CLEAN_TIME,CLEAN_CAMPAIGN_TITLE",
        {Field.EMAIL, Field.BOUNCED},
    ),
    "Brevo": (
        "EMAIL;LASTNAME;FIRSTNAME;SMS;OPT_IN;DOUBLE_OPT-IN;BLACKLISTED",
        {Field.EMAIL, Field.LAST_NAME, Field.FIRST_NAME, Field.STATUS, Field.LEFT},
    ),
    "Google, old": (
        "Name,Given Name,Family Name,Group Membership,E-mail 1 - Type,E-mail 1 - Value,"
        "Organization 1 - Name,Organization 1 - Title",
        {
            Field.NAME,
            Field.FIRST_NAME,
            Field.LAST_NAME,
            Field.TAGS,
            Field.EMAIL,
            Field.ORGANISATION,
            Field.JOB_TITLE,
        },
    ),
    "Google": (
        "First Name,Middle Name,Last Name,Organization Name,Organization Title,Labels,"
        "E-mail 1 - Label,E-mail 1 - Value",
        {
            Field.FIRST_NAME,
            Field.LAST_NAME,
            Field.ORGANISATION,
            Field.JOB_TITLE,
            Field.TAGS,
            Field.EMAIL,
        },
    ),
    "Outlook": (
        "First Name,Middle Name,Last Name,Company,Department,Job Title,Business Country/Region,"
        "Categories,E-mail Address,E-mail 2 Address",
        {
            Field.FIRST_NAME,
            Field.LAST_NAME,
            Field.ORGANISATION,
            Field.JOB_TITLE,
            Field.COUNTRY,
            Field.TAGS,
            Field.EMAIL,
        },
    ),
}


@pytest.mark.parametrize(("header", "known"), EXPORTS.values(), ids=EXPORTS)
def test_the_columns_of_other_tools_are_known_and_nothing_else_is_taken(
    header: str, known: set[Field]
) -> None:
    fields = guess(header.replace(";", ",").split(","))

    assert {field for field in fields if field} == known


def test_who_left_bounced_or_complained_goes_to_the_do_not_mail_list_and_no_further(
    people: People, list_id: int, session: Session, tmp_path: Path
) -> None:
    ben = people.person("ben@example.org", gets=list_id)
    left = "email,role,status,unsub_time\nada@example.org,nonsense,unsubscribed,\n"
    data = f"{left}ben@example.org,,Bounced,\ncleo@example.org,,subscribed,2024-01-01\n"

    report = bring_in(people, tmp_path, f"{data}dora@example.org,ngo,subscribed,\n")
    again = bring_in(people, tmp_path, data)

    assert dict(report.counts) == {"stopped": 3, "new": 1}
    assert dict(again.counts) == {"unchanged": 3}
    reasons = list(session.scalars(select(Suppression.reason).order_by(Suppression.id)))
    assert reasons == [
        SuppressionReason.UNSUBSCRIBED,
        SuppressionReason.BOUNCED,
        SuppressionReason.UNSUBSCRIBED,
    ]
    known = session.execute(select(Stakeholder.id, Stakeholder.email).order_by(Stakeholder.id))
    assert [row.email for row in known] == ["ben@example.org", "dora@example.org"]
    assert ben


@pytest.mark.parametrize(
    ("header", "cells", "reason"),
    [
        ("Unsubscribed", "yes", SuppressionReason.UNSUBSCRIBED),
        ("Opted out", "TRUE", SuppressionReason.UNSUBSCRIBED),
        ("Abgemeldet", "ja", SuppressionReason.UNSUBSCRIBED),
        ("Email Opt Out", "1", SuppressionReason.UNSUBSCRIBED),
        ("Unsubscribed,Unsubscribed on", "no,2024-05-01", SuppressionReason.UNSUBSCRIBED),
        ("Unsubscribed on,Unsubscribed", ",x", SuppressionReason.UNSUBSCRIBED),
        ("Bounced,Bounced on", "no,2024-05-01", SuppressionReason.BOUNCED),
        ("Unsubscribed,Unsubscribed on", "no,never", None),
        ("Désabonné", "non", None),
        ("Unsubscribed at", "0000-00-00 00:00:00", None),
    ],
)
def test_a_column_of_opt_outs_is_heeded_whatever_it_is_called(
    people: People,
    list_id: int,
    session: Session,
    tmp_path: Path,
    header: str,
    cells: str,
    reason: SuppressionReason | None,
) -> None:
    data = f"email,{header}\nada@example.org,{cells}\n"

    report = bring_in(people, tmp_path, data, list_id=list_id)

    assert dict(report.counts) == {"stopped" if reason else "new": 1}
    assert session.scalar(select(Suppression.reason)) == reason


def test_words_are_explained_by_staff_and_sheets_may_add_roles(
    people: People, session: Session, tmp_path: Path
) -> None:
    data = "email,role,sheet,country\nada@example.org,Gemeenteraad,NGOs,Vlaanderen\n"
    words = {"roles": {"gemeenteraad": "politician"}, "country": {"vlaanderen": "BE"}}
    choices = ("sheet=roles",)

    refused = bring_in(people, tmp_path, data, choices=choices, is_dry=True)
    bring_in(people, tmp_path, data, choices=choices, words=words, every_tag="ghent")

    assert refused.unknown == {"roles": {"Gemeenteraad": 1}, "country": {"Vlaanderen": 1}}
    ada = session.scalars(select(Stakeholder)).one()
    assert {held.role.slug for held in ada.roles} == {"politician", "ngo"}
    assert (ada.country, [tag.name for tag in ada.tags]) == ("BE", ["ghent"])


def test_who_never_confirmed_is_kept_unmailed_and_a_shared_address_is_named(
    people: People, list_id: int, session: Session, tmp_path: Path
) -> None:
    data = "email,status\nada@example.org,pending\ninfo@example.org,subscribed\n"

    report = bring_in(people, tmp_path, data, list_id=list_id)

    assert [remark.reason.partition(":")[0] for remark in report.notes] == [
        "kept, not mailed",
        "a shared address",
    ]


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("yes", None),
        ("WAHR", None),
        ("Oui", None),
        ("x", None),
        ("2021-03-01", None),
        ("01.03.2021", None),
        ("Gets letters", None),
        ("", None),
        ("invitations only", "no_consent"),
        ("inactive", "no_consent"),
        ("perhaps", "no_consent"),
        ("0", "suppressed"),
        ("FALSCH", "suppressed"),
        ("Nein", "suppressed"),
        ("non", "suppressed"),
        ("nee", "suppressed"),
        ("opted out", "suppressed"),
    ],
)
def test_nobody_is_mailed_on_a_status_that_is_no_agreement(
    people: People, list_id: int, session: Session, tmp_path: Path, word: str, reason: str | None
) -> None:
    people.person(ADA)

    report = bring_in(people, tmp_path, f"email,opt in\n{ADA},{word}\n", list_id=list_id)

    query = select(withheld_reason(list_id)).where(Stakeholder.email == ADA)
    assert session.execute(query).scalar_one() == reason
    assert bool(report.noted) == (reason == "no_consent")
