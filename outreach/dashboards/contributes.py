"""What the dashboards room contributes to earlier ones."""

from datetime import timedelta

from outreach.core.contributions import Contribution, MenuEntry, Tick
from outreach.dashboards.arms import end_tests

CONTRIBUTION = Contribution(
    menu=(
        MenuEntry("Overview", "overview.overview", "home", "overview.see", 0),
        MenuEntry("Reports", "reports.reports", "chart-bar", "reports.see", 50),
    ),
    ticks=(Tick("reports.subject_tests", timedelta(seconds=20), end_tests),),
)
