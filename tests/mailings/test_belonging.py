"""Parts of a letter about several results: whose they are, and how their funders are credited."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.db import transaction
from outreach.mailings import blocks
from outreach.mailings.belonging import announce_also, without_a_part
from outreach.mailings.blocks import COMMON, Acknowledgement, all_about, compose, dump, load
from outreach.mailings.freezing import freeze
from outreach.mailings.models import Mailing, MailingLink, MailingResult
from outreach.mailings.preflight import check
from outreach.mailings.services import Details, edit_details, step_edits
from tests.factories import Factory
from tests.mailings.factories import BASE, OUTLET, SENDER, MailingFactory
from tests.mailings.rendering_kit import CONTEXT, letter_of

CREDITED = [{"kind": "acknowledgement", "project": slug} for slug in ("one", "two", "three", "one")]
WORDS = {"one": "Funded by the Union.", "two": "Paid by the town.", "three": "Grant 3."}
PROGRAMMES = {"one": "Horizon Europe", "two": "The town", "three": "Horizon Europe"}


def test_each_credit_line_stands_once_at_the_end_under_its_programme() -> None:
    letter = letter_of(
        CREDITED[0],
        {"kind": "text", "markdown": "In between."},
        *CREDITED[1:],
        acknowledgements=WORDS,
        programmes=PROGRAMMES,
    )

    end = letter.text.partition("In between.")[2].partition("-" * 78)[0]
    assert end.strip().split("\n\n") == [
        "Horizon Europe:",
        *("Funded by the Union.", "Grant 3."),
        "The town:",
        "Paid by the town.",
    ]
    for words in (*WORDS.values(), "Horizon Europe", "The town"):
        assert letter.html.count(words) == 1


def test_one_programme_alone_is_not_named_and_old_letters_keep_their_bytes() -> None:
    same = {"one": "Horizon Europe", "three": "Horizon Europe"}
    kept = [each for each in CREDITED if each["project"] != "two"]

    alone = letter_of(*kept, acknowledgements=WORDS, programmes=same)
    old = letter_of(*kept, acknowledgements=WORDS)

    assert "Horizon Europe" not in alone.html
    assert alone.html.count("Funded by the Union.") == 1
    assert old.html.count("Funded by the Union.") == 2


def test_questions_and_entries_of_a_result_lead_to_that_result() -> None:
    ask = {"kind": "ask_us", "text": "Ask.", "result": "streets"}
    faq = {"kind": "faq_link", "label": "Questions", "result": "streets"}

    letter = letter_of(ask, faq, ask_address=f"{CONTEXT.base_address}/ask?mailing=key")

    assert {link.address for link in letter.links} == {
        f"{CONTEXT.base_address}/ask?mailing=key&result=streets",
        f"{CONTEXT.base_address}/results/streets#faq",
    }


def test_a_second_result_is_added_before_what_closes_and_each_part_says_whose_it_is(
    room: MailingFactory, make: Factory, session: Session, now: datetime
) -> None:
    first, second = make.project("ONE"), make.project("TWO")
    mailing_id = room.mailing(first)
    other_id = make.result(second)
    document_id = make.address_document(other_id)
    with transaction() as writing:
        writing.add(MailingResult(mailing_id=mailing_id, result_id=other_id, position=1))
    mailing = session.get_one(Mailing, mailing_id)
    own, other = mailing.results
    before = load(mailing.content)
    assert without_a_part(mailing, before) == [own, other]

    letter = announce_also(all_about(before, own.slug), other, "en")

    assert [(block.kind, block.result) for block in letter.blocks] == [
        ("headline", own.slug),
        ("text", own.slug),
        ("calls_to_action", own.slug),
        ("headline", other.slug),
        ("calls_to_action", other.slug),
        ("acknowledgement", ""),
        ("acknowledgement", ""),
        ("faq_link", ""),
        ("ask_us", ""),
    ]
    credits_of = [each.project for each in letter.blocks if isinstance(each, Acknowledgement)]
    assert credits_of == [own.project.slug, other.project.slug]
    assert without_a_part(mailing, letter) == []
    with transaction() as writing:
        found = writing.get_one(Mailing, mailing_id)
        found.content = dump(letter)
        freeze(writing, found, sender=SENDER, base_url=BASE, now=now)
        links = writing.scalars(select(MailingLink).where(MailingLink.mailing_id == mailing_id))
        owners = {(link.block_id, link.document_id): link.result_id for link in links}
    assert owners["b2", None] == own.id
    assert document_id in {document for (_, document), owner in owners.items() if owner == other.id}
    assert owners["b5", None] is None


def test_what_a_letter_says_so_far_stays_its_own_results_when_another_joins(
    room: MailingFactory, make: Factory, session: Session, now: datetime
) -> None:
    first, second = make.project("ONE"), make.project("TWO")
    mailing_id = room.mailing(first)
    other_id = make.result(second)
    mailing = session.get_one(Mailing, mailing_id)
    own, before = mailing.results[0], mailing.content

    with transaction() as writing:
        found = writing.get_one(Mailing, mailing_id)
        both = Details(title="Both", list_id=found.list_id, result_ids=(own.id, other_id))
        edit_details(writing, found, both, lock_version=found.lock_version, actor="Ada", now=now)

    letter = load(mailing.content)
    assert {b.result for b in letter.blocks if not isinstance(b, COMMON)} == {own.slug}
    assert {b.result for b in letter.blocks if isinstance(b, COMMON)} == {""}
    assert [each.id for each in without_a_part(mailing, letter)] == [other_id]
    with transaction() as writing:
        found = writing.get_one(Mailing, mailing_id)
        step_edits(writing, found, by=-1, lock_version=found.lock_version, actor="Ada", now=now)
    assert load(mailing.content) == load(before)


def test_preflight_names_results_without_a_part_and_parts_of_others(
    room: MailingFactory, make: Factory, session: Session, now: datetime
) -> None:
    mailing_id = room.mailing()
    other_id = make.result(make.project("TWO"))
    with transaction() as writing:
        writing.add(MailingResult(mailing_id=mailing_id, result_id=other_id, position=1))
        found = writing.get_one(Mailing, mailing_id)
        found.content = dump(blocks.belong(load(found.content), "b1", "gone"))
    mailing = session.get_one(Mailing, mailing_id)

    said = [found.message for found in check(session, mailing, **OUTLET, now=now).warnings]

    assert sum("its partners will see no visits" in each for each in said) == 2
    assert any("does not announce" in each for each in said)


def test_the_result_of_a_block_survives_editing_and_the_file(room: MailingFactory) -> None:
    letter = blocks.belong(compose([{"kind": "text", "markdown": "One"}]), "b1", "streets")

    edited = blocks.replace(letter, "b1", {"kind": "text", "markdown": "Two"})

    assert edited.blocks[0].result == "streets"
    assert blocks.duplicate(edited, "b1").blocks[1].result == "streets"
