"""Reports are exact for staff; partners see what was published and nothing of others' projects."""

import csv
import io
import re
from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy import event, update
from sqlalchemy.orm import Session

from outreach.core.db import transaction
from outreach.dashboards.exports import as_csv, as_xlsx, sections_of
from outreach.dashboards.queries import mailing_report, totals_by_mailing
from outreach.dashboards.requests import request_figures
from outreach.dashboards.snapshots import ROLE_HEAD, Tables, build_tables, publish
from outreach.delivery.models import Dispatch
from outreach.questions.models import Question, QuestionSource
from outreach.tracking.hit_list import ReasonLine
from outreach.tracking.models import HitKind, HitLabel
from tests.cast import Cast
from tests.dashboards.factories import sent_mailing
from tests.web_client import post


def test_rows_by_role_add_up_to_the_totals(cast: Cast, session: Session) -> None:
    report = mailing_report(session, sent_mailing(cast.make, cast.project_id))

    assert report.all.recipients == 115
    assert report.all.sent == 114
    assert report.all.refused == 1
    assert (report.all.visits, report.all.downloads, report.all.asked) == (46, 22, 8)
    assert report.folded == ("country",)
    ngo = next(row for row in report.rows if row.slug == "ngo")
    assert (ngo.figures.recipients, ngo.figures.sent, ngo.figures.visits) == (40, 39, 12)


def test_staff_read_the_report_on_screen_and_as_files(cast: Cast) -> None:
    mailing_id = sent_mailing(cast.make, cast.project_id)
    address = f"/staff/reports/mailings/{mailing_id}"

    page = cast.ada.get(address)
    file, book = cast.ada.get(f"{address}.csv"), cast.ada.get(f"{address}.xlsx")

    assert page.status_code == 200
    for words in ("The first 72 hours", "How this was counted", "30.8 per 100", "3 answered"):
        assert words in page.text
    assert "per 100 per 100" not in page.text
    rows = {row[0]: row for row in csv.reader(io.StringIO(file.text)) if row}
    assert rows["Ngos"][1:7] == ["40", "39", "1", "0", "12", "30.8"]
    assert rows["All"][1:3] == ["115", "114"]
    assert book.data.startswith(b"PK")


def test_letters_that_count_nothing_are_never_reported_as_zero(cast: Cast) -> None:
    mailing_id = sent_mailing(cast.make, cast.project_id)
    with cast.make.app.app_context(), transaction() as writing:
        writing.execute(update(Dispatch).values(tracking="off"))
        # Letters without a token do not say whose question it is.
        writing.execute(update(Question).values(group_no=None))
    address = f"/staff/reports/mailings/{mailing_id}"

    page, file = cast.ada.get(address), cast.ada.get(f"{address}.csv")

    assert "Nothing is counted in these letters" in page.text
    for words in ("Documents", "first 72 hours", "Raw, counted", "counted together", "estimate"):
        assert words not in page.text
    sections = {row[0] for row in csv.reader(io.StringIO(file.text)) if len(row) == 1}
    rows = {row[0]: row for row in csv.reader(io.StringIO(file.text)) if len(row) > 15}
    asked = rows["Role"].index("Asked")
    assert rows["Ngos"][asked : asked + 2] == ["not counted", "not counted"]
    assert int(rows["All"][asked]) > 0
    table = page.text.partition("Figures by role")[2].partition("</table>")[0]
    assert not re.search(r'data-label="Asked"[^>]*>\s*<span>0', table)
    assert {"By role", "How this was counted"} <= sections
    assert not {"Documents", "Links", "Hours", "Requests"} & sections


def test_the_list_of_reports_takes_as_many_statements_for_many_mailings(
    cast: Cast, session: Session
) -> None:
    ids = [sent_mailing(cast.make, cast.project_id) for _ in range(2)]
    session.connection()

    one, both = (
        _statements(session, lambda: totals_by_mailing(session, ids[:1])),
        _statements(session, lambda: totals_by_mailing(session, ids)),
    )

    assert one == both
    assert {f.visits for f in totals_by_mailing(session, ids).values()} == {46}


def _statements(session: Session, read: Callable[[], object]) -> int:
    seen: list[str] = []

    def note(*told: object) -> None:
        seen.append(str(told[2]))

    event.listen(session.get_bind(), "before_cursor_execute", note)
    read()
    event.remove(session.get_bind(), "before_cursor_execute", note)
    return len(seen)


def test_every_request_can_be_looked_up_within_reach(cast: Cast) -> None:
    mailing_id = sent_mailing(cast.make, cast.project_id)
    address = f"/staff/reports/mailings/{mailing_id}/hits"

    page = cast.ada.get(f"{address}?kind=click&label=no-such&before=x")

    assert page.status_code == 200
    assert "No request of this kind" in page.text
    assert cast.ben.get(address).status_code == 403
    assert cast.ada.get("/staff/reports/mailings/999999999999/hits").status_code == 404


def test_what_was_left_out_stands_beside_what_was_counted() -> None:
    human, machine = HitLabel.HUMAN, HitLabel.MACHINE
    lines = [
        ReasonLine(HitKind.DOWNLOAD, human, "a mail program or browser", 9, 4),
        ReasonLine(HitKind.DOWNLOAD, machine, "a known crawler", 3, 0),
    ]

    found = request_figures(lines)[2]

    assert (found.raw, found.counted, found.repeats, found.left_out) == (12, 5, 4, 3)


def test_lists_overview_and_empty_pages_answer(cast: Cast) -> None:
    assert cast.ada.get("/staff/reports").status_code == 200
    assert cast.ada.get("/staff/overview").status_code == 200
    sent_mailing(cast.make, cast.project_id)

    assert "The SmartUrbI result" in cast.ada.get("/staff/reports").text
    assert "The SmartUrbI result" in cast.ada.get("/staff/overview").text


def test_partners_see_figures_once_they_are_published(cast: Cast) -> None:
    slug = _slug(cast)
    sent_mailing(cast.make, cast.project_id)
    ben = cast.ben
    assert "Nothing was published" in ben.get(f"/dashboards/{slug}").text

    preview = cast.ada.get(f"/staff/reports/projects/{slug}")
    assert "Publish now" in preview.text
    post(cast.ada, f"/staff/reports/projects/{slug}/publish")

    page = ben.get(f"/dashboards/{slug}")
    assert "Other roles" in page.text
    assert "Raw, counted, left out" in page.text
    file = ben.get(f"/dashboards/{slug}.csv").text
    assert "Requests,All,Counted,Count with an earlier one,Left out" in file
    assert ben.get(f"/dashboards/{slug}.xlsx").data.startswith(b"PK")


def test_the_ngo_row_is_whole_except_its_single_question(cast: Cast, session: Session) -> None:
    sent_mailing(cast.make, cast.project_id)

    tables = build_tables(session, cast.project_id, threshold=5)

    rows = {row[0]: row for row in tables.by_role}
    assert rows["Ngos"][1:] == (39, 12, 12, 6, "hidden", 2)
    assert dict(tables.totals)["Questions"] == 8
    assert "Media" not in "".join(str(row[0]) for row in tables.by_role)


def test_screen_and_files_serve_the_stored_tables(cast: Cast) -> None:
    sent_mailing(cast.make, cast.project_id)
    with cast.make.app.app_context(), transaction() as session:
        snapshot = publish(session, cast.project_id, threshold=5, by="Ada", now=cast.make.now)
        tables = Tables.from_json(snapshot.tables)

        assert tables == build_tables(session, cast.project_id, threshold=5)
    assert as_xlsx(sections_of(tables)).startswith(b"PK")


def test_what_was_published_before_requests_were_left_out_beside_stays_readable() -> None:
    stored = {
        "period": ["", ""], "mailings": [], "totals": [], "role_slugs": ["ngo"],
        "by_role": [["NGOs", 39, 12, 12, 6, "hidden"]],
        "notes": [], "documents": [["Brief", "Policy brief", 3, 0]], "visitors": [["NGOs", 2]],
        "channels": [["Fair", "An event", 4, 2]],
    }  # fmt: skip

    tables = Tables.from_json(stored)

    assert tables.by_role == (("NGOs", 39, 12, 12, 6, "hidden", "not counted"),)
    assert tables.documents == (("Brief", "Policy brief", 3, 0, "not counted"),)
    assert tables.visitors == (("NGOs", 2, "not counted"),)
    assert tables.channels == (("Fair", "An event", 4, 2, "not counted"),)


def test_a_question_asked_between_two_publications_is_told_by_no_role(
    cast: Cast, session: Session
) -> None:
    letters = {"policy_maker": (60, 0, 20, 12, 6), "ngo": (40, 1, 12, 6, 7)}
    mailing_id = sent_mailing(cast.make, cast.project_id, **letters)
    with cast.make.app.app_context(), transaction() as writing:
        publish(writing, cast.project_id, threshold=5, by="Ada", now=cast.make.now)
        writing.add(
            Question(
                reference="Q-new",
                source=QuestionSource.FORM,
                subject="How?",
                mailing_id=mailing_id,
                group_no=1,
                created_at=cast.make.now,
                updated_at=cast.make.now,
            )
        )

    tables = build_tables(session, cast.project_id, threshold=5)

    assert dict(tables.totals)["Questions"] == 14
    assert [row[ROLE_HEAD.index("Questions")] for row in tables.by_role] == [6, 7]


def test_another_projects_partner_finds_nothing_there(cast: Cast, visitor: FlaskClient) -> None:
    slug = _slug(cast)

    foreign, missing = cast.cleo.get(f"/dashboards/{slug}"), cast.cleo.get("/dashboards/no-such")

    assert foreign.status_code == missing.status_code == 404
    assert cast.ben.get(f"/staff/reports/projects/{slug}").status_code == 403
    assert visitor.get(f"/dashboards/{slug}").status_code == 302


def test_no_cell_of_a_file_is_a_formula() -> None:
    text = as_csv([("T", ("A",), [("=1+1",), ("@x",), ("-2",), (-2,), (None,)])])

    assert [row[0] if row else "" for row in csv.reader(io.StringIO(text))][2:] == [
        "'=1+1", "'@x", "'-2", "-2", "",
    ]  # fmt: skip


def _slug(cast: Cast) -> str:
    return f"smarturbi-{cast.project_id}"
