"""What a report says beside its figures."""

import pytest

from outreach.dashboards.figures import Figures, MailingReport
from outreach.dashboards.staff_tables import report_sections
from outreach.dashboards.wording import beside_in_short


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        (Figures(), ""),
        (Figures(unsubscribed=1), "Beside these figures: 1 reader chose to leave."),
        (
            Figures(web_views=2, unsubscribed=1_200, complained=1),
            "Beside these figures: viewed in a browser 2 times, 1,200 readers chose to leave, "
            "complained about once.",
        ),
    ],
)
def test_what_else_readers_did_is_one_sentence(figures: Figures, said: str) -> None:
    report = MailingReport(1, "Forum", "unlinked", "smtp", None, 0, (), Figures(), beside=figures)

    assert beside_in_short(report) == said


@pytest.mark.parametrize(("tracking", "lines"), [("unlinked", 1), ("individual", 0)])
def test_only_who_agreed_is_said_to_have_agreed(tracking: str, lines: int) -> None:
    report = MailingReport(1, "Forum", tracking, "smtp", None, 0, (), Figures(sent=3))

    _, _, rows = next(report_sections(report))

    labels = [str(row[0]) for row in rows]
    assert len([label for label in labels if "agreed" in label]) == lines
    assert labels[0] == "All"
