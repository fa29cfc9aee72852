"""Roles: seeded once, extended by staff, found by whatever name a file or a form uses."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.errors import Refusal
from outreach.stakeholders.models import Role
from outreach.stakeholders.seeds import ROLES


class UnknownRole(Refusal):
    """A role was named that this installation does not have."""


def seed_roles(session: Session) -> None:
    """Add the nine roles that are missing; what staff have reworded stays as it is."""
    known = set(session.scalars(select(Role.slug)))
    session.add_all(
        Role(
            slug=seed.slug,
            name=seed.name,
            plural=seed.plural,
            example=seed.example,
            position=position,
            is_public=seed.is_public,
        )
        for position, seed in enumerate(ROLES)
        if seed.slug not in known
    )
    session.flush()  # the caller's next query must find them


def all_roles(session: Session, *, with_archived: bool = False) -> Sequence[Role]:
    """Return the roles in their order of precedence."""
    query = select(Role).order_by(Role.position, Role.id)
    if not with_archived:
        query = query.where(Role.archived_at.is_(None))
    return session.scalars(query).all()


def roles_named(session: Session, slugs: Iterable[str]) -> list[Role]:
    """Return the roles with these slugs, by precedence; raises UnknownRole for one we lack."""
    wanted = set(slugs)
    known = all_roles(session, with_archived=True)
    found = [role for role in known if role.slug in wanted]
    missing = wanted - {role.slug for role in found}
    if missing:
        raise UnknownRole(
            f"There is no role called {', '.join(sorted(missing))}.",
            f"There are: {', '.join(role.slug for role in known)}.",
        )
    return found


def role_words(roles: Iterable[Role]) -> Mapping[str, Role]:
    """Return {plain word: role} for slugs, names and plurals in every language.

    `plain_word` makes the keys; a word two roles share belongs to the first of them.
    """
    words: dict[str, Role] = {}
    for role in roles:
        for text in (role.slug, *role.name.values(), *role.plural.values()):
            words.setdefault(plain_word(text), role)
    return words


def plain_word(text: str) -> str:
    """Return a text in lower-case letters and digits alone: "Policy Maker" → "policymaker"."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"[\W_]+", "", "".join(c for c in folded if not unicodedata.combining(c)))
