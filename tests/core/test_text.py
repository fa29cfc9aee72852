"""LocalText: one fallback rule, immutable, the same after a journey through the database."""

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.db import transaction
from outreach.core.slugs import RESERVED, free_slug, slugify
from outreach.core.text import LANGUAGES, LocalText
from outreach.stakeholders.models import Topic


def test_a_missing_language_falls_back_to_english_then_to_any() -> None:
    assert LocalText(en="Housing", de="Wohnen").pick("de") == "Wohnen"
    assert LocalText(en="Housing", de="Wohnen").pick("fr") == "Housing"
    assert LocalText(fi="Asuminen").pick("de") == "Asuminen"
    assert LocalText().pick("de") == ""


def test_an_empty_text_is_no_text() -> None:
    text = LocalText(en="Housing", de="   ")

    assert not text.has("de")
    assert LocalText(en="Housing").with_text("en", "") == LocalText()


def test_it_comes_back_from_the_database_as_it_went(session: Session) -> None:
    with transaction() as writing:
        writing.add(Topic(slug="housing", name=LocalText(en="Housing", fr="Logement")))

    name = session.scalars(select(Topic.name)).one()

    assert name == LocalText(en="Housing", fr="Logement")
    assert name.pick("fr") == "Logement"


@given(st.dictionaries(st.sampled_from(LANGUAGES), st.text()), st.sampled_from(LANGUAGES))
def test_some_text_is_found_whenever_there_is_one(texts: dict[str, str], wanted: str) -> None:
    text = LocalText(texts)

    assert bool(text.pick(wanted)) == bool(len(text))


@given(st.text(max_size=300))
def test_a_slug_is_always_plain_and_never_reserved(title: str) -> None:
    slug = free_slug(title, lambda taken: taken == slugify(title))

    assert slug not in RESERVED
    assert len(slug) <= 80
    assert slug.isascii()
    assert slug.replace("-", "").isalnum()
