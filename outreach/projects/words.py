"""How the pages about projects name programmes."""

from collections.abc import Mapping
from types import MappingProxyType

from outreach.projects.models import Call, Programme, Project

PROGRAMMES: Mapping[Programme, str] = MappingProxyType(
    {
        Programme.OWN: "Another funder",
        Programme.HORIZON_EUROPE: "Horizon Europe",
        Programme.H2020: "Horizon 2020",
        Programme.ERA_NET_COFUND: "ERA-NET Cofund (Horizon 2020)",
        Programme.DUT: "Driving Urban Transitions (DUT)",
    }
)
_OF_THE_EU = frozenset(Programme) - {Programme.OWN}


def call_name(call: Call) -> str:
    """Name a call with the network it belongs to: "JPI Urban Europe: ENSUF"."""
    return f"{call.network.name}: {call.acronym or call.title}"


def programme_name(project: Project) -> str:
    """Name what pays for a project in a letter: an own funder goes by the network's name."""
    call = project.call
    is_own = call.programme is Programme.OWN
    return str(call.network.name) if is_own else PROGRAMMES[call.programme]


def cordis_address(project: Project) -> str:
    """Return where CORDIS describes the EU grant a credit line names; "" without such a grant."""
    number = project.grant_number or project.call.grant_number
    is_of_the_eu = project.call.programme in _OF_THE_EU and number.isascii() and number.isdigit()
    return f"https://cordis.europa.eu/project/id/{number}" if is_of_the_eu else ""
