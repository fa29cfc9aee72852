"""What the stakeholders room contributes to earlier ones."""

from outreach.core.contributions import Contribution, Erasure
from outreach.stakeholders.erasing import OWN_TABLES, erase_own_tables

CONTRIBUTION = Contribution(
    erasures=(Erasure(OWN_TABLES, erase_own_tables),),
)
