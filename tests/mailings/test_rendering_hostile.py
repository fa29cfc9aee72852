"""Any text in any field: nothing breaks, no markup gets through, no slot is made (S8, S15)."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.mail.slots import split_slots
from outreach.mailings import blocks, rendering
from tests.mailings.rendering_kit import (
    BASE,
    CONTEXT,
    SENDING,
    Letter,
    addresses_of,
    letter_of,
)

NASTY = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "</mj-text></mj-column></mj-section></mj-body></mjml>",
    "<mj-raw><b>raw</b></mj-raw>",
    "<mj-include path='/etc/passwd' />",
    "{{ 7*7 }}{% include 'frame.mjml' %}{# x #}",
    "${7*7}#{7*7}<%= 7*7 %>",
    "]]><![CDATA[<b>",
    "--><b>bold</b><!--",
    "<!--[if mso]><b>mso</b><![endif]-->",
    "<style>*{color:red}</style>",
    "[x](javascript:alert(1)) ![i](https://evil.example/p.gif)",
    "[x](https://e.org/\"onmouseover='x')",
    "<https://evil.example/><a href='https://evil.example'>",
    "\ue000measure\ue001 \ue000",
    "&#57344;measure&#57345; &lt;b&gt; &amp;amp; &bogus; &#0; &#xD800;",
    "back\\slash \\u{e000} \x00\x1b\x85\u2028\u202e\ufeff",
    "e\u0301 👩‍🔬 ﷽ \U0001f1e6\u200d \U000e0001 \U0010ffff",
    "{name|{name|x}} {name|<b>} {role} {first_name|a&b}",
    "# h\n> q\n```\ncode\n```\n---\n1. x\n- - y\n\n    indented",
)
text = st.one_of(
    st.sampled_from(NASTY),
    st.text(max_size=40),
    st.lists(st.sampled_from(NASTY), min_size=2, max_size=3).map(" ".join),
)
ALLOWED = {
    *("html", "head", "title", "meta", "style", "body", "div", "table", "tbody", "tr", "td"),
    *("p", "h1", "h2", "ul", "ol", "li", "a", "strong", "em", "br", "span", "blockquote", "img"),
}


@st.composite
def contents(draw: st.DrawFn) -> blocks.Content:
    """A letter whose every text is hostile, without what validation refuses."""
    content = blocks.Content()
    for fields in (
        {"kind": "headline", "text": draw(text), "intro": draw(text)},
        {"kind": "text", "markdown": draw(text)},
        {"kind": "relevance", "lead": draw(text), "points": [draw(text)]},
        {"kind": "quote", "text": draw(text), "attribution": draw(text)},
        {
            "kind": "calls_to_action",
            "items": [
                {"label": draw(text), "target": "document:policy-brief"},
                {"label": draw(text), "target": "page:project/smarturbi"},
            ],
        },
        {"kind": "picture", "source": "file:12", "alt": draw(text), "caption": draw(text)},
        {"kind": "faq_link", "label": draw(text)},
        {"kind": "ask_us", "text": draw(text)},
        {"kind": "acknowledgement", "project": "smarturbi"},
    ):
        try:
            content = blocks.add(content, fields)
        except blocks.BadContent:
            continue
    return content


@st.composite
def contexts(draw: st.DrawFn) -> rendering.RenderContext:
    """A context whose every word is hostile."""
    frame = replace(
        CONTEXT.frame,
        list_name=draw(text),
        organisation=draw(text),
        postal_address=draw(text),
        why=draw(text),
        accent=draw(text),
        logo_address=f"{BASE}/logo.png",
    )
    document = replace(
        CONTEXT.documents["policy-brief"],
        title=draw(text),
        kind_label=draw(text),
        format=draw(text),
        size=draw(text),
        language=draw(text),
    )
    return replace(
        SENDING,
        title=draw(text),
        preheader=draw(text),
        frame=frame,
        documents={"policy-brief": document},
        acknowledgements={"smarturbi": draw(text)},
        question_address=draw(text),
    )


@given(contents(), contexts())
@settings(max_examples=60, deadline=None)
def test_hostile_text_breaks_nothing_and_lets_nothing_through(
    content: blocks.Content, context: rendering.RenderContext
) -> None:
    letter = rendering.render(content, context)

    page = Letter(letter.html)
    assert page.faults == []
    assert page.tags <= ALLOWED
    assert not [name for each in page.elements for name in each.attributes if name[:2] == "on"]
    assert all(href.startswith((f"{BASE}/", "mailto:")) for href in page.hrefs)
    assert {"src"} == {
        name for each in page.all("img") for name in each.attributes if name in {"src", "srcset"}
    }
    assert all(each.attributes["src"].startswith(f"{BASE}/") for each in page.all("img"))
    assert all(ord(character) >= 32 or character == "\n" for character in letter.text)
    letter.text.encode()
    letter.html.encode()


@given(contents(), contexts())
@settings(max_examples=40, deadline=None)
def test_only_known_slots_stand_in_a_letter(
    content: blocks.Content, context: rendering.RenderContext
) -> None:
    letter = rendering.render(content, context)

    known = {"role", "preferences", "unsubscribe", "measure"}
    known |= {field.slot_name for field in letter.merge_fields}
    for part in (letter.html, letter.text):
        assert {place.name for place in split_slots(part)[1]} <= known


@given(st.lists(text, max_size=5))
@settings(max_examples=60, deadline=None)
def test_any_markdown_has_the_same_links_in_both_parts(pieces: list[str]) -> None:
    markdown = "\n\n".join(["[a](https://example.net/a) <https://example.net/b>", *pieces])
    try:
        letter = letter_of({"kind": "text", "markdown": markdown})
    except blocks.BadContent:
        return

    followed = {link.address for link in letter.links}
    assert {"https://example.net/a", "https://example.net/b"} <= followed
    assert followed <= set(Letter(letter.html).hrefs)
    assert followed <= addresses_of(letter.text)


@given(text)
@settings(max_examples=60, deadline=None)
def test_typed_words_are_read_as_they_were_typed(typed: str) -> None:
    line = blocks.one_line(typed)
    if not line or len(line) > 200:
        return
    letter = letter_of({"kind": "quote", "text": "x", "attribution": "y"}, title=line)

    assert Letter(letter.html).all("title")[0].text == line
