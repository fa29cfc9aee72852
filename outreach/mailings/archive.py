"""The public archive: mailings staff published after they were sent, by list."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload

from outreach.core.errors import Conflict, NotFound
from outreach.core.text import LocalText
from outreach.mailings.freezing import thaw
from outreach.mailings.frozen import FrozenLetter
from outreach.mailings.holding import claim
from outreach.mailings.log import Act, note
from outreach.mailings.models import Mailing, MailingResult, MailingState
from outreach.projects.models import Call, List, Network, Project
from outreach.results.models import Result

MOST_LISTED = 200
_IS_PUBLIC = (Mailing.published_at.is_not(None), Mailing.revision_id.is_not(None))
_HAS_LEFT = frozenset({MailingState.SENDING, MailingState.SENT})


def publish(
    session: Session,
    mailing: Mailing,
    *,
    variant: str,
    languages: Iterable[str] = (),
    actor: str,
    now: datetime,
) -> None:
    """Put a mailing into the archive, in one variant and in some of its languages (none: in all).

    `variant` is the key of a variant in the mailing's own language, "" for what everybody else
    got. Raises Conflict for a mailing that has not left, NotFound for a variant or a language it
    has not.
    """
    claim(session, mailing)
    if mailing.state not in _HAS_LEFT or mailing.revision is None:
        raise Conflict(
            f"This mailing is {mailing.state.label.lower()}; only one that was sent is published.",
            "Send it first.",
        )
    letter, chosen = thaw(mailing.revision), list(dict.fromkeys(languages))
    if variant and variant not in {each.key for each in letter.variants}:
        raise NotFound(
            "There is no such variant.", "Look at the mailing again to see which it has."
        )
    if not set(chosen) <= {letter.language, *letter.translations}:
        raise NotFound(
            "There is no such language.", "Look at the mailing again to see which it has."
        )
    mailing.published_at, mailing.published_variant = mailing.published_at or now, variant
    mailing.published_languages = chosen
    note(session, mailing, Act.PUBLISHED, actor=actor, now=now)


def unpublish(session: Session, mailing: Mailing, *, actor: str, now: datetime) -> None:
    """Take a mailing out of the archive; its unguessable address stays."""
    claim(session, mailing)
    mailing.published_at = None
    note(session, mailing, Act.UNPUBLISHED, actor=actor, now=now)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose letters are asked for, by slug; empty for anybody's."""

    list: str = ""
    project: str = ""
    network: str = ""


def published(session: Session, wanted: Wanted | None = None) -> Sequence[Mailing]:
    """Return what everybody may read, the newest first; of a list, project or network.

    A project's are those that went to its list or announced a result of it.
    """
    query = (
        select(Mailing)
        .where(*_IS_PUBLIC)
        .options(joinedload(Mailing.mailing_list), joinedload(Mailing.revision))
        .order_by(Mailing.started_at.desc(), Mailing.id.desc())
        .limit(MOST_LISTED)
    )
    return session.scalars(query.where(*_conditions(wanted or Wanted()))).all()


def _conditions(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.list:
        yield Mailing.mailing_list.has(List.slug == wanted.list)
    if wanted.project:
        of_it = List.project.has(Project.slug == wanted.project)
        about_it = Mailing.results.any(Result.project.has(Project.slug == wanted.project))
        yield Mailing.mailing_list.has(of_it) | about_it
    if wanted.network:
        calls = Project.call.has(Call.network.has(Network.slug == wanted.network))
        of_a_project = List.project.has(calls)
        yield Mailing.mailing_list.has(
            List.network.has(Network.slug == wanted.network) | of_a_project
        )


@dataclass(frozen=True, slots=True)
class Shelf:
    """The published letters of one project or network."""

    name: LocalText
    wanted: Wanted


def shelves(session: Session) -> list[Shelf]:
    """Return the networks and projects of which something is published, by name."""
    lists = select(Mailing.list_id).where(*_IS_PUBLIC)
    announced = select(Result.project_id).join(MailingResult).join(Mailing).where(*_IS_PUBLIC)
    own = List.id.in_(lists)
    networks = select(Network.slug, Network.name).where(
        Network.id.in_(select(List.network_id).where(own))
        | Network.id.in_(
            select(Call.network_id)
            .join(Project)
            .join(List, List.project_id == Project.id)
            .where(own)
        )
    )
    projects = select(Project.slug, Project.acronym).where(
        Project.id.in_(select(List.project_id).where(own)) | Project.id.in_(announced)
    )
    found = [Shelf(name, Wanted(network=slug)) for slug, name in session.execute(networks)]
    for slug, acronym in session.execute(projects):
        found.append(Shelf(LocalText(en=acronym), Wanted(project=slug)))
    return sorted(found, key=lambda shelf: shelf.name.pick().casefold())


def is_anything_published(session: Session) -> bool:
    """Say whether there is anything to read."""
    found = select(Mailing.id).where(*_IS_PUBLIC)
    return session.scalar(found.limit(1)) is not None


def last_letters(session: Session, list_ids: Iterable[int]) -> dict[int, str]:
    """Return {list id: path} of the last published letter of each list that has one."""
    rows = session.execute(
        select(Mailing.list_id, Mailing.slug)
        .where(Mailing.list_id.in_(list(list_ids)), *_IS_PUBLIC)
        .order_by(Mailing.started_at, Mailing.id)
    )
    return {list_id: f"/mailings/{slug}" for list_id, slug in rows}


def published_letter(session: Session, slug: str) -> Mailing | None:
    """Return a published mailing by its readable name; None for any other."""
    return session.scalars(
        select(Mailing).where(Mailing.slug == slug, Mailing.published_at.is_not(None))
    ).one_or_none()


def shown(
    mailing: Mailing,
    letter: FrozenLetter,
    language: str,
    *,
    line: str = "",
    role: str = "",
    is_archive: bool = False,
) -> FrozenLetter:
    """Return the edition the web shows: the published variant, in a language it is said in.

    The archive shows the languages that were published; a letter's own address shows all, and the
    variant for `role` that the reader's letter is. After a subject test it has the line that was
    chosen, or the `line` that the reader's letter had.
    """
    is_public = mailing.published_at is not None and mailing.published_variant
    wanted = mailing.published_variant if is_public else letter.variants[0].key
    public_role = next((each.role for each in letter.variants if each.key == wanted), "")
    is_own = not is_archive and role in {each.role for each in letter.variants if each.role}
    role = role if is_own else public_role
    spoken = {letter.language, *letter.translations}
    public = [each for each in mailing.published_languages if each in spoken]
    if is_archive and public and language not in public:
        language = letter.language if letter.language in public else public[0]
    reads = language if language in spoken else letter.language
    chosen = (each for each in letter.variants if each.role == role and each.language == reads)
    lines = letter.edition(next(chosen, letter.variants[0])).arms(mailing.chosen_line)
    return lines[""] if is_archive else lines.get(line, lines[""])
