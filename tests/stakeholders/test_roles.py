"""Roles are seeded once, complete in every language, and found by any of their names."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.db import transaction
from outreach.core.text import LANGUAGES, LocalText
from outreach.stakeholders.models import Role
from outreach.stakeholders.roles import (
    UnknownRole,
    all_roles,
    plain_word,
    role_words,
    roles_named,
    seed_roles,
)
from outreach.stakeholders.seeds import ROLES

ORDER = ["policy-maker", "politician", "ngo", "funder", "practitioner"]
ORDER += ["researcher", "media", "business", "citizen"]


def test_the_nine_roles_stand_in_their_order_of_precedence(session: Session) -> None:
    with transaction() as writing:
        seed_roles(writing)

    roles = all_roles(session)
    assert [role.slug for role in roles] == ORDER
    assert [role.slug for role in roles if role.is_public] == ["policy-maker", "politician"]


@pytest.mark.parametrize("seed", ROLES, ids=lambda seed: seed.slug)
def test_every_role_speaks_every_language_in_one_line(seed: object) -> None:
    for text in (seed.name, seed.plural, seed.example):  # type: ignore[attr-defined]  # a RoleSeed
        assert all(text.has(language) for language in LANGUAGES)
        assert all(len(line) <= 100 and "\n" not in line for line in text.values())


def test_seeding_again_keeps_what_staff_reworded(session: Session) -> None:
    with transaction() as writing:
        seed_roles(writing)
        role = writing.scalars(select(Role).where(Role.slug == "ngo")).one()
        role.name = LocalText(en="civil society")
    with transaction() as writing:
        seed_roles(writing)

    assert len(all_roles(session)) == 9
    assert session.scalars(select(Role).where(Role.slug == "ngo")).one().name["en"] == (
        "civil society"
    )


@pytest.mark.parametrize(
    ("word", "slug"),
    [
        ("Policy Maker", "policy-maker"),
        ("policymakers", "policy-maker"),
        ("Beleidsmaker", "policy-maker"),
        ("POLITICI", "politician"),
        ("Politiker:in", "politician"),
        ("ONG", "ngo"),
        ("Förderorganisation", "funder"),
        ("forskere", "researcher"),
        ("Ciudadanía", "citizen"),
    ],
)
def test_a_role_is_found_by_its_name_in_any_language(
    session: Session, word: str, slug: str
) -> None:
    with transaction() as writing:
        seed_roles(writing)

    assert role_words(all_roles(session))[plain_word(word)].slug == slug


def test_an_unknown_role_is_refused_by_name_and_with_those_there_are(session: Session) -> None:
    with transaction() as writing:
        seed_roles(writing)

    with pytest.raises(UnknownRole, match="astronaut") as refused:
        roles_named(session, ["astronaut"])

    assert "policy-maker, " in refused.value.remedy
