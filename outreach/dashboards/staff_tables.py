"""The staff report of a mailing as tables for a file: the very figures of the screen."""

from collections.abc import Iterator

from outreach.dashboards.exports import Section
from outreach.dashboards.figures import Figures, MailingReport
from outreach.dashboards.requests import HEAD as REQUEST_HEAD
from outreach.dashboards.requests import request_figures
from outreach.dashboards.wording import NOT_COUNTED, OPENS_CAVEAT, how_counted

ROLE_HEAD = (
    "Role", "Recipients", "Sent", "Refused", "Bounced", "Visits", "per 100", "Letters clicked",
    "per 100", "Downloads", "per 100", "Letters engaged", "per 100", "Letters opened", "per 100",
    "Asked", "Answered", "Viewed in a browser", "Left the list", "Complained", "Left out",
)  # fmt: skip


def report_sections(report: MailingReport) -> Iterator[Section]:
    """Give the report's tables, the way of counting last."""
    rows = [_role_row(row.label, row.figures, report.asked_of(row.figures)) for row in report.rows]
    rows.append(_role_row("All", report.all, report.all.asked))
    if report.tells_agreed:
        agreed = report.agreed
        label = "Among them, people who agreed to be measured"
        rows.append(_role_row(label, agreed, report.asked_of(agreed)))
    yield "By role", ROLE_HEAD, rows
    if not report.is_counted:
        yield "How this was counted", ("Note",), [(how_counted(report),)]
        return
    yield (
        "Documents",
        ("Document", "Kind", "Downloads", "Followed to another site", "Left out"),
        [
            (
                d.title,
                d.kind,
                d.own,
                d.elsewhere,
                d.machine,
            )
            for d in report.documents
        ],
    )
    yield (
        "Documents by role",
        ("Document", "Role", "Downloads", "Followed to another site", "Left out"),
        [
            (line.title, line.role, line.downloads, line.followed, line.machine)
            for line in report.documents_by_role
        ],
    )
    yield (
        "Links",
        ("Number", "Link", "Address", "Clicks", "Left out"),
        [
            (link.number, link.label, link.address, link.counted, link.machine)
            for link in report.links
        ],
    )
    yield (
        "Hours",
        ("Hour (UTC)", "Visits", "Downloads", "Left out"),
        [
            (f"{row.hour:%Y-%m-%d %H:%M}", row.visits, row.downloads, row.machine)
            for row in report.hours
        ],
    )
    yield (
        "Requests",
        REQUEST_HEAD,
        [line.row for line in request_figures(report.reasons)],
    )
    yield "How this was counted", ("Note",), [(how_counted(report),), (OPENS_CAVEAT,)]


def _role_row(label: str, f: Figures, asked: int | None) -> tuple[object, ...]:
    questions = (NOT_COUNTED, NOT_COUNTED) if asked is None else (asked, f.answered)
    return (
        label, f.recipients, f.sent, f.refused, f.bounced,
        *_counted(f.visits, f.measured), *_counted(f.clicked, f.measured),
        *_counted(f.downloads, f.measured), *_counted(f.engaged, f.measured),
        *_counted(f.opened, f.measured), *questions,
        f.web_views, f.unsubscribed, f.complained,
        NOT_COUNTED if f.visits is None else f.machine,
    )  # fmt: skip


def _counted(count: int | None, base: int) -> tuple[object, object]:
    """A count and what it is per 100 letters; "not counted" is never written as 0."""
    if count is None:
        return NOT_COUNTED, None
    return count, round(100 * count / base, 1) if base else None
