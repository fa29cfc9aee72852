"""The other commands: people in and out, the doctor, and what a shell sees."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import xlsxwriter
from flask import Flask
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from outreach.core.db import db
from outreach.core.errors import Refusal
from outreach.stakeholders.models import Stakeholder
from tests.cli.conftest import Run
from tests.factories import Factory

ROOT = Path(__file__).parent.parent.parent
SHEET = "email,name,role\nada@example.org,Ada,ngo\nnot-an-address,Bob,ngo\n"
IMPORT = ("--basis", "consent", "--source", "Forum in Ghent")


def _people(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Stakeholder)) or 0


def test_people_come_in_from_a_file_and_out_again(
    app: Flask, make: Factory, run: Run, tmp_path: Path
) -> None:
    make.roles()
    sheet = tmp_path / "people.csv"
    sheet.write_text(SHEET, encoding="utf-8")

    rehearsed = json.loads(
        run("stakeholder", "import", sheet, *IMPORT, "--dry-run", "--json").stdout
    )
    nobody = _people(app)
    imported = run("stakeholder", "import", sheet, *IMPORT)
    exported = run("stakeholder", "export")

    assert (rehearsed["counts"]["new"], rehearsed["counts"]["refused"]) == (1, 1)
    assert (nobody, _people(app)) == (0, 1)
    assert "line 3: not-an-address" in imported.stdout
    assert "not-an-address" in (tmp_path / "people.csv.refused.csv").read_text(encoding="utf-8-sig")
    assert "ada@example.org,Ada" in exported.stdout


def test_people_without_a_list_are_kept_and_the_command_says_they_get_no_letters(
    make: Factory, run: Run, tmp_path: Path
) -> None:
    make.roles()
    sheet = tmp_path / "people.csv"
    sheet.write_text(SHEET, encoding="utf-8")

    kept = run("stakeholder", "import", sheet, *IMPORT)
    nobody = run("stakeholder", "export", "--mailable", "--column", "email").stdout
    make.project()
    again = run("stakeholder", "import", sheet, *IMPORT)
    somebody = run("stakeholder", "export", "--mailable", "--column", "email").stdout

    assert "none of them can be mailed" in kept.stderr
    assert "import the file again" in kept.stderr
    assert "mailed" not in again.stderr
    assert "ada@example.org" not in nobody
    assert "ada@example.org" in somebody


def test_an_export_leaves_out_and_chooses_as_the_page_does(
    make: Factory, run: Run, tmp_path: Path
) -> None:
    make.roles()
    people, stayed = tmp_path / "people.csv", "email,country,role,tag\n"
    stayed += "ada@example.org,BE,ngo,Ghent 2026\nben@example.org,BE,funder,\n"
    people.write_text(stayed + "eve@example.org,NL,ngo,\n", encoding="utf-8")
    run("stakeholder", "import", people, *IMPORT)
    cards, book = tmp_path / "people.vcf", tmp_path / "people.xlsx"

    columns = ("--column", "country", "--column", "email")
    belgians = run("stakeholder", "export", "--country", "Belgium", *columns).stdout
    ngos = run("stakeholder", "export", "--role", "ngo", "--tag", "Ghent 2026", *columns).stdout
    found = run("stakeholder", "export", "--search", "EVE@", "--column", "email").stdout
    mailable = run("stakeholder", "export", "--mailable").stdout
    run("stakeholder", "export", "--format", "vcf", "-o", cards)
    run("stakeholder", "export", "--format", "xlsx", "--role", "funder", *columns, "-o", book)

    assert belgians.lstrip("\ufeff").splitlines() == [
        "email,country", "ada@example.org,BE", "ben@example.org,BE",
    ]  # fmt: skip
    assert ngos.splitlines()[1:] == ["ada@example.org,BE"]
    assert found.splitlines()[1:] == ["eve@example.org"]
    assert len(mailable.splitlines()) == 1
    assert cards.read_text(encoding="utf-8").count("EMAIL:") == 3
    assert CalamineWorkbook.from_path(str(book)).get_sheet_by_index(0).to_python() == [
        ["email", "country"], ["ben@example.org", "BE"],
    ]  # fmt: skip


def test_an_export_names_what_it_does_not_know(make: Factory, run: Run) -> None:
    make.roles()

    wrong = {"--role": "elf", "--tag": "none", "--country": "Narnia", "--segment": "none"}
    answers = [run("stakeholder", "export", option, word) for option, word in wrong.items()]
    column = run("stakeholder", "export", "--column", "shoe size")

    for answer in answers:
        assert isinstance(answer.exception, Refusal)
        assert answer.exception.remedy
    assert column.exit_code == 2
    assert "first name" in column.stderr


def test_a_word_nobody_knows_is_named_and_can_be_given_a_meaning(
    app: Flask, make: Factory, run: Run, tmp_path: Path
) -> None:
    make.roles()
    sheet = tmp_path / "people.csv"
    data = "email,role,country\nada@example.org,wizard,Flanders\n"
    sheet.write_text(data, encoding="utf-8")

    asked = run("stakeholder", "import", sheet, *IMPORT).stdout
    meant = ("--means", "wizard=Funder", "--means", "Flanders=BE")
    unsaid = run("stakeholder", "import", sheet, *IMPORT, "--dry-run", "--means", "wizard=elf")
    taken = run("stakeholder", "import", sheet, *IMPORT, *meant)

    assert "There is no country “Flanders”. Write its name" in asked
    assert "Say what “wizard” means: --means 'wizard=…'" in asked
    assert "correct them and import that file" in asked
    assert isinstance(unsaid.exception, Refusal)
    assert "roles are policy-maker, politician" in unsaid.exception.remedy
    assert "1 new" in taken.stdout
    assert "ada@example.org,,,funder,,,,BE" in run("stakeholder", "export").stdout


def test_what_cannot_be_written_is_said_before_anything_is_done(
    app: Flask, make: Factory, run: Run, tmp_path: Path
) -> None:
    slug = f"smarturbi-{make.project()}"
    sheet = tmp_path / "people.csv"
    sheet.write_text(SHEET, encoding="utf-8")
    nowhere = tmp_path / "gone" / "people.csv"
    kept = tmp_path / "people.csv.refused.csv"
    kept.mkdir()

    answers = [
        run("stakeholder", "export", "-o", nowhere),
        run("report", slug, "-o", nowhere),
        run("stakeholder", "import", sheet, *IMPORT),
    ]

    for answer in answers:
        assert isinstance(answer.exception, Refusal)
        assert "cannot be written" in answer.exception.message
        assert "Choose a folder" in answer.exception.remedy
    assert _people(app) == 0


def test_rows_are_named_as_the_file_has_them(make: Factory, run: Run, tmp_path: Path) -> None:
    make.roles()
    path = tmp_path / "people.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("NGOs").write_column(0, 0, ["email", "nobody"])

    said = run("stakeholder", "import", path, *IMPORT, "--dry-run").stdout
    mapped = run("stakeholder", "import", path, *IMPORT, "--dry-run", "--map", "email")

    assert "  NGOs, row 2: nobody" in said
    assert "Write COLUMN=FIELD" in str(mapped.exception)


def test_an_import_must_say_its_basis(run: Run, tmp_path: Path) -> None:
    sheet = tmp_path / "people.csv"
    sheet.write_text(SHEET, encoding="utf-8")

    assert run("stakeholder", "import", sheet, "--source", "Forum").exit_code == 2
    assert run("stakeholder", "import", tmp_path / "gone.csv", *IMPORT).exit_code == 2


def test_the_doctor_finds_a_sound_installation_sound(run: Run) -> None:
    answer = run("doctor", "--json")

    findings = {found["subject"]: found["is_well"] for found in json.loads(answer.stdout)}
    assert answer.exit_code == 0
    assert set(findings.values()) == {True}
    assert {"Configuration", "Database", "Disk", "Clock", "Mail server"} <= set(findings)


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("OUTREACH_BASE_URL", "nonsense", "FAIL  Configuration"),
        ("OUTREACH_BASE_URL", f"https://{'a' * 60}.example.org", "FAIL  Length of unsubscribe"),
        ("OUTREACH_CATCHER", "0", "→ Set OUTREACH_MAIL_SERVER"),
    ],
)
@pytest.mark.parametrize("database_uri", ["sqlite"], indirect=True)
def test_the_doctor_says_what_to_do(
    run: Run, monkeypatch: pytest.MonkeyPatch, setting: str, value: str, said: str
) -> None:
    monkeypatch.setenv(setting, value)

    answer = run("doctor")

    assert answer.exit_code == 1
    assert said in answer.stdout


@pytest.mark.parametrize("database_uri", ["sqlite"], indirect=True)
def test_the_doctor_greets_the_mail_server(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "OUTREACH_CATCHER": "0",
        "OUTREACH_MAIL_SERVER": "127.0.0.1",
        "OUTREACH_MAIL_PORT": "1",
        "OUTREACH_MAIL_DEFAULT_SENDER": "news@example.org",
    }.items():
        monkeypatch.setenv(name, value)

    answer = run("doctor")

    assert "FAIL  Mail server: The mail server 127.0.0.1:1 cannot be reached" in answer.stdout


@pytest.mark.parametrize("database_uri", ["sqlite"], indirect=True)
def test_a_shell_gets_one_line_and_the_right_status(environment: dict[str, str]) -> None:
    def shell(*words: str, **more: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "outreach", *words],
            cwd=ROOT,
            env={**os.environ, **environment, **more},
            capture_output=True,
            text=True,
            check=False,
        )

    missing = shell("mailing", "status", "7")
    unready = shell("mailing", "status", "7", OUTREACH_SQLALCHEMY_DATABASE_URI="sqlite:///")

    assert missing.returncode == 1
    assert missing.stderr == (
        "outreach: There is no mailing 7. "
        "Its number stands in the address of its page: /staff/mailings/NUMBER.\n"
    )
    assert unready.returncode == 1
    assert "Try `outreach init`" in unready.stderr
    assert unready.stderr.count("\n") == 1


@pytest.mark.parametrize("database_uri", ["sqlite"], indirect=True)
def test_a_taken_port_is_refused_before_anything_starts(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        answer = run("serve", "--port", taken.getsockname()[1])

    assert isinstance(answer.exception, Refusal)
    assert "choose another port" in str(answer.exception)
