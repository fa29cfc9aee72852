"""Variants by role and language: what each reader gets, counted, frozen and numbered alike."""

from datetime import datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.db import transaction
from outreach.mail.slots import SlotKind, slot
from outreach.mailings import blocks
from outreach.mailings.audience import audience_of
from outreach.mailings.blocks import Content, Variant
from outreach.mailings.freezing import freeze, gather, thaw
from outreach.mailings.frozen import render_frozen
from outreach.mailings.models import Mailing, MailingLink
from outreach.mailings.rendering import PlainLinks, TrackedLinks
from outreach.mailings.variants import coverage, variant_key
from outreach.stakeholders.eligibility import reporting_role
from outreach.stakeholders.models import Stakeholder
from tests.mailings.factories import BASE, SENDER, MailingFactory

LETTER = blocks.compose(
    [
        {"kind": "headline", "text": "For all"},
        {"kind": "text", "markdown": "See [our plan](https://example.org/plan)."},
        {"kind": "text", "markdown": "Vote [for it](https://example.org/vote)."},
    ]
)


def written(content: Content) -> list[Any]:
    return [
        block.model_dump().get("text") or block.model_dump()["markdown"] for block in content.blocks
    ]


def _said(role: str = "", language: str = "en", content: Content = LETTER) -> list[Any]:
    return written(blocks.edition(content, Variant(role, language)))


def _tailored() -> Content:
    """Politicians get another headline, NGOs do not get the last text, German is spoken."""
    content = blocks.say_otherwise(LETTER, "b1", "politician")
    content = blocks.replace(content, "b4", {"kind": "headline", "text": "For you who decide"})
    content = blocks.show_to(content, "b3", ["politician", "funder"])
    content = blocks.speak(content, ["de"])
    content = blocks.translate(content, "b1", "de", {"kind": "headline", "text": "Für alle"})
    return blocks.entitle(content, "de", {"subject": "Betreff", "preheader": ""})


def test_a_role_gets_another_block_in_the_place_of_one() -> None:
    content = _tailored()

    assert _said("politician", content=content)[0] == "For you who decide"
    assert len(_said("politician", content=content)) == 3
    assert _said("funder", content=content)[0] == "For all"
    assert len(_said("ngo", content=content)) == 2


def test_what_is_not_translated_stays_in_the_letters_language() -> None:
    content = _tailored()

    assert _said("", "de", content)[0] == "Für alle"
    assert _said("", "de", content)[1] == _said("", "en", content)[1]
    assert _said("politician", "de", content)[0] == "For you who decide"


def test_saving_a_block_keeps_who_sees_it_and_its_translations() -> None:
    content = blocks.replace(_tailored(), "b1", {"kind": "headline", "text": "For everybody"})

    assert _said("", "de", content)[0] == "Für alle"
    assert content.block("b1").texts == {"de": {"text": "Für alle"}}


def test_whoever_is_not_mentioned_gets_the_fallback() -> None:
    content = _tailored()

    keys = [variant.key for variant in blocks.variants_of(content, "en")]

    assert keys == ["*.en", "politician.en", "funder.en", "*.de", "politician.de", "funder.de"]
    assert blocks.variant_for(content, "en", role="ngo", reads="fr") == Variant("", "en")
    assert [each.key for each in blocks.variants_of(LETTER, "en")] == ["*.en"]


@given(
    st.text("abcdefgh-", min_size=30, max_size=40), st.text("abcdefgh-", min_size=30, max_size=40)
)
@settings(max_examples=50)
def test_keys_fit_and_differ(one: str, other: str) -> None:
    keys = {Variant(one, "en").key, Variant(other, "en").key}

    assert max(map(len, keys)) <= 40
    assert len(keys) == len({one, other})


def _mailing(room: MailingFactory, content: Content = LETTER) -> int:
    list_id = room.make.list_of(project_id := room.make.project())
    for role, language in (
        ("politician", "de"),
        ("politician", "en"),
        ("politician", "it"),
        ("funder", "de"),
        ("ngo", "de"),
        ("ngo", "fr"),
    ):
        room.person(role, list_id=list_id, language=language)
    room.person("ngo", list_id=list_id, state="withdrawn", language="de")
    everybody = {"role_ids": [room.roles[role] for role in ("politician", "funder", "ngo")]}
    return room.mailing(
        project_id, content=blocks.dump(content), audience=everybody, list_id=list_id, readers=0
    )


def test_every_reader_is_counted_once_under_the_variant_they_get(
    room: MailingFactory, session: Session, now: datetime
) -> None:
    mailing = session.get_one(Mailing, _mailing(room, _tailored()))
    letter = gather(session, mailing, sender=SENDER, base_url=BASE)

    found = coverage(session, letter, audience_of(mailing), mailing.list_id, now=now)

    counts = {variant.key: number for variant, number in found.readers.items()}
    assert counts == {
        "*.en": 1,
        "politician.en": 2,
        "funder.en": 0,
        "*.de": 1,
        "politician.de": 1,
        "funder.de": 1,
    }
    assert found.untranslated == {"fr": 1, "it": 1}
    assert found.total == 6
    assert sum(found.fallback.values()) == 2
    assert {letter.role_name(role_id) for role_id in found.fallback} <= {"NGO", letter.no_role}


def test_database_and_python_agree_on_who_gets_what(
    room: MailingFactory, session: Session, now: datetime
) -> None:
    mailing = session.get_one(Mailing, _mailing(room, _tailored()))
    letter = gather(session, mailing, sender=SENDER, base_url=BASE)
    role_id = reporting_role(now)

    rows = session.execute(
        select(
            role_id.label("role_id"),
            Stakeholder.language,
            variant_key(letter, role_id, Stakeholder.language).label("key"),
        )
    ).all()

    assert len(rows) == 7
    for row in rows:
        assert row.key == letter.variant_of(row.role_id, row.language).key


def test_variants_share_the_numbers_of_the_links_they_share(
    room: MailingFactory, session: Session, now: datetime
) -> None:
    mailing_id = _mailing(room, _tailored())
    with transaction() as writing:
        mailing = writing.get_one(Mailing, mailing_id)
        letter = thaw(freeze(writing, mailing, sender=SENDER, base_url=BASE, now=now))

    rows = session.scalars(select(MailingLink).order_by(MailingLink.number)).all()
    stored = {(link.number, link.block_id, link.address) for link in rows}
    for variant in letter.variants:
        links = render_frozen(letter.edition(variant), TrackedLinks(BASE)).links
        assert {(link.number, link.block_id, link.address) for link in links} <= stored
    assert [link.number for link in rows] == list(range(1, len(rows) + 1))


def test_an_edition_speaks_its_language_throughout(
    room: MailingFactory, session: Session, now: datetime
) -> None:
    mailing = session.get_one(Mailing, _mailing(room, _tailored()))
    letter = gather(session, mailing, sender=SENDER, base_url=BASE)

    german = letter.edition(Variant("", "de"))

    assert german.subject == "Betreff"
    assert german.preheader == mailing.preheader
    assert german.web_address.endswith("?lang=de")
    assert letter.edition(Variant("politician", "en")).web_query == "?as=politician"
    assert letter.edition(Variant("politician", "de")).web_query == "?as=politician&lang=de"
    assert "Sie erhalten dies als" in render_frozen(german, PlainLinks()).text
    sent = render_frozen(german, TrackedLinks(BASE)).html
    assert all(f'{page}?lang=de"' in sent for page in ("/forward", slot("measure", SlotKind.URL)))
    assert render_frozen(letter, PlainLinks()) == render_frozen(
        letter.edition(Variant("", "en")), PlainLinks()
    )
