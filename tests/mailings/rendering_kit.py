"""The reference letter, contexts to render with, and a reader of letters; for tests of rendering.

`python -m tests.mailings.rendering_kit` writes the golden files anew: look at the difference before
you keep it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import outreach
from outreach.mail.slots import CLOSE, OPEN
from outreach.mailings import rendering
from outreach.mailings.blocks import Content, compose
from outreach.mailings.markdown import parse

BASE = "https://outreach.example.org"
GOLDEN = Path(__file__).parent / "golden"
EXAMPLE = Path(outreach.__file__).parent / "mailings" / "example.md"
VOID = frozenset({"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})

CONTEXT = rendering.RenderContext(
    language="en",
    title="Socially smart cities",
    preheader="A policy brief, a report and whom to ask",
    base_address=BASE,
    frame=rendering.Frame(
        list_name="Smart Urban Futures",
        organisation="Urban Europe Network",
        postal_address="Example Street 1, 1090 Vienna, Austria",
    ),
    reader=rendering.Reader(
        role="policy-maker",
        preferences_address=f"{BASE}/preferences/Pp0",
        unsubscribe_address=f"{BASE}/u/Uu0",
    ),
    links=rendering.PlainLinks(),
    ask_address=f"{BASE}/ask?mailing=socially-smart-cities",
    faq_address=f"{BASE}/results/socially-smart-cities#faq",
    question_address="questions@outreach.example.org",
    web_address=f"{BASE}/mailings/socially-smart-cities",
    documents={
        "policy-brief": rendering.DocumentTarget(
            title="Smart urban intermediaries: people who make a difference",
            kind_label="Policy brief",
            address=f"{BASE}/t/d/site/1",
            page_address=f"{BASE}/documents/policy-brief",
            is_file=True,
            format="PDF",
            size="1.2 MB",
            language="English",
            document_id=1,
            version_id=11,
        ),
        "report": rendering.DocumentTarget(
            title="Smart urban intermediaries: the final report",
            kind_label="Report",
            address="https://elsewhere.example.net/report.pdf",
            page_address=f"{BASE}/documents/report",
            is_file=False,
            format="PDF",
            language="English",
            document_id=2,
            version_id=12,
        ),
    },
    pages={
        "project/smarturbi": rendering.PageTarget(title="SmartUrbI", address=f"{BASE}/results/s")
    },
    pictures={"12": f"{BASE}/pictures/12.jpg"},
    covers={"policy-brief": f"{BASE}/pictures/cover.png"},
    calendar_address=f"{BASE}/mailings/socially-smart-cities",
    acknowledgements={
        "smarturbi": "SmartUrbI is supported by JPI Urban Europe under the ERA-NET Cofund "
        "Smart Urban Futures (ENSUF) call."
    },
)

SENDING = replace(
    CONTEXT, links=rendering.TrackedLinks(BASE), reader=rendering.Reader.in_slots(BASE)
)

BLOCKS: Mapping[str, Mapping[str, Any]] = {
    "headline": {
        "kind": "headline",
        "text": "What makes a city socially smart",
        "intro": "Good morning, {first_name|dear reader}: here is what we found.",
    },
    "text": {
        "kind": "text",
        "markdown": "### Small heading\n\nA **strong** and an *emphasised* word, "
        "[a link](https://elsewhere.example.net/a?b=1&c=2) and <https://example.com/>.\n\n"
        "- one\n- two\n  1. two and one\n\nThe end.",
    },
    "relevance": {"kind": "relevance", "lead": "For whoever asks", "points": ["how", "why & when"]},
    "quote": {"kind": "quote", "text": "“Everybody gains.”", "attribution": "An intermediary"},
    "calls_to_action": {
        "kind": "calls_to_action",
        "items": [
            {"label": "View the policy brief", "target": "document:policy-brief"},
            {"label": "View the report", "target": "document:report"},
            {"label": "Learn about the project", "target": "page:project/smarturbi"},
            {"label": "Visit the network", "target": "address:https://example.net/"},
        ],
    },
    "picture": {
        "kind": "picture",
        "source": "file:12",
        "alt": "Two neighbours at a table",
        "caption": "Photo: the project",
    },
    "acknowledgement": {"kind": "acknowledgement", "project": "smarturbi"},
    "faq_link": {"kind": "faq_link", "label": "Read the questions we are asked most often"},
    "ask_us": {"kind": "ask_us", "text": "Your question is not among them? Ask it here."},
    "divider": {"kind": "divider"},
    "document_card": {
        "kind": "document_card",
        "target": "document:policy-brief",
        "label": "Read the brief",
        "text": "Eight pages, for whoever decides & funds.",
    },
    "columns": {
        "kind": "columns",
        "left": "### For cities\n\nA [plan](https://elsewhere.example.net/plan).",
        "right": "### For funders\n\n- a call\n- a pilot",
    },
    "event": {
        "kind": "event",
        "title": "A talk about go-betweens",
        "starts": "2026-12-01 09:00",
        "ends": "2026-12-01 11:00",
        "zone": "Europe/Brussels",
        "place": "Town hall, Brussels",
        "address": "https://elsewhere.example.net/talk",
        "text": "Coffee from half past eight.",
    },
    "contact": {
        "kind": "contact",
        "name": "Ada Byron",
        "function": "Coordinator",
        "email": "ada@outreach.example.org",
        "phone": "+32 2 000 00 00",
        "text": "She knows the cases.",
        "picture": "file:12",
    },
    "faq": {
        "kind": "faq",
        "items": [
            {"slug": "who-pays", "question": "Who pays for it?", "answer": "**Cities** do."},
            {"slug": "how-long", "question": "How long?", "answer": "Two years, at least."},
        ],
        "label": "All questions",
    },
    "spacer": {"kind": "spacer", "size": "large"},
}


def reference() -> Content:
    """The whole reference letter, as the packaged example has it."""
    return parse(EXAMPLE.read_text(encoding="utf-8")).content


def letter_of(*blocks: Mapping[str, Any], **changes: Any) -> rendering.RenderedLetter:
    """A letter of these blocks."""
    return rendering.render(compose(blocks), replace(CONTEXT, **changes))


@dataclass
class Element:
    """An element of a letter, with the elements around it."""

    tag: str
    attributes: dict[str, str]
    parent: "Element | None" = None
    text: str = ""
    """The text directly inside it."""

    @property
    def style(self) -> dict[str, str]:
        pairs = (rule.partition(":") for rule in self.attributes.get("style", "").split(";"))
        return {name.strip(): value.strip() for name, _, value in pairs if name.strip()}

    def up(self) -> Iterator["Element"]:
        """The element itself and all around it, from the inside out."""
        element: Element | None = self
        while element:
            yield element
            element = element.parent


class Letter(HTMLParser):
    """Reads a letter's HTML and complains about tags that are not closed where they should be."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self.faults: list[str] = []
        self._open: list[Element] = []
        self.feed(html)
        self.close()
        self.faults += [f"<{element.tag}> is never closed" for element in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        parent = self._open[-1] if self._open else None
        element = Element(tag, {name: value or "" for name, value in attrs}, parent)
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1].tag != tag:
            self.faults.append(f"</{tag}> closes nothing at {self.getpos()}")
        else:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open:
            self._open[-1].text += data

    def all(self, tag: str) -> list[Element]:
        return [element for element in self.elements if element.tag == tag]

    @property
    def tags(self) -> set[str]:
        return {element.tag for element in self.elements}

    @property
    def hrefs(self) -> list[str]:
        return [element.attributes.get("href", "") for element in self.all("a")]

    @property
    def words(self) -> str:
        """All text that can be seen."""
        shown = (each for each in self.elements if each.tag not in {"style", "title", "xml"})
        return " ".join(" ".join(each.text for each in shown).split())


def addresses_of(text: str) -> set[str]:
    """The web and mail addresses that stand in a text part, slots included."""
    pattern = (
        rf"https?://[^\s<>{OPEN}]*(?:{OPEN}[^{CLOSE}]*{CLOSE}[^\s<>{OPEN}]*)*|[\w.+-]+@[\w.-]+\w"
    )
    return set(re.findall(pattern, text))


def fragment(html: str) -> str:
    """The first block of a letter, a tag a line, for golden files."""
    start = re.search(r'<div class="[^"]*\bz\b[^"]*"', html)
    if not start:
        return ""
    depth, end = 0, start.start()
    for match in re.finditer("<(/?)div[^>]*>", html[start.start() :]):
        depth += -1 if match[1] else 1
        end = start.start() + match.end()
        if depth == 0:
            break
    return readable(html[start.start() : end])


def readable(html: str) -> str:
    """The same HTML with a line for each tag, so that a change can be read."""
    return html.replace("><", ">\n<") + "\n"


def visible(text: str) -> str:
    """The same text with its slots in brackets one can see."""
    return text.replace(OPEN, "⟦").replace(CLOSE, "⟧")


def golden_files() -> dict[str, str]:
    """Every golden file by its path below `golden/`, as it is today."""
    files: dict[str, str] = {}
    for kind, fields in BLOCKS.items():
        letter = letter_of(fields)
        files[f"blocks/{kind}.html"] = fragment(letter.html)
        files[f"blocks/{kind}.txt"] = letter.text.split("\n" + "-" * 78)[1].strip("-\n") + "\n"
    whole = rendering.render(reference(), SENDING)
    files |= {"letter.html": readable(whole.html), "letter.txt": whole.text}
    return {name: visible(text) for name, text in files.items()}


def _write_golden_files() -> None:
    for name, text in golden_files().items():
        path = GOLDEN / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    _write_golden_files()
