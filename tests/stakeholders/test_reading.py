"""Any bytes are read as a table or refused with a sentence, quickly."""

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outreach.stakeholders.importing.mapping import Field, guess
from outreach.stakeholders.importing.reading import Unreadable, recognise, rows

TABLE = "email;name\nada@example.org;Ada Lovelace\nzoë@example.org;Zoë Å\n"


def _file(folder: Path, data: bytes) -> Path:
    path = folder / "people.csv"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_usual_encodings_line_ends_and_separators_are_recognised(
    tmp_path: Path, encoding: str, newline: str, separator: str
) -> None:
    text = TABLE.replace(";", separator).replace("\n", newline)
    path = _file(tmp_path, text.encode(encoding))

    table = recognise(path)

    assert table.header == ("email", "name")
    assert [line.cells[1] for line in rows(path, table)] == ["Ada Lovelace", "Zoë Å"]
    assert [line.number for line in rows(path, table)] == [2, 3]


def test_a_line_that_names_the_separator_is_obeyed(tmp_path: Path) -> None:
    path = _file(tmp_path, b"sep=;\r\nemail;name, in full\r\nada@example.org;Ada\r\n")

    table = recognise(path)

    assert (table.separator, table.header) == (";", ("email", "name, in full"))
    assert [line.number for line in rows(path, table)] == [3]


def test_quoted_cells_may_hold_separators_and_line_breaks(tmp_path: Path) -> None:
    path = _file(tmp_path, b'email,name\n"ada@example.org","Love,\nlace"\n\n,,\n')

    found = list(rows(path, recognise(path)))

    assert [line.cells for line in found] == [["ada@example.org", "Love,\nlace"]]


@pytest.mark.parametrize("end", [b"", b"\n", b"\nben@example.org,Ben\n"])
def test_a_quote_that_was_never_closed_is_named_by_its_line(tmp_path: Path, end: bytes) -> None:
    good = b'email,name\nada@example.org,"Love\nlace"\n'
    path = _file(tmp_path, good + b'cleo@example.org,"Cleo' + end)

    with pytest.raises(Unreadable, match="Line 4 cannot be read: a quote is not closed"):
        recognise(path)
    assert recognise(_file(tmp_path, good + end.lstrip())).rows == 1 + (b"ben" in end)


BOMBS = {
    "zip": b"PK\x03\x04" + b"\0" * 1_000,
    "old excel": b"\xd0\xcf\x11\xe0" + b"x" * 1_000,
    "pdf": b"%PDF-1.7 ...",
    "nothing": b"",
    "blank": b"\n\n\n",
    "NUL in the first line": b"email\0,name\nada@example.org,Ada\n",
    "nothing but NUL": b"\0" * 5_000,
    "NUL everywhere": b"email,name\n" + b"a\0b," * 100,
    "a program": b"\x7fELF\x02\x01\x01\0\0\0" + b"x" * 100,
    "a 50 MB line": b"email\n" + b"x" * 50_000_000,
    "a million columns": b"," * 1_000_000 + b"\nada@example.org\n",
    "many columns": b"email," * 400 + b"\n",
    "an unclosed quote before few": b'email,name\na@b.org,"Ada\nben@example.org,Ben\n',
    "an unclosed quote": b'email\n"ada@example.org\n' + b"ben@example.org\n" * 20_000,
    "random bytes": bytes(range(256)) * 50,
    "broken utf-16": b"\xff\xfee\0m\0\0\xd8\0",
}


@pytest.mark.parametrize("data", BOMBS.values(), ids=BOMBS)
def test_bombs_are_refused_at_once_and_say_what_to_do(tmp_path: Path, data: bytes) -> None:
    path = _file(tmp_path, data)
    start = time.perf_counter()

    with pytest.raises(Unreadable) as refused:
        list(rows(path, recognise(path)))

    assert refused.value.remedy
    assert time.perf_counter() - start < 5


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.binary(max_size=400) | st.text(max_size=200).map(lambda t: t.encode("utf-16")))
def test_any_bytes_are_read_or_refused(tmp_path: Path, data: bytes) -> None:
    path = _file(tmp_path, data)

    try:
        found = list(rows(path, recognise(path)))
    except Unreadable:
        return

    # A row of nothing but NUL is given as well: it is refused by its number.
    assert all(line.has_nul or any(cell.strip() for cell in line.cells) for line in found)


def test_a_row_of_nothing_but_nul_is_given_so_that_it_is_refused(tmp_path: Path) -> None:
    path = _file(tmp_path, b"email\n\x00\nada@example.org\n")

    found = [(line.number, line.has_nul) for line in rows(path, recognise(path))]

    assert found == [(2, True), (3, False)]


HEADERS = {
    "mailchimp": "Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,CC,REGION,TAGS",
    "google": "First Name,Middle Name,Last Name,Organization Name,Organization Title,Labels,"
    "E-mail 1 - Label,E-mail 1 - Value",
    "outlook": "First Name,Middle Name,Last Name,E-mail Address,E-mail 2 Address,Company,"
    "Job Title,Business Country,Categories",
    "brevo": "EMAIL,PRENOM,NOM",
    "german": "E-Mail-Adresse,Vorname,Nachname,Firma,Land,Sprache,Rolle",
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
def test_headers_of_usual_exports_are_known(header: str) -> None:
    fields = guess(header.split(","))

    assert {Field.EMAIL, Field.LAST_NAME} <= set(fields)
    assert len([field for field in fields if field]) == len({f for f in fields if f})
