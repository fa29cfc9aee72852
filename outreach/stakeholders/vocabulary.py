"""Roles of one's own and topics: added, reworded, ordered; what was ever used is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach.core.errors import Conflict, Refusal
from outreach.core.slugs import free_slug
from outreach.core.text import LocalText
from outreach.stakeholders.eligibility import holds_now
from outreach.stakeholders.models import Role, StakeholderRole, StakeholderTopic, Topic
from outreach.stakeholders.roles import all_roles, plain_word, role_words

SLUG_LENGTH = 40


@dataclass(frozen=True, kw_only=True)
class RoleWords:
    """What is said of a role."""

    name: LocalText
    plural: LocalText = field(default_factory=LocalText)
    example: LocalText = field(default_factory=LocalText)
    is_public: bool = False


def add_role(session: Session, words: RoleWords) -> Role:
    """Add a role after the others; raises Conflict for a name another role answers to."""
    _refuse_taken(session, words, None)
    known = all_roles(session, with_archived=True)
    slugs = {role.slug for role in known}
    # Cut first, so that a number fits behind it; a cut word may end in a hyphen.
    base = words.name.pick()[: SLUG_LENGTH - 4]
    role = Role(
        slug=free_slug(base, slugs.__contains__),
        position=max((role.position for role in known), default=-1) + 1,
    )
    _write(role, words)
    session.add(role)
    # The caller leads to it by its id.
    session.flush()
    return role


def edit_role(session: Session, role: Role, words: RoleWords) -> None:
    """Reword a role; its slug stays, because past reports and saved choices name it."""
    _refuse_taken(session, words, role)
    _write(role, words)


def archive_role(session: Session, role: Role, *, now: datetime) -> None:
    """Offer a role no more; who holds it keeps it, and past figures keep their row."""
    role.archived_at = role.archived_at or now


def restore_role(session: Session, role: Role) -> None:
    """Offer an archived role again."""
    role.archived_at = None


def move_role(session: Session, role: Role, *, up: bool) -> None:
    """Change places with the role before (or after) it; at the end it stays where it is.

    The order is the precedence of the reporting role: letters sent from now on follow it.
    """
    places = list(all_roles(session))
    if role not in places:
        raise Conflict("This role is archived.", "Restore it before you move it.")
    here = places.index(role)
    there = max(0, here - 1) if up else min(len(places) - 1, here + 1)
    places.insert(there, places.pop(here))
    for position, other in enumerate(places):
        other.position = position


def holders(session: Session, now: datetime) -> Mapping[int, int]:
    """Return {role's id: how many people hold it now}."""
    rows = session.execute(
        select(StakeholderRole.role_id, func.count())
        .where(holds_now(now))
        .group_by(StakeholderRole.role_id)
    )
    return dict(rows.all())


def all_topics(session: Session) -> Sequence[Topic]:
    """Return the topics by slug."""
    return session.scalars(select(Topic).order_by(Topic.slug)).all()


def listeners(session: Session) -> Mapping[int, int]:
    """Return {topic's id: how many people asked to hear about it}."""
    rows = session.execute(
        select(StakeholderTopic.topic_id, func.count()).group_by(StakeholderTopic.topic_id)
    )
    return dict(rows.all())


def save_topic(session: Session, name: LocalText, topic: Topic | None = None) -> Topic:
    """Add a topic, or reword the given one; its slug stays. Raises Refusal without a name."""
    if not name:
        raise Refusal("Give the topic's name, in one language at least.")
    others = [other for other in all_topics(session) if other is not topic]
    taken = {plain_word(text) for other in others for text in other.name.values()}
    if any(plain_word(text) in taken for text in name.values()):
        raise Conflict("There is a topic of that name already.", "Choose another name.")
    slugs = {other.slug for other in others}
    saved = topic or Topic(slug=free_slug(name.pick(), slugs.__contains__))
    saved.name = name
    session.add(saved)
    # The caller leads to it by its id.
    session.flush()
    return saved


def _refuse_taken(session: Session, words: RoleWords, own: Role | None) -> None:
    if not words.name:
        raise Refusal("Give the role's name, in one language at least.")
    others = [role for role in all_roles(session, with_archived=True) if role is not own]
    taken = role_words(others)
    for text in (*words.name.values(), *words.plural.values()):
        if plain_word(text) in taken:
            # Import files name roles by these words, so one word must mean one role.
            raise Conflict(f"“{text}” is another role's name.", "Choose another.")


def _write(role: Role, words: RoleWords) -> None:
    role.name = words.name
    role.plural = words.plural or words.name
    role.example, role.is_public = words.example, words.is_public
