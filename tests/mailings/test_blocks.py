"""Blocks: a strict document, edited by pure verbs, with complaints people can act on."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.core.errors import NotFound
from outreach.mailings import blocks
from tests.mailings.rendering_kit import BLOCKS

QUOTE = {"kind": "quote", "text": "Everybody gains.", "attribution": "An intermediary"}


def ids(content: blocks.Content) -> list[str]:
    return [block.id for block in content.blocks]


def complaint_about(fields: dict[str, Any]) -> blocks.Complaint:
    with pytest.raises(blocks.BadContent) as caught:
        blocks.make_block(fields)
    return caught.value.complaints[0]


def taken_or_refused(data: dict[str, Any]) -> blocks.Content | blocks.BadContent:
    try:
        return blocks.load(data)
    except blocks.BadContent as refused:
        return refused


def test_a_document_comes_back_from_the_database_as_it_went_in() -> None:
    content = blocks.compose(BLOCKS.values())

    stored = blocks.dump(content)

    assert blocks.load(stored) == content
    assert stored["version"] == 1
    assert [block["kind"] for block in stored["blocks"]] == list(blocks.NAMES)


def test_nothing_stored_yet_is_an_empty_letter() -> None:
    assert blocks.load({}).blocks == ()


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"kind": "headline", "text": " \n "}, "headline: write the headline"),
        ({"kind": "text"}, "text: write something, or remove the block"),
        ({"kind": "quote", "text": "x"}, "quote: write who said it"),
        ({"kind": "relevance", "lead": "x", "points": []}, "relevance: add at least one point"),
        (
            {"kind": "calls_to_action", "items": []},
            "calls to action: add at least one call to action",
        ),
        (
            {"kind": "calls_to_action", "items": [{"label": "", "target": "document:x"}]},
            "calls to action: write what the button says",
        ),
        (
            {"kind": "picture", "source": "file:1", "alt": ""},
            "picture: describe the picture for people who do not see it",
        ),
        (
            {"kind": "acknowledgement"},
            "acknowledgement: choose the project to acknowledge",
        ),
        (
            {"kind": "headline", "text": "x" * 201},
            "headline: shorten the text to at most 200 characters",
        ),
        (
            {"kind": "relevance", "lead": "x", "points": ["x"] * 13},
            "relevance: keep at most 12 of the points",
        ),
        ({"kind": "divider", "size": 2}, "divider: remove “size”, which this block does not have"),
        (
            {"kind": "headline", "text": "Dear {nmae|you}"},
            "headline: there is no merge field {nmae}; known are "
            "{name|…}, {first_name|…}, {organisation|…}, {role|…}",
        ),
    ],
)
def test_a_complaint_says_what_to_do(fields: dict[str, Any], complaint: str) -> None:
    assert str(complaint_about(fields)) == complaint


def test_a_complaint_names_the_place_in_the_letter() -> None:
    stored = blocks.dump(blocks.compose([QUOTE, QUOTE, QUOTE]))
    stored["blocks"][2]["attribution"] = ""

    with pytest.raises(blocks.BadContent) as caught:
        blocks.load(stored)

    assert str(caught.value) == "Block 3, quote: write who said it."


def test_a_complaint_names_the_field_of_the_form() -> None:
    items = [{"label": "View", "target": "document:brief"}, {"label": "Go", "target": "nowhere"}]

    complaint = complaint_about({"kind": "calls_to_action", "items": items})

    assert complaint.field == "items.2.target"
    assert "document:policy-brief" in complaint.remedy


def test_a_wrong_entry_is_not_also_called_a_missing_one() -> None:
    with pytest.raises(blocks.BadContent) as caught:
        blocks.make_block({"kind": "calls_to_action", "items": [{"label": "", "target": "file:1"}]})

    assert [each.field for each in caught.value.complaints] == ["items.1.label", "items.1.target"]


def test_an_unknown_version_is_refused() -> None:
    with pytest.raises(blocks.BadContent):
        blocks.load({"version": 2, "blocks": []})


def test_two_blocks_never_share_an_id() -> None:
    with pytest.raises(blocks.BadContent, match="id of its own"):
        blocks.load({"blocks": [{"kind": "divider", "id": "b1"}, {"kind": "divider", "id": "b1"}]})


def test_a_new_block_goes_last_or_where_it_is_put() -> None:
    content = blocks.compose([QUOTE, QUOTE])

    content = blocks.add(blocks.add(content, QUOTE), QUOTE, at=1)

    assert ids(content) == ["b1", "b4", "b2", "b3"]


def test_an_id_never_comes_back() -> None:
    content = blocks.remove(blocks.compose([QUOTE, QUOTE]), "b2")

    content = blocks.add(content, QUOTE)

    assert ids(content) == ["b1", "b3"]


@pytest.mark.parametrize(
    ("where", "order"),
    [
        ({"by": -1}, ["b2", "b1", "b3"]),
        ({"by": 1}, ["b1", "b3", "b2"]),
        ({"by": -9}, ["b2", "b1", "b3"]),
        ({"to": 0}, ["b2", "b1", "b3"]),
        ({"to": 99}, ["b1", "b3", "b2"]),
    ],
)
def test_a_block_moves_within_the_letter(where: dict[str, int], order: list[str]) -> None:
    content = blocks.compose([QUOTE, QUOTE, QUOTE])

    assert ids(blocks.move(content, "b2", **where)) == order


def test_a_copy_stands_behind_its_original_under_a_new_id() -> None:
    content = blocks.duplicate(blocks.compose([QUOTE, {"kind": "divider"}]), "b1")

    first, second, _ = content.blocks
    assert ids(content) == ["b1", "b3", "b2"]
    assert first.model_dump(exclude={"id"}) == second.model_dump(exclude={"id"})


def test_a_block_written_anew_keeps_its_id_and_place() -> None:
    content = blocks.replace(blocks.compose([QUOTE, QUOTE]), "b1", {"kind": "divider"})

    assert ids(content) == ["b1", "b2"]
    assert content.blocks[0].kind == "divider"


def test_editing_leaves_the_given_content_alone() -> None:
    content = blocks.compose([QUOTE])

    blocks.add(content, QUOTE)
    blocks.remove(content, "b1")

    assert ids(content) == ["b1"]


def test_a_block_that_is_gone_cannot_be_edited() -> None:
    content = blocks.compose([QUOTE])

    with pytest.raises(NotFound, match="no longer there"):
        blocks.move(content, "b9", by=1)


def test_a_letter_has_an_end() -> None:
    content = blocks.compose([QUOTE] * blocks.MOST_BLOCKS)

    with pytest.raises(blocks.BadContent, match="at most 60"):
        blocks.add(content, QUOTE)


def test_documents_named_by_slug_can_be_named_by_id() -> None:
    slug, key = blocks.parse_target("document:policy-brief"), blocks.parse_target("document:7")
    content = blocks.compose([BLOCKS["calls_to_action"]])

    renamed = blocks.retarget(content, {slug: key})

    assert content.targets[0] == slug
    assert renamed.targets[0] == key
    assert renamed.targets[1:] == content.targets[1:]


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from([*BLOCKS]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["kind", "id", "text", "items", "points", "lead", "blocks", "label"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(json_like, json_like)
def test_whatever_is_stored_is_taken_or_refused_in_words(data: Any, more: Any) -> None:
    outcome = taken_or_refused({"blocks": data, "last": more} if more else {"blocks": data})

    if isinstance(outcome, blocks.BadContent):
        assert outcome.complaints
        assert all(complaint.remedy for complaint in outcome.complaints)
    else:
        assert blocks.load(blocks.dump(outcome)) == outcome


@given(st.lists(st.tuples(st.sampled_from("armdc"), st.integers(0, 6)), max_size=25))
def test_any_editing_leaves_a_sound_document(steps: list[tuple[str, int]]) -> None:
    content = blocks.compose([QUOTE])

    for verb, number in steps:
        here = content.blocks[number % len(content.blocks)].id if content.blocks else ""
        if verb == "a" or not here:
            content = blocks.add(content, QUOTE, at=number)
        elif verb == "r":
            content = blocks.remove(content, here)
        elif verb == "m":
            content = blocks.move(content, here, by=number - 3)
        elif verb == "d":
            content = blocks.duplicate(content, here)
        else:
            content = blocks.replace(content, here, {"kind": "divider"})

    assert blocks.load(blocks.dump(content)) == content
