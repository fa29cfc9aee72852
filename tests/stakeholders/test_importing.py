"""An import takes over what it understands, says why for the rest, and never revives an opt-out."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import Session

from outreach.core.changes import Change, ChangeKind, ChangeSet
from outreach.core.db import transaction
from outreach.core.errors import Refusal
from outreach.core.state import state
from outreach.projects.models import Organisation
from outreach.stakeholders.consents import THE_PERSON, erase, leave_list, suppress
from outreach.stakeholders.eligibility import withheld_reason
from outreach.stakeholders.importing import running
from outreach.stakeholders.importing.unpacking import Section
from outreach.stakeholders.models import (
    Basis,
    Consent,
    ConsentEntry,
    ConsentState,
    Stakeholder,
    Stop,
    SuppressionReason,
    Tier,
)
from tests.stakeholders.factories import People
from tests.stakeholders.importing import bring_in

ADA = "ada@example.org"
FILE = (
    "E-mail;First name;Last name;Roles;Level;Company;Country;Language;Topics;Tags\n"
    "Ada@Example.org;Ada;Lovelace;policy maker, ONG;city;City of Tilburg;UK;nl;Housing;x|y\n"
    "ben@example.org;;Ben;Beleidsmaker;EU;City of Tilburg;Belgique;fr;;\n"
)


def _reason(session: Session, list_id: int, email: str = ADA) -> str | None:
    query = select(withheld_reason(list_id)).where(Stakeholder.email == email)
    return session.execute(query).scalar_one()


def test_a_file_is_taken_over_with_roles_level_consent_and_change_set(
    people: People, list_id: int, session: Session, tmp_path: Path
) -> None:
    report = bring_in(people, tmp_path, FILE, list_id=list_id)

    ada = people.load(people.id_of(ADA) or 0)
    assert dict(report.counts) == {"new": 2}
    assert (ada.name, ada.given_name, ada.country, ada.language, ada.tier, ada.source) == (
        "Ada Lovelace",
        "Ada",
        "GB",
        "nl",
        Tier.MUNICIPALITY,
        "Forum in Ghent",
    )
    assert ada.organisation
    assert ada.organisation.name == "City of Tilburg"
    assert {held.role.slug for held in ada.roles} == {"policy-maker", "ngo"}
    assert [tag.name for tag in ada.tags] == ["x", "y"]
    assert [topic.slug for topic in ada.topics] == ["housing"]
    assert ada.fingerprint == people.make.fingerprint(ADA)
    assert _reason(session, list_id) is None
    entry = session.scalars(select(ConsentEntry)).first()
    assert entry
    assert (entry.source, entry.actor, entry.change_set_id) == (
        "Forum in Ghent",
        "Ada",
        report.change_set_id,
    )
    change_set = session.get_one(ChangeSet, report.change_set_id)
    assert change_set.kind is ChangeKind.IMPORT
    assert change_set.summary["counts"] == {"new": 2}
    assert session.scalar(select(func.count(Change.id))) == 2


def test_when_they_agreed_is_taken_over_as_the_proof_a_file_holds(
    people: People, list_id: int, session: Session, tmp_path: Path
) -> None:
    data = (
        "Email Address,OPTIN_TIME,CONFIRM_TIME,TAGS\n"
        'a@example.org,2021-03-01 10:00:00,2021-03-01T12:02:00+01:00,"""forum 2021"",""housing"""\n'
        "b@example.org,2021-03-01,,\n"
        "c@example.org,01/03/2021,9999-12-31T23:59:59-23:59,\n"
        "d@example.org,,2099-01-01,\n"
    )

    bring_in(people, tmp_path, data, list_id=list_id)

    entries = session.scalars(select(ConsentEntry).order_by(ConsentEntry.stakeholder_id)).all()
    asked = datetime(2021, 3, 1, 10, tzinfo=UTC)
    assert [(entry.requested_at, entry.confirmed_at) for entry in entries] == [
        (asked, datetime(2021, 3, 1, 11, 2, tzinfo=UTC)),
        (asked.replace(hour=0), people.now),
        (people.now, people.now),
        (people.now, people.now),
    ]
    assert {entry.recorded_at for entry in entries} == {people.now}
    ada = people.load(people.id_of("a@example.org") or 0)
    assert [tag.name for tag in ada.tags] == ["forum 2021", "housing"]


def test_the_same_file_again_changes_nothing(
    people: People, list_id: int, session: Session, tmp_path: Path
) -> None:
    bring_in(people, tmp_path, FILE, list_id=list_id)
    again = bring_in(people, tmp_path, FILE, list_id=list_id)

    assert dict(again.counts) == {"unchanged": 2}
    assert session.scalar(select(func.count(ConsentEntry.id))) == 2


def test_a_dry_run_says_the_same_and_changes_nothing(
    people: People, list_id: int, session: Session, tmp_path: Path
) -> None:
    report = bring_in(people, tmp_path, FILE, list_id=list_id, is_dry=True)

    assert dict(report.counts) == {"new": 2}
    assert session.scalar(select(func.count(Stakeholder.id))) == 0
    assert session.scalar(select(func.count(ChangeSet.id))) == 0


def test_known_people_are_updated_by_what_is_said_and_keep_the_rest(
    people: People, session: Session, tmp_path: Path
) -> None:
    person = people.person(ADA, name="Ada", country="BE", roles=("politician",), tier=Tier.EU)
    report = bring_in(
        people, tmp_path, f"email,name,country,roles,level\n{ADA},Ada Lovelace,,NGO,region\n"
    )

    ada = people.load(person)
    assert dict(report.counts) == {"updated": 1}
    assert (ada.name, ada.country, ada.tier) == ("Ada Lovelace", "BE", Tier.REGION)
    assert ada.search_text.startswith("ada lovelace")
    assert {h.role.slug for h in ada.roles if h.until is None} == {"politician", "ngo"}
    change = session.scalars(select(Change)).one()
    assert change.before == {"name": "Ada", "tier": "eu"}
    assert change.after["name"] == "Ada Lovelace"


@pytest.mark.parametrize(
    ("row", "reason", "remedy"),
    [
        ("nobody,,,,", "no address", "Write it like ada@example.org."),
        (",Ada,,,", "no e-mail address", "Fill in the cell"),
        ("ada@example.org,Ada,astronaut,,", "no role “astronaut”", "policy-maker, politician"),
        ("ada@example.org,Ada,,Atlantis,", "no country “Atlantis”", "Belgium or BE"),
        ("ada@example.org,Ada,,,moon", "no level “moon”", "region, country"),
        ("ada@example.org,Ada,,BE,,more", "more cells", "quotes"),
        ("ben@example.org,Ben,,,", "same address as on line 2", "delete one"),
    ],
)
def test_a_row_we_do_not_understand_is_refused_with_its_reason_and_what_to_do(
    people: People, session: Session, tmp_path: Path, row: str, reason: str, remedy: str
) -> None:
    report = bring_in(
        people, tmp_path, f"email,name,role,country,level\nben@example.org,Ben,,,\n{row}\n"
    )

    assert dict(report.counts) == {"refused": 1, "new": 1}
    assert report.refused[0].line == 3
    assert reason in report.refused[0].reason
    assert remedy in report.refused[0].reason
    with (tmp_path / "refused.csv").open(encoding="utf-8-sig", newline="") as file:
        written = list(csv.reader(file))
    assert written[0][-2:] == ["line", "refused because"]
    assert written[1][-1] == report.refused[0].reason
    assert len(written) == 2


def test_an_address_twice_in_a_file_counts_once(
    people: People, session: Session, tmp_path: Path
) -> None:
    data = f"email,name\n{ADA},Ada\nADA@example.org,Other\n"
    sheets = (Section(2, 2, "NGOs"), Section(3, 2, "Mayors"))

    workbook = bring_in(people, tmp_path, data, sections=sheets, is_dry=True)
    report = bring_in(people, tmp_path, data)

    assert dict(report.counts) == {"new": 1, "refused": 1}
    assert "line 2" in report.refused[0].reason
    refused = workbook.refused[0]
    assert (refused.place, refused.reason) == (
        "Mayors, row 2",
        "The same address as on NGOs, row 2. Only that row counts; delete one.",
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("before", [0, 5_000])
def test_a_row_with_nul_is_refused_by_name_and_stops_no_other(
    people: People, session: Session, tmp_path: Path, encoding: str, before: int
) -> None:
    rows = ["email,name", *("ben@example.org,Bén",) * min(before, 1), *(",",) * before]
    rows += ["ada\0@example.org,Ada", '"eve@example.org","E\0\nve"', "\0", "cleo@example.org,Cléo"]
    report = bring_in(people, tmp_path, "\n".join(rows).encode(encoding))

    assert report.counts["refused"] == 3
    assert report.counts["new"] == 1 + min(before, 1)
    first = 2 + before + min(before, 1)
    assert [remark.line for remark in report.refused] == [first, first + 2, first + 3]
    assert {remark.reason for remark in report.refused} == {
        "The row holds a NUL byte, which is no text. Type the row anew, or delete it."
    }
    assert b"\0" not in (tmp_path / "refused.csv").read_bytes()


@pytest.mark.parametrize(
    ("cell", "roles"),
    [
        ("NGO, funder", {"ngo", "funder"}),
        ("NGO / funder", {"ngo", "funder"}),
        ("ngo & funder, media", {"ngo", "funder", "media"}),
        ("NGO und Politiker/in", {"ngo", "politician"}),
        ("NGO\nfunder", {"ngo", "funder"}),
        ("ngo funder", {"ngo", "funder"}),
        ("policy maker and politician", {"policy-maker", "politician"}),
        ("NGO / wizard", None),
        ("funder of NGO", None),
    ],
)
def test_several_roles_in_one_cell_are_understood_however_they_are_parted(
    people: People, session: Session, tmp_path: Path, cell: str, roles: set[str] | None
) -> None:
    report = bring_in(people, tmp_path, f'email;role\n{ADA};"{cell}"\n')

    if roles is None:
        assert report.unknown == {"roles": {cell: 1}}
        return
    assert {held.role.slug for held in people.load(people.id_of(ADA) or 0).roles} == roles


def test_of_several_addresses_in_googles_cell_the_first_counts(
    people: People, session: Session, tmp_path: Path
) -> None:
    bring_in(people, tmp_path, f"E-mail 1 - Value,Name\n{ADA} ::: ada@home.example.org,Ada\n")

    assert people.id_of(ADA)


def test_refused_rows_are_told_in_the_order_of_the_file(
    people: People, session: Session, tmp_path: Path
) -> None:
    report = bring_in(people, tmp_path, f"email\n{ADA}\n{ADA}\nnobody\n{ADA}\n")

    assert [remark.line for remark in report.refused] == [3, 4, 5]


def test_an_import_never_revives_who_left_the_list(
    people: People, list_id: int, session: Session, tmp_path: Path
) -> None:
    person = people.person(ADA, gets=list_id)
    with transaction() as writing:
        leave_list(writing, person, list_id, now=people.now, actor=THE_PERSON)
    report = bring_in(people, tmp_path, f"email,name\n{ADA},Ada\n", list_id=list_id)

    assert _reason(session, list_id) == "unsubscribed"
    assert report.notes[0].reason == "left this list and stays off it"


@pytest.mark.parametrize(
    "reason", [r for r in SuppressionReason if r is not SuppressionReason.ERASED]
)
def test_an_import_never_lifts_the_do_not_mail_list(
    people: People, list_id: int, session: Session, tmp_path: Path, reason: SuppressionReason
) -> None:
    with transaction() as writing:
        fingerprint = people.make.fingerprint(ADA)
        suppress(writing, fingerprint, reason, evidence="", actor="", now=people.now)
    report = bring_in(people, tmp_path, f"email\n{ADA}\n", list_id=list_id)

    assert _reason(session, list_id) == "suppressed"
    assert session.scalar(select(func.count(ConsentEntry.id))) == 0
    assert report.notes[0].email == ADA


def test_an_erased_person_is_refused_and_not_stored_again(
    people: People, list_id: int, session: Session, tmp_path: Path
) -> None:
    person, here = people.person(ADA), state(people.app)
    with transaction() as writing:
        erasures = here.contributions.erasures
        erase(writing, person, now=people.now, erasures=erasures, ring=here.ring, actor="Ada")
    report = bring_in(people, tmp_path, f"email\n{ADA}\n", list_id=list_id)

    assert dict(report.counts) == {"refused": 1}
    assert "asked to be erased. Delete the row" in report.refused[0].reason
    assert people.id_of(ADA) is None


def test_who_was_asked_to_confirm_is_still_to_confirm(
    people: People, list_id: int, session: Session, tmp_path: Path
) -> None:
    person = people.person(ADA)
    people.consent(person, list_id, ConsentState.PENDING)
    bring_in(people, tmp_path, f"email\n{ADA}\n", list_id=list_id)

    assert _reason(session, list_id) == "pending"


def test_people_without_a_known_basis_are_kept_and_not_mailed_until_one_is_given(
    people: People, list_id: int, session: Session, tmp_path: Path
) -> None:
    bring_in(people, tmp_path, f"email\n{ADA}\n", list_id=list_id, basis=Basis.UNKNOWN)
    before = _reason(session, list_id)
    session.rollback()
    report = bring_in(people, tmp_path, f"email\n{ADA}\n", list_id=list_id)

    assert before == "no_basis"
    assert dict(report.counts) == {"updated": 1}
    assert _reason(session, list_id) is None
    assert len(session.scalars(select(Consent)).all()) == 1
    assert session.scalars(select(Stop)).all() == []


def test_a_role_for_everybody_joins_those_of_the_row(
    people: People, session: Session, tmp_path: Path
) -> None:
    bring_in(people, tmp_path, f"email,role\n{ADA},funder\n", every_role="ngo")

    ada = people.load(people.id_of(ADA) or 0)
    assert {held.role.slug for held in ada.roles} == {"ngo", "funder"}


def test_columns_are_chosen_by_hand(people: People, session: Session, tmp_path: Path) -> None:
    data = f"Kontakt,Haus\n{ADA},City of Ghent\n"
    bring_in(people, tmp_path, data, choices=("kontakt=email", "Haus=organisation"))

    ada = people.load(people.id_of(ADA) or 0)
    assert ada.organisation
    assert ada.organisation.name == "City of Ghent"


@pytest.mark.parametrize(
    ("data", "choices", "message"),
    [
        ("name\nAda\n", (), "No column with e-mail"),
        ("email,mail2\na,b\n", ("mail2=email", "email=email"), ""),
        ("email\na\n", ("work=name",), "no column 'work'"),
        ("email,x\na,b\n", ("x=shoe size",), "no field 'shoe size'"),
    ],
)
def test_a_map_that_cannot_be_is_refused(
    people: People,
    session: Session,
    tmp_path: Path,
    data: str,
    choices: tuple[str, ...],
    message: str,
) -> None:
    if not message:
        bring_in(people, tmp_path, data, choices=choices)  # the last word counts
        return
    with pytest.raises(Refusal, match=message):
        bring_in(people, tmp_path, data, choices=choices)


def test_an_import_without_a_source_is_refused(
    people: People, session: Session, tmp_path: Path
) -> None:
    with pytest.raises(Refusal, match="where these people come from"):
        bring_in(people, tmp_path, f"email\n{ADA}\n", source=" ")


def test_hostile_cells_are_kept_as_harmless_text(
    people: People, list_id: int, session: Session, tmp_path: Path
) -> None:
    name = "<script>alert(1)</script>{{ 7*7 }}\u2028Bcc: x"
    bring_in(people, tmp_path, f'email,name,tags\n{ADA},"{name}\r\nX: y",=1+1\n', list_id=list_id)

    ada = people.load(people.id_of(ADA) or 0)
    assert ada.name == "<script>alert(1)</script>{{ 7*7 }} Bcc: x X: y"
    assert [tag.name for tag in ada.tags] == ["=1+1"]


def test_a_long_file_is_taken_over_in_chunks(
    people: People, list_id: int, session: Session, tmp_path: Path
) -> None:
    data = "email,tags\n" + "".join(f"p{n}@example.org,a{n % 7}\n" for n in range(4_500))
    report = bring_in(people, tmp_path, data, list_id=list_id)
    again = bring_in(people, tmp_path, data.replace(",a", ",b"), list_id=list_id)

    assert dict(report.counts) == {"new": 4_500}
    assert dict(again.counts) == {"updated": 4_500}
    assert session.scalar(select(func.count()).select_from(Consent)) == 4_500


@pytest.mark.parametrize("database_uri", ["postgresql"], indirect=True)
def test_a_long_file_is_known_to_postgresql_at_once(
    people: People, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "MANY", 20)
    rows = "".join(f"p{n}@example.org,ngo\n" for n in range(20))

    bring_in(people, tmp_path, f"email,role\n{rows}")

    known = text("SELECT reltuples FROM pg_class WHERE relname = :name")
    assert session.scalar(known, {"name": "stakeholder"}) == 20
    assert session.scalar(known, {"name": "stakeholder_role"}) == 20


def test_an_employer_deleted_while_a_file_comes_in_is_made_anew(
    people: People, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "CHUNK", 1)

    def delete_it(done: int) -> None:
        if done == 1:
            with transaction() as writing:
                writing.execute(update(Stakeholder).values(organisation_id=None))
                writing.execute(delete(Organisation))

    report = bring_in(
        people,
        tmp_path,
        "email,organisation\nann@example.org,Ghent\nbob@example.org,Ghent\n",
        progress=delete_it,
    )

    assert report.counts == {"new": 2}
    bob = session.scalars(select(Stakeholder).where(Stakeholder.email == "bob@example.org")).one()
    assert bob.organisation is not None
    assert bob.organisation.name == "Ghent"


def test_somebody_enrolled_after_an_import_gets_a_key_of_their_own(
    people: People, session: Session, tmp_path: Path
) -> None:
    bring_in(people, tmp_path, FILE)
    people.now += timedelta(days=1)

    assert people.person("new@example.org") not in {
        people.id_of(ADA),
        people.id_of("ben@example.org"),
    }


def test_signs_that_mean_something_to_a_database_are_found_again_as_they_are(
    people: People, session: Session, tmp_path: Path
) -> None:
    name = 'Ghent \\ {"NULL", é\u2028€} %s ?'
    cell = name.replace('"', '""')
    data = f'email,organisation,tags\na@example.org,"{cell}",x\nb@example.org,NULL,y\n'

    first = bring_in(people, tmp_path, data)
    again = bring_in(people, tmp_path, data)

    assert dict(first.counts) == {"new": 2}
    assert dict(again.counts) == {"unchanged": 2}
