"""What rendering takes and gives: frozen values, so that compiling twice gives the same bytes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from outreach.mail.slots import SlotKind, slot
from outreach.mailings.blocks.merge import MergeField


class LinkKind(StrEnum):
    """What following a link means."""

    CLICK = "click"
    DOWNLOAD = "download"
    """It opens a file of ours; a document at another site is a click, never a download."""


TRIED = "test=yes"
"""Part of a query: whoever comes by it tries a letter, and is counted nowhere."""


class LinkPlan(Protocol):
    """How links are written: plainly for previews and tests, or through tracking addresses."""

    def href(self, kind: LinkKind, number: int, address: str) -> str:
        """Return what stands in the letter for link `number` to `address`."""

    def web(self, address: str) -> str:
        """Return what stands in the letter for its own web version at `address`."""

    def pixel(self) -> str | None:
        """Return the address of the picture that records an opening; None for no picture."""


@dataclass(frozen=True, slots=True)
class PlainLinks:
    """Every link leads straight to where it leads; nothing is measured."""

    def href(self, kind: LinkKind, number: int, address: str) -> str:
        """Return the address itself."""
        return address

    def web(self, address: str) -> str:
        """Return the address itself."""
        return address

    def pixel(self) -> str | None:
        """Return no picture."""
        return None


@dataclass(frozen=True, slots=True)
class TriedLinks(PlainLinks):
    """As plain ones, for tests and previews: what is got on our own pages counts nowhere."""

    base_url: str

    def href(self, kind: LinkKind, number: int, address: str) -> str:
        """Return the address, of a page of ours with word that this is a try."""
        return self.web(address) if address.startswith(f"{self.base_url}/") else address

    def web(self, address: str) -> str:
        """Return an address of ours with word that this is a try."""
        page, mark, place = address.partition("#")
        return f"{page}{'&' if '?' in page else '?'}{TRIED}{mark}{place}"


@dataclass(frozen=True, slots=True)
class TrackedLinks:
    """Links through `/t/…`, with a slot for the letter's measure token."""

    base_address: str
    """Our own address without a slash at its end: https://outreach.example.org."""

    def href(self, kind: LinkKind, number: int, address: str) -> str:
        """Return `/t/c/<token>/<number>`, or `/t/d/…` for a file of ours."""
        verb = "d" if kind is LinkKind.DOWNLOAD else "c"
        return f"{self.base_address}/t/{verb}/{slot('measure', SlotKind.URL)}/{number}"

    def web(self, address: str) -> str:
        """Return `/t/w/<token>`, asking for the same edition (`?lang=de`, `?line=B`)."""
        _, mark, edition = address.partition("?")
        return f"{self.base_address}/t/w/{slot('measure', SlotKind.URL)}{mark}{edition}"

    def pixel(self) -> str | None:
        """Return `/t/o/<token>.gif`."""
        return f"{self.base_address}/t/o/{slot('measure', SlotKind.URL)}.gif"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What surrounds the blocks: who writes, from where, in which colour."""

    list_name: str
    organisation: str
    postal_address: str
    logo_address: str | None = None
    """On our own site; without one the organisation is written out."""
    accent: str = "#0b5d66"
    """#rrggbb; made legible where it is not (contrast of at least 4.5:1)."""
    font: str = "serif"
    """Of headlines: a key of `fonts.FONTS`."""
    imprint: str = ""
    why: str = ""
    """Why people get this, in the letter's language; empty for a general phrase."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Whom the letter addresses; may hold slots, so they are never taken from what users write."""

    role: str
    preferences_address: str
    unsubscribe_address: str

    @classmethod
    def in_slots(cls, base_address: str) -> "Reader":
        """Return the reader of a letter compiled once: slots role, preferences, unsubscribe."""
        return cls(
            role=slot("role"),
            preferences_address=f"{base_address}/preferences/{slot('preferences', SlotKind.URL)}",
            unsubscribe_address=f"{base_address}/u/{slot('unsubscribe', SlotKind.URL)}",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentTarget:
    """A document as a call to action shows it; all labels in the letter's language."""

    title: str
    kind_label: str
    """"policy brief"."""
    address: str
    """Of the file itself when it is ours, else where the document is."""
    page_address: str
    """Of its page on our site."""
    is_file: bool
    format: str = ""
    """"PDF"."""
    size: str = ""
    """"1.2 MB"."""
    language: str = ""
    """"English"."""
    about_label: str = ""
    """"About this brief"; empty for a phrase made of the kind."""
    version: str = ""
    document_id: int | None = None
    version_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageTarget:
    """A page of ours about a project or a result."""

    title: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderContext:
    """Everything a letter is compiled with besides its blocks.

    Addresses are absolute. `documents` are keyed as blocks name them (`document:<key>`), `pages`
    as `project/<slug>` and `result/<slug>`, `pictures` by file id, `acknowledgements` by project.
    """

    language: str
    """ISO 639-1; phrases of the frame follow it, English where we do not know it."""
    title: str
    preheader: str
    """May hold merge fields."""
    base_address: str
    """Our own address without a slash at its end; pictures come from nowhere else (M11)."""
    frame: Frame
    reader: Reader
    links: LinkPlan
    ask_address: str
    faq_address: str
    question_address: str = ""
    """The mailbox for questions, which is also the Reply-To; empty when none is read."""
    web_address: str | None = None
    calendar_address: str = ""
    """Below which `<block id>.ics` gives an event's calendar entry; empty where there is none."""
    documents: Mapping[str, DocumentTarget] = field(default_factory=dict)
    pages: Mapping[str, PageTarget] = field(default_factory=dict)
    pictures: Mapping[str, str] = field(default_factory=dict)
    covers: Mapping[str, str] = field(default_factory=dict)
    """Addresses of documents' covers, keyed as `documents` are."""
    acknowledgements: Mapping[str, str] = field(default_factory=dict)
    programmes: Mapping[str, str] = field(default_factory=dict)
    """What pays for a project, by its slug: credit lines are grouped by it, each stands once.
    Empty in letters frozen before they were grouped, whose bytes stay as they were."""

    @property
    def privacy_address(self) -> str:
        """Where the notice on personal data stands."""
        return f"{self.base_address}/privacy"


@dataclass(frozen=True, slots=True)
class TrackedLink:
    """A numbered link of a letter; the same address at two places has two numbers."""

    number: int
    kind: LinkKind
    address: str
    block_id: str
    label: str
    document_id: int | None = None
    version_id: int | None = None


@dataclass(frozen=True, slots=True)
class RenderedLetter:
    """A letter compiled once, with slots where recipients differ."""

    html: str
    text: str
    links: tuple[TrackedLink, ...]
    merge_fields: tuple[MergeField, ...]
    """What `blocks.merge.fill` needs, besides the fields of the subject."""
    size: int
    """Bytes of the HTML in UTF-8 with every slot filled by something long (M8: ≤ 90 KB)."""
