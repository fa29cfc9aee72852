"""What the dashboards room contributes to earlier ones."""

from outreach.core.contributions import Contribution, MenuEntry

CONTRIBUTION = Contribution(
    menu=(
        MenuEntry("Overview", "overview.overview", "home", "overview.see", 0),
        MenuEntry("Reports", "reports.reports", "chart-bar", "reports.see", 50),
    )
)
