"""Networks, calls, projects and their partners: added and changed, never deleted."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.errors import Refusal
from outreach.core.text import LocalText
from outreach.projects import checks
from outreach.projects.addresses import move_address, new_slug
from outreach.projects.models import Call, Network, Partner, Programme, Project

MOST_LETTERS = 4
"""What a new network allows each person in 30 days."""


@dataclass(frozen=True, kw_only=True)
class NetworkWords:
    """What is said of a network; an empty slug leaves the address alone (or makes one)."""

    name: LocalText
    website: str = ""
    most_letters: int = MOST_LETTERS
    needs_approval: bool = False
    slug: str = ""


@dataclass(frozen=True, kw_only=True)
class CallWords:
    """What is said of a call; an empty slug leaves the address alone (or makes one)."""

    title: LocalText
    acronym: str = ""
    programme: Programme = Programme.OWN
    grant_number: str = ""
    slug: str = ""


@dataclass(frozen=True, kw_only=True)
class ProjectWords:
    """What is said of a project; an empty slug leaves the address alone (or makes one)."""

    acronym: str
    title: LocalText
    summary: LocalText = field(default_factory=LocalText)
    starts_on: date | None = None
    ends_on: date | None = None
    grant_number: str = ""
    website: str = ""
    acknowledgement: LocalText = field(default_factory=LocalText)
    question_address: str = ""
    slug: str = ""


@dataclass(frozen=True)
class Part:
    """An organisation's part in a project, in the order in which partners are named."""

    organisation_id: int
    is_coordinator: bool = False


def add_network(session: Session, words: NetworkWords) -> Network:
    """Add a network; raises Refusal without a name or for a malformed website."""
    network = Network(slug=new_slug(session, Network, words.slug or words.name.pick()))
    _write_network(network, words)
    session.add(network)
    # The caller leads to it by its id.
    session.flush()
    return network


def edit_network(session: Session, network: Network, words: NetworkWords) -> None:
    """Change a network; raises Refusal for what cannot be kept."""
    _write_network(network, words)
    if words.slug:
        move_address(session, network, words.slug)


def add_call(session: Session, network: Network, words: CallWords) -> Call:
    """Add a call to a network; raises Refusal without a title."""
    call = Call(
        network_id=network.id,
        slug=new_slug(session, Call, words.slug or words.acronym or words.title.pick()),
    )
    _write_call(call, words)
    session.add(call)
    # The caller leads to it by its id.
    session.flush()
    return call


def open_call(session: Session, network_name: str, title: str, programme: Programme) -> Call:
    """Add a call of the network with this English name, which is added when it is new.

    For the first project of an installation, which has neither. Raises Refusal without names.
    """
    name = checks.one_line(network_name)
    known = (network for network in session.scalars(select(Network)) if network.name.pick() == name)
    network = next(known, None) or add_network(session, NetworkWords(name=LocalText(en=name)))
    return add_call(session, network, CallWords(title=LocalText(en=title), programme=programme))


def edit_call(session: Session, call: Call, words: CallWords) -> None:
    """Change a call; raises Refusal for what cannot be kept."""
    _write_call(call, words)
    if words.slug:
        move_address(session, call, words.slug)


def add_project(session: Session, call_id: int, words: ProjectWords) -> Project:
    """Add a project to a call; raises Refusal for what cannot be kept."""
    project = Project(call_id=call_id, slug=new_slug(session, Project, words.slug or words.acronym))
    _write_project(project, words)
    session.add(project)
    # Its list and its results name it by its id.
    session.flush()
    return project


def edit_project(session: Session, project: Project, words: ProjectWords) -> None:
    """Change a project; raises Refusal for what cannot be kept."""
    _write_project(project, words)
    if words.slug:
        move_address(session, project, words.slug)


def archive_project(session: Session, project: Project, *, now: datetime) -> None:
    """Take a project out of every choice; what exists of it stays."""
    project.archived_at = project.archived_at or now


def restore_project(session: Session, project: Project) -> None:
    """Put an archived project back among the others."""
    project.archived_at = None


def name_partners(session: Session, project: Project, parts: Sequence[Part]) -> None:
    """Make these the project's partners, in this order; raises Refusal for one named twice."""
    if len({part.organisation_id for part in parts}) < len(parts):
        raise Refusal("An organisation is named twice.", "Name each partner once.")
    kept = {partner.organisation_id: partner for partner in project.partners}
    project.partners = [
        _as_partner(kept.get(part.organisation_id), part, position)
        for position, part in enumerate(parts, start=1)
    ]


def _as_partner(known: Partner | None, part: Part, position: int) -> Partner:
    partner = known or Partner(organisation_id=part.organisation_id)
    partner.position, partner.is_coordinator = position, part.is_coordinator
    return partner


def _write_network(network: Network, words: NetworkWords) -> None:
    network.name = _said(words.name, "Give the network's name.")
    network.website = checks.https_address(words.website)
    network.most_letters = words.most_letters
    network.needs_approval = words.needs_approval


def _write_call(call: Call, words: CallWords) -> None:
    call.title = _said(words.title, "Give the call's title.")
    call.acronym = checks.one_line(words.acronym)
    call.programme = words.programme
    call.grant_number = checks.one_line(words.grant_number)


def _write_project(project: Project, words: ProjectWords) -> None:
    if words.starts_on and words.ends_on and words.ends_on < words.starts_on:
        raise Refusal("The project ends before it starts.", "Correct one of the two dates.")
    if not checks.one_line(words.acronym):
        raise Refusal("Give the project's acronym or short name.")
    project.acronym = checks.one_line(words.acronym)
    project.title = _said(words.title, "Give the project's title.")
    project.summary, project.acknowledgement = words.summary, words.acknowledgement
    project.starts_on, project.ends_on = words.starts_on, words.ends_on
    project.grant_number = checks.one_line(words.grant_number)
    project.website = checks.https_address(words.website)
    project.question_address = checks.mail_address(words.question_address)


def _said(text: LocalText, complaint: str) -> LocalText:
    if not text:
        raise Refusal(complaint)
    return text
