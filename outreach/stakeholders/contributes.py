"""What the stakeholders room contributes to earlier ones."""

from outreach.core.contributions import Contribution, Erasure, MenuEntry
from outreach.stakeholders.erasing import OWN_TABLES, erase_own_tables
from outreach.stakeholders.profile import own_timeline

CONTRIBUTION = Contribution(
    timeline=(own_timeline,),
    erasures=(Erasure(OWN_TABLES, erase_own_tables),),
    menu=(MenuEntry("Stakeholders", "stakeholders.overview", "users", "stakeholders.see", 10),),
)
