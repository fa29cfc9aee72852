"""A mailing's file: what is written can be read again, and what cannot be read is told by line."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.core.text import LANGUAGES
from outreach.mailings import blocks
from outreach.mailings.blocks import merge
from outreach.mailings.markdown import (
    AudienceChoice,
    MailingDraft,
    Schedule,
    UnreadableFile,
    parse,
    write,
)
from outreach.mailings.subject_test import Measure, SubjectLine, SubjectTest
from tests.mailings.rendering_kit import BLOCKS, EXAMPLE

FRONT = "---\ntitle: T\nsubject: S\nlist: news\n---\n"


def refusal(text: str) -> UnreadableFile:
    with pytest.raises(UnreadableFile) as caught:
        parse(text)
    return caught.value


def read_or_refused(text: str) -> MailingDraft | UnreadableFile:
    try:
        return parse(text)
    except UnreadableFile as refused:
        return refused


def kinds(body: str) -> list[str]:
    return [block.kind for block in parse(FRONT + body).content.blocks]


def test_the_example_is_the_whole_reference_case() -> None:
    draft = parse(EXAMPLE.read_text(encoding="utf-8"))

    assert draft.list == "smart-urban-futures"
    assert draft.results == ("socially-smart-cities",)
    assert draft.audience.roles == ("policy-maker", "politician", "ngo", "funder")
    assert draft.schedule == Schedule(local="2026-12-01 09:00", zone="Europe/Brussels")
    assert [block.kind for block in draft.content.blocks] == [
        *("headline", "relevance", "text", "quote", "text", "calls_to_action"),
        *("acknowledgement", "faq_link", "ask_us"),
    ]
    assert [str(target) for target in draft.content.targets] == [
        *("document:policy-brief", "document:report", "page:project/smarturbi"),
    ]
    assert len(next(b for b in draft.content.blocks if isinstance(b, blocks.Relevance)).points) == 4


def test_every_kind_of_block_can_stand_in_a_file() -> None:
    content = blocks.compose(BLOCKS.values())
    draft = MailingDraft(title="T", subject="S", list="news", content=content)

    assert parse(write(draft)) == draft


def test_the_smallest_file_is_an_empty_letter() -> None:
    assert parse(FRONT) == MailingDraft(title="T", subject="S", list="news")


def test_windows_line_ends_and_byte_order_marks_are_read() -> None:
    text = "\ufeff" + (FRONT + "\n# Hi\nthere\n").replace("\n", "\r\n")

    (headline,) = parse(text).content.blocks

    assert isinstance(headline, blocks.Headline)
    assert (headline.text, headline.intro) == ("Hi", "there")


def test_text_needs_no_fence() -> None:
    assert kinds("\nOne.\n\n- two\n\n---\n\n# Three\n\nFour.\n") == [
        *("text", "divider", "headline", "text"),
    ]


def test_a_point_may_go_on_in_the_next_line() -> None:
    body = "::: relevance\nFor\nyou\n- one\n  and more\n- two\n:::\n"

    (block,) = parse(FRONT + body).content.blocks

    assert isinstance(block, blocks.Relevance)
    assert (block.lead, block.points) == ("For you", ("one and more", "two"))


def test_an_address_may_be_a_target() -> None:
    (block,) = parse(FRONT + "::: actions\n- [Go](https://example.org/x)\n:::\n").content.blocks

    assert isinstance(block, blocks.CallsToAction)
    assert block.items[0].target == "address:https://example.org/x"


def test_words_that_yaml_would_change_are_taken_as_they_are() -> None:
    front = FRONT.replace(
        "---\ntitle: T", "---\naudience:\n  countries: [NO, SE]\ntitle: 2026-01-01"
    )

    draft = parse(front)

    assert draft.audience.countries == ("NO", "SE")
    assert draft.title == "2026-01-01"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("Hello", 1, "does not begin with"),
        ("---\ntitle: T\n", 1, "is not closed"),
        ("---\nsubject: S\nlist: x\n---\n", 1, "the title is missing"),
        ("---\ntitle: T\nsubjct: S\n---\n", 3, "Did you mean subject?"),
        ("---\ntitle: T\ntitle: U\n---\n", 3, "twice"),
        ("---\ntitle: a: b\n---\n", 2, "quotes"),
        ("---\ntitle: [T]\n---\n", 2, "one value"),
        ("---\n- title\n---\n", 1, "names are expected"),
        (FRONT.replace("news", "My News"), 4, "Names look like"),
        (FRONT.replace("S\n", "S {nmae|x}\n"), 3, "no merge field {nmae}"),
        (FRONT.replace("list", "language: no\nlist"), 4, "Choose of en, de"),
        (FRONT.replace("list", "audience:\n  countries: [Norway]\nlist"), 5, "look like AT"),
        (FRONT.replace("list", "results: {a: b}\nlist"), 4, "takes a list"),
        (FRONT.replace("list", "schedule:\n  at: tomorrow\nlist"), 5, "2026-12-01 09:00"),
        (
            FRONT.replace("list", "schedule:\n  at: 2026-02-30 09:00\n  zone: UTC\nlist"),
            5,
            "no moment",
        ),
        (
            FRONT.replace("list", "schedule:\n  at: 2026-02-03 09:00\n  zone: ../x\nlist"),
            5,
            "Europe/Brussels",
        ),
        (FRONT.replace("list", "audience:\n  invitation: maybe\nlist"), 5, "yes or no"),
        (FRONT.replace("list", "audience:\n  languages: [German]\nlist"), 5, "look like de"),
        (FRONT.replace("list", f"audience:\n  segments: [{'x' * 121}]\nlist"), 5, "too long"),
        (FRONT.replace("list", "subject-test:\n  subjects: [S]\nlist"), 4, "are the same"),
        (FRONT.replace("list", "subject-test:\n  share: 3\nlist"), 4, "share is 5 to 90"),
        (
            FRONT.replace("list", "subject-test:\n  subjects: 'A {nmae|x}'\nlist"),
            4,
            "no merge field",
        ),
        ("---\na: &x 1\nb: *x\n---\n", 2, "anchors"),
        ("---\nresults: [[[[[[1]]]]]]\n---\n", 2, "nested too deeply"),
        ("---\n" + "[" * 9_000 + "\n---\n", 2, "nested too deeply"),
        ("---\ntitle: !!python/object:os.system x\n---\n", 1, "subject is missing"),
        ("---\ntitle: \x00\n---\n", 1, "cannot stand in a file"),
        ("---\ntitle: " + "x" * 17_000 + "\n---\n", 1, "far too long"),
        ("---\ntitle: " + "x" * 201 + "\n---\n", 2, "too long"),
        ("x" * 300_001, 1, "too long for a letter"),
        (FRONT + "\n::: quote\n> x\n:::\n", 7, "Quote: write who said it"),
        (FRONT + "\n::: quote\nx\n:::\n", 8, "who said it with"),
        (FRONT + "\n::: quote\n> x\n", 7, "End it with a line of “:::”"),
        (FRONT + "\n:::\n", 7, "closes nothing"),
        (FRONT + "\n::: banner\n:::\n", 7, "relevance, quote, actions"),
        (FRONT + "\n::: actions\n- View\n:::\n", 8, "What it says"),
        (FRONT + "\n::: actions\n- [View](brief)\n:::\n", 7, "document:policy-brief"),
        (FRONT + "\n::: picture\nx\n:::\n", 8, "What it shows"),
        (FRONT + "\n---" * 61, 67, "at most 60 blocks"),
    ],
)
def test_a_refusal_names_the_line_and_the_remedy(text: str, line: int, words: str) -> None:
    error = refusal(text)

    assert words in str(error)
    assert str(error).startswith(f"Line {line}: ")


raw = st.text(
    alphabet=st.one_of(
        st.characters(codec="utf-8", max_codepoint=0x2FFF),
        st.sampled_from("\n\n:#->*[]()\\—{}|'\"`!&"),
    ),
    min_size=1,
    max_size=60,
)


def is_known(text: str) -> bool:
    try:
        return bool(merge.check(text))
    except ValueError:
        return False


line = raw.map(blocks.one_line).filter(is_known)
several = raw.map(blocks.several_lines).filter(is_known)
maybe = st.just("") | line
slug = st.from_regex(r"[a-z0-9]{1,5}(-[a-z0-9]{1,5}){0,2}", fullmatch=True)
target = st.one_of(
    slug.map("document:{}".format),
    slug.map("page:project/{}".format),
    st.sampled_from(["address:https://example.org/a?b=(c)", "address:http://example.net/"]),
)
block = st.one_of(
    st.fixed_dictionaries({"kind": st.just("headline"), "text": line, "intro": maybe}),
    st.fixed_dictionaries({"kind": st.just("text"), "markdown": several}),
    st.fixed_dictionaries(
        {
            "kind": st.just("relevance"),
            "lead": line,
            "points": st.lists(line, min_size=1, max_size=3),
        }
    ),
    st.fixed_dictionaries({"kind": st.just("quote"), "text": line, "attribution": line}),
    st.fixed_dictionaries(
        {
            "kind": st.just("calls_to_action"),
            "items": st.lists(
                st.fixed_dictionaries({"label": line, "target": target}), min_size=1, max_size=3
            ),
        }
    ),
    st.fixed_dictionaries(
        {
            "kind": st.just("picture"),
            "source": st.sampled_from(["file:7", "address:https://example.org/p.png"]),
            "alt": line,
            "caption": maybe,
        }
    ),
    st.fixed_dictionaries({"kind": st.just("acknowledgement"), "project": slug}),
    st.fixed_dictionaries({"kind": st.just("faq_link"), "label": line}),
    st.fixed_dictionaries({"kind": st.just("ask_us"), "text": line}),
    st.just({"kind": "divider"}),
    st.fixed_dictionaries({"kind": st.just("columns"), "left": line, "right": line}),
    st.just({"kind": "spacer", "size": "large"}),
)
names = st.lists(line, max_size=2).map(tuple)
slugs = st.lists(slug, max_size=3, unique=True).map(tuple)
drafts = st.builds(
    MailingDraft,
    title=line,
    subject=maybe,
    preheader=maybe,
    list=slug,
    language=st.sampled_from(LANGUAGES),
    results=slugs,
    audience=st.builds(
        AudienceChoice,
        roles=slugs,
        levels=slugs,
        countries=st.lists(st.sampled_from(["NO", "AT", "DK"]), unique=True).map(tuple),
        languages=st.lists(st.sampled_from(["no", "de", "pt-BR"]), unique=True).map(tuple),
        segments=names,
        not_roles=slugs,
        not_segments=names,
        not_mailings=slugs,
        is_invitation=st.booleans(),
    ),
    test=st.none()
    | st.builds(
        SubjectTest,
        others=st.lists(
            st.builds(SubjectLine, subject=maybe, preheader=maybe), min_size=1, max_size=2
        ).map(tuple),
        share=st.integers(5, 90),
        measure=st.sampled_from(Measure),
        hours=st.integers(1, 168),
        is_by_hand=st.booleans(),
    ),
    schedule=st.none() | st.just(Schedule(local="2026-12-01 09:00", zone="Europe/Brussels")),
    content=st.lists(block, max_size=5).map(blocks.compose),
).filter(lambda draft: not draft.test or not draft.test.has_twins(draft.subject, draft.preheader))


@given(drafts)
@settings(max_examples=150, deadline=None)
def test_what_is_written_reads_the_same(draft: MailingDraft) -> None:
    assert parse(write(draft)) == draft


@given(st.text(max_size=200) | st.text(max_size=200).map(lambda body: FRONT + body))
@settings(deadline=None)
def test_any_text_is_read_or_refused_with_a_line(text: str) -> None:
    outcome = read_or_refused(text)

    if isinstance(outcome, UnreadableFile):
        assert outcome.line >= 1
    else:
        assert parse(write(outcome)) == outcome


def test_a_written_file_keeps_no_ids_of_blocks() -> None:
    content = blocks.remove(blocks.compose([BLOCKS["divider"], BLOCKS["quote"]]), "b1")
    draft = MailingDraft(title="T", subject="S", list="news", content=content)

    assert parse(write(draft)) == replace(draft, content=blocks.compose([BLOCKS["quote"]]))


def test_variants_and_translations_survive_a_file() -> None:
    content = blocks.compose([BLOCKS["headline"], BLOCKS["divider"], BLOCKS["quote"]])
    content = blocks.say_otherwise(blocks.remove(content, "b2"), "b3", "politician")
    content = blocks.translate(content, "b1", "de", {**BLOCKS["headline"], "text": "Auf Deutsch"})
    content = blocks.entitle(blocks.speak(content, ["de"]), "de", {"subject": "Betreff"})

    read = parse(write(MailingDraft(title="T", subject="S", list="news", content=content))).content

    assert [block.instead_of for block in read.blocks] == ["", "", "b2"]
    assert read.blocks[2].roles == ("politician",)
    assert read.blocks[0].texts == {"de": {"text": "Auf Deutsch"}}
    assert read.languages == ("de",)
    assert read.lines["de"].subject == "Betreff"


@pytest.mark.parametrize("body", ["[1]", "{", '{"id": "b1", "kind": "divider"}', "[" * 5000])
def test_data_that_is_no_block_is_refused_with_its_line(body: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        parse(f"{FRONT}::: data\n{body}\n:::\n")

    assert refused.value.line > 1
