"""Lists people subscribe to, the senders letters come from, and organisations."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.errors import Conflict, Refusal
from outreach.core.text import LocalText
from outreach.projects import checks
from outreach.projects.addresses import move_address, new_slug
from outreach.projects.models import (
    List,
    Network,
    Organisation,
    OrganisationKind,
    Project,
    SenderProfile,
)


@dataclass(frozen=True, kw_only=True)
class ListWords:
    """What is said of a list; an empty slug leaves the address alone (or makes one)."""

    name: LocalText
    controller: str
    postal_address: str
    description: LocalText = field(default_factory=LocalText)
    sender_profile_id: int | None = None
    reply_address: str = ""
    language: str = "en"
    slug: str = ""


@dataclass(frozen=True, kw_only=True)
class SenderWords:
    """A name and address letters come from, and what staff call the two."""

    name: str
    from_name: str
    from_address: str


@dataclass(frozen=True, kw_only=True)
class OrganisationWords:
    """What is said of an organisation."""

    name: str
    country: str = ""
    ror_id: str = ""
    website: str = ""
    kind: OrganisationKind | None = None


def add_list(session: Session, owner: Network | Project, words: ListWords, *, list_id: str) -> List:
    """Add a list of a network or project.

    `list_id` is its RFC 2919 identifier and never changes afterwards, because mail programs of
    subscribers file by it. Raises Refusal for what cannot be kept, Conflict for a known list_id.
    """
    identifier = checks.list_id(list_id)
    if session.scalar(select(List.id).where(List.list_id == identifier)) is not None:
        raise Conflict(f"The list identifier {identifier} is taken.", "Choose another.")
    added = List(
        slug=new_slug(session, List, words.slug or words.name.pick()),
        network_id=owner.id if isinstance(owner, Network) else None,
        project_id=owner.id if isinstance(owner, Project) else None,
        list_id=identifier,
    )
    _write_list(added, words)
    session.add(added)
    # Mailings and consents name it by its id.
    session.flush()
    return added


def suggested_list_id(slug: str, host: str) -> str:
    """Return a list identifier (RFC 2919) for a list called `slug` on our own host.

    A host without a name gets "localhost", which the RFC reserves for lists nobody manages.
    """
    is_named = "." in host and not host.replace(".", "").isdigit()
    return f"{slug}.{host}" if is_named else f"{slug}.localhost"


def edit_list(session: Session, changed: List, words: ListWords) -> None:
    """Change what a list says; raises Refusal for what cannot be kept."""
    _write_list(changed, words)
    if words.slug:
        move_address(session, changed, words.slug)


def archive_list(session: Session, archived: List, *, now: datetime) -> None:
    """Take a list out of every choice; its subscribers and what was sent stay."""
    archived.archived_at = archived.archived_at or now


def restore_list(session: Session, archived: List) -> None:
    """Put an archived list back among the others."""
    archived.archived_at = None


def save_sender(
    session: Session, words: SenderWords, profile: SenderProfile | None = None
) -> SenderProfile:
    """Add a sender, or change the given one; raises Conflict when its name is taken."""
    name = checks.one_line(words.name)
    same = select(SenderProfile.id).where(SenderProfile.name == name)
    _refuse_taken(session.scalar(same), profile, f"There is a sender called “{name}” already.")
    address = checks.mail_address(words.from_address)
    from_name = checks.one_line(words.from_name)
    if not (name and address and from_name):
        raise Refusal("Give a name for the sender, and the name and address readers see.")
    saved = profile or SenderProfile()
    saved.name, saved.from_name, saved.from_address = name, from_name, address
    session.add(saved)
    # The caller leads to it by its id.
    session.flush()
    return saved


def save_organisation(
    session: Session, words: OrganisationWords, organisation: Organisation | None = None
) -> Organisation:
    """Add an organisation, or change the given one; raises Conflict when its name is taken."""
    name = checks.one_line(words.name)
    if not name:
        raise Refusal("Give the organisation's name.")
    same = select(Organisation.id).where(Organisation.name == name)
    _refuse_taken(session.scalar(same), organisation, f"There is an organisation “{name}” already.")
    saved = organisation or Organisation()
    saved.name, saved.country = name, checks.country(words.country)
    saved.kind = words.kind
    saved.ror_id, saved.website = checks.ror_id(words.ror_id), checks.https_address(words.website)
    session.add(saved)
    # The caller leads to it by its id.
    session.flush()
    return saved


def _refuse_taken(
    holder: int | None, own: SenderProfile | Organisation | None, complaint: str
) -> None:
    if holder is not None and (own is None or holder != own.id):
        raise Conflict(complaint, "Choose another name, or change that one.")


def _write_list(written: List, words: ListWords) -> None:
    controller, postal = checks.one_line(words.controller), words.postal_address.strip()
    if not (words.name and controller and postal):
        raise Refusal(
            "Give the list's name, who is responsible for it and their postal address.",
            "Every letter shows them.",
        )
    written.name, written.description = words.name, words.description
    written.controller, written.postal_address = controller, postal
    written.sender_profile_id = words.sender_profile_id
    written.reply_address = checks.mail_address(words.reply_address)
    written.language = words.language
