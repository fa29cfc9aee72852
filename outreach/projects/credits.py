"""The funder's credit line: the project's own words, else the programme's standard ones.

Standard words: Horizon Europe grant agreement Art. 17, Horizon 2020 Art. 29.4, 29.5 and 38. ERA-NET
Cofund projects print the number of the cofund, which is the EU grant above them.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from outreach.projects.models import Programme, Project

_HORIZON_2020 = (
    "This project has received funding from the European Union’s Horizon 2020 research and "
    "innovation programme{grant}. It reflects only the authors’ view; the European Commission is "
    "not responsible for any use that may be made of the information it contains."
)
_HORIZON_EUROPE = (
    "{funded} by the European Union{grant}. Views and opinions expressed are however those of the "
    "author(s) only and do not necessarily reflect those of the European Union or the granting "
    "authority. Neither the European Union nor the granting authority can be held responsible for "
    "them."
)


def acknowledgement(project: Project, language: str = "en") -> str:
    """Return the credit line in `language` (or its nearest stand-in) that letters must carry."""
    return project.acknowledgement.pick(language) or standard_line(project)


def standard_line(project: Project) -> str:
    """Return the credit line the programme asks for, in English."""
    return _STANDARD[project.call.programme](project)


def _horizon_2020(project: Project) -> str:
    return _HORIZON_2020.format(grant=_grant(project.grant_number or project.call.grant_number))


def _horizon_europe(project: Project) -> str:
    number = project.grant_number or project.call.grant_number
    return _HORIZON_EUROPE.format(funded="Funded", grant=_grant(number))


def _era_net_cofund(project: Project) -> str:
    credit = _HORIZON_2020.format(grant=_grant(project.call.grant_number))
    return f"{_supported(project)} {credit}"


def _dut(project: Project) -> str:
    credit = _HORIZON_EUROPE.format(funded="Co-funded", grant=_grant(project.call.grant_number))
    return f"{_supported(project)} {credit}"


def _supported(project: Project) -> str:
    call = project.call
    name = f"{call.title} ({call.acronym})" if call.acronym else str(call.title)
    return f"{project.acronym} is supported by {call.network.name} through its call {name}."


def _grant(number: str) -> str:
    return f" under grant agreement No {number}" if number else ""


_STANDARD: Mapping[Programme, Callable[[Project], str]] = MappingProxyType(
    {
        Programme.H2020: _horizon_2020,
        Programme.HORIZON_EUROPE: _horizon_europe,
        Programme.ERA_NET_COFUND: _era_net_cofund,
        Programme.DUT: _dut,
        Programme.OWN: _supported,
    }
)
