"""What the projects room contributes to earlier ones."""

from outreach.core.contributions import Contribution, SettingsEntry

CONTRIBUTION = Contribution(
    settings=(
        SettingsEntry(
            "Projects",
            "projects.projects",
            "rectangle-stack",
            "settings.edit",
            "Networks, their calls and the projects they fund: dates, partners, credit line.",
            10,
        ),
        SettingsEntry(
            "Lists",
            "projects.lists",
            "queue-list",
            "settings.edit",
            "What people subscribe to, and who answers for it.",
            20,
        ),
        SettingsEntry(
            "Senders",
            "projects.senders",
            "at-symbol",
            "settings.edit",
            "Names and addresses letters may come from.",
            30,
        ),
        SettingsEntry(
            "Organisations",
            "projects.organisations",
            "building-office-2",
            "settings.edit",
            "Partners of projects and employers of stakeholders.",
            40,
        ),
    )
)
