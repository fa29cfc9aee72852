"""What the mailings room contributes to earlier ones."""

from datetime import timedelta

from flask import Flask

from outreach.core.contributions import Contribution, MenuEntry, SettingsEntry, Tick
from outreach.mailings.links import try_waiting
from outreach.mailings.sender_domain import look_up_waiting


def _try_links(app: Flask) -> None:
    try_waiting(app)
    look_up_waiting(app)


CONTRIBUTION = Contribution(
    menu=(MenuEntry("Mailings", "mailings.index", "envelope", "mailings.see", 20),),
    settings=(
        SettingsEntry(
            label="Look of letters",
            endpoint="mailings.brands",
            icon="swatch",
            verb="settings.edit",
            sentence="Colour, headlines, logo and imprint of networks and projects.",
            position=45,
        ),
    ),
    ticks=(Tick("mailings.links", timedelta(seconds=2), _try_links),),
)
