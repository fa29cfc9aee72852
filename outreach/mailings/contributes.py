"""What the mailings room contributes to earlier ones."""

from outreach.core.contributions import Contribution, MenuEntry

CONTRIBUTION = Contribution(
    menu=(MenuEntry("Mailings", "mailings.index", "envelope", "mailings.see", 20),)
)
