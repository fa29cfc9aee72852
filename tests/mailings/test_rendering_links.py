"""Links are numbered as they are read; slots stand where recipients differ and nowhere else."""

from dataclasses import replace

import pytest

from outreach.mail.slots import SlotKind, slot, split_slots
from outreach.mailings import rendering
from tests.mailings.rendering_kit import (
    BASE,
    BLOCKS,
    CONTEXT,
    SENDING,
    Letter,
    letter_of,
    reference,
)


@pytest.fixture(scope="module")
def letter() -> rendering.RenderedLetter:
    """The reference letter as it is sent, with slots."""
    return rendering.render(reference(), SENDING)


def test_a_document_of_ours_is_opened_itself_and_leads_to_its_page() -> None:
    letter = letter_of(BLOCKS["calls_to_action"])

    brief, about, report, _, project, network = letter.links
    assert "View the policy brief (PDF, 1.2\u00a0MB, English)" in letter.text
    assert (brief.kind, brief.document_id, brief.version_id) == ("download", 1, 11)
    assert (about.label, about.address) == ("About this brief", f"{BASE}/documents/policy-brief")
    assert (report.kind, report.document_id) == ("click", 2)
    assert (project.kind, project.address) == ("click", f"{BASE}/results/s")
    assert network.address == "https://example.net/"


def test_links_are_numbered_as_they_are_read_and_by_place() -> None:
    same = {"kind": "text", "markdown": "[one](https://example.net/) [two](https://example.net/)"}

    letter = letter_of(same, BLOCKS["faq_link"], same)

    assert [link.number for link in letter.links] == [1, 2, 3, 4, 5]
    assert [link.block_id for link in letter.links] == ["b1", "b1", "b2", "b3", "b3"]
    assert [link.label for link in letter.links[:2]] == ["one", "two"]


def test_sent_links_lead_through_tracking_addresses(letter: rendering.RenderedLetter) -> None:
    token = slot("measure", SlotKind.URL)
    hrefs = Letter(letter.html).hrefs

    assert f"{BASE}/t/d/{token}/1" in hrefs
    assert f"{BASE}/t/c/{token}/2" in hrefs
    assert not [href for href in hrefs if "elsewhere.example.net" in href]
    assert letter.links[2].address == "https://elsewhere.example.net/report.pdf"


def test_the_ways_out_are_never_tracked(letter: rendering.RenderedLetter) -> None:
    addresses = {link.address for link in letter.links}

    assert not [each for each in addresses if "/u/" in each or "/preferences/" in each]


def test_an_ask_address_with_a_token_of_its_own_is_not_tracked() -> None:
    address = f"{BASE}/ask?via={slot('ask', SlotKind.URL)}"

    letter = letter_of(BLOCKS["ask_us"], ask_address=address, links=rendering.TrackedLinks(BASE))

    assert letter.links == ()
    assert address in Letter(letter.html).hrefs
    assert address in letter.text


def test_the_pixel_is_the_last_thing_in_a_sent_letter(letter: rendering.RenderedLetter) -> None:
    last = Letter(letter.html).elements[-1]

    assert last.tag == "img"
    assert last.attributes["src"] == f"{BASE}/t/o/{slot('measure', SlotKind.URL)}.gif"
    assert last.attributes["alt"] == ""


def test_a_preview_measures_nothing() -> None:
    letter = rendering.render(reference(), CONTEXT)

    assert Letter(letter.html).all("img") == []
    assert split_slots(letter.html)[1] == []
    assert "/t/c/" not in letter.html


def test_merge_fields_become_slots_in_both_parts() -> None:
    letter = letter_of(BLOCKS["headline"], preheader="For {role|you}, {unknown}")

    names = {place.name for place in split_slots(letter.html)[1]}
    fields = {field.slot_name: field for field in letter.merge_fields}
    assert {field.fallback for field in letter.merge_fields} == {"dear reader", "you"}
    assert names == set(fields)
    assert {place.name for place in split_slots(letter.text)[1]} < names
    assert "{unknown}" in letter.html


def test_no_address_takes_a_merge_field() -> None:
    letter = letter_of({"kind": "text", "markdown": "[a](https://example.net/{name|x})"})

    assert split_slots(letter.html)[1] == []
    assert letter.links[0].address == "https://example.net/%7Bname%7Cx%7D"


def test_slots_come_only_from_us() -> None:
    inside = "\ue000url:unsubscribe\ue001"
    frame = replace(
        CONTEXT.frame, list_name=f"List {inside}", organisation=inside, postal_address=inside
    )
    document = replace(CONTEXT.documents["report"], title=inside, address=f"https://e.org/{inside}")

    letter = letter_of(
        {"kind": "text", "markdown": f"{inside} [x](https://e.org/{inside})"},
        BLOCKS["calls_to_action"],
        frame=frame,
        title=inside,
        documents={**CONTEXT.documents, "report": document},
    )

    assert split_slots(letter.html)[1] == []
    assert split_slots(letter.text)[1] == []
