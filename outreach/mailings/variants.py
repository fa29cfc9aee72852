"""Who gets which variant of a mailing: decided in SQL at the fan-out, counted for staff before.

`FrozenLetter.variant_of` decides the same for one reader in Python.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, SQLColumnExpression, String, case, func, literal, select
from sqlalchemy.orm import Session

from outreach.mailings.audience import Audience, judged
from outreach.mailings.blocks import Variant
from outreach.mailings.frozen import FrozenLetter
from outreach.stakeholders import eligibility
from outreach.stakeholders.models import Stakeholder


def variant_key(
    letter: FrozenLetter, role_id: ColumnElement[int | None], language: SQLColumnExpression[str]
) -> ColumnElement[str]:
    """Return the key of the variant for a reporting role and a language; "" where there is one."""
    if len(letter.variants) == 1:
        return literal("", String)
    fallback = Variant("", letter.language)
    mentioned = {variant.role for variant in letter.variants}
    keys = {
        role_id_: Variant(role.slug, "").key
        for role_id_, role in letter.roles.items()
        if role.slug in mentioned
    }
    others = literal(Variant("", "").key, String)
    role = case(keys, value=role_id, else_=others) if keys else others
    reads = case((language.in_(list(letter.translations)), language), else_=fallback.language)
    return role.concat(reads)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many get each variant as things stand now."""

    readers: dict[Variant, int]
    """The variants in their order, the fallback first; none is left out."""
    untranslated: dict[str, int]
    """Readers of languages the letter does not speak, by language: they get its own."""
    fallback: dict[int | None, int]
    """Readers of the words for everybody else, in any language, by reporting role."""

    @property
    def total(self) -> int:
        """How many get the mailing."""
        return sum(self.readers.values())


def coverage(
    session: Session, letter: FrozenLetter, audience: Audience, list_id: int, *, now: datetime
) -> Coverage:
    """Count the readers of every variant among those who may be written to."""
    found = judged(session, audience, list_id, now)
    facts = (
        select(
            eligibility.reporting_role(now).label("role_id"),
            Stakeholder.language,
            found.reason.label("reason"),
        )
        .where(*found.conditions)
        .subquery()
    )
    rows = session.execute(
        select(facts.c.role_id, facts.c.language, func.count())
        .where(facts.c.reason.is_(None))
        .group_by(facts.c.role_id, facts.c.language)
    ).all()
    readers: Counter[Variant] = Counter(dict.fromkeys(letter.variants, 0))
    untranslated: Counter[str] = Counter()
    fallback: Counter[int | None] = Counter()
    spoken = {letter.language, *letter.content.languages}
    for role_id, language, number in rows:
        variant = letter.variant_of(role_id, language)
        readers[variant] += number
        if not variant.role:
            fallback[role_id] += number
        if language not in spoken:
            untranslated[language] += number
    return Coverage(dict(readers), dict(untranslated.most_common()), dict(fallback.most_common()))
