"""What the questions room contributes to earlier ones."""

from outreach.core.contributions import Contribution

CONTRIBUTION = Contribution()
