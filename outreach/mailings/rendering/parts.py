"""A letter with everything resolved: what the HTML and the text part are both written from.

That both are made of the same parts is why they carry the same words and links (M7).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, NewType, Self

from markupsafe import Markup

from outreach.mailings.blocks import one_line
from outreach.mailings.blocks.merge import to_slots

Line = NewType("Line", str)
"""One line that is fit for a letter: cleaned of what users may not write, slots put in by us."""

NOTHING = Line("")


def plain(text: str) -> Line:
    """Make a line of anything users wrote; merge fields stay as they were typed."""
    return Line(one_line(text))


def merged(text: str) -> Line:
    """Make a line of anything users wrote, with slots for its merge fields."""
    return Line(to_slots(one_line(text)))


@dataclass(frozen=True, slots=True)
class Link:
    """Words and where they lead; `detail` stands behind the words in parentheses."""

    label: Line
    href: Line
    detail: Line = NOTHING

    @property
    def words(self) -> str:
        """All it says: "View the policy brief (PDF, 1.2 MB, English)"."""
        return f"{self.label} ({self.detail})" if self.detail else self.label


@dataclass(frozen=True, slots=True)
class HeadlinePart:
    template: ClassVar[str] = "headline"
    text: Line
    intro: Line


@dataclass(frozen=True, slots=True)
class TextPart:
    template: ClassVar[str] = "text"
    html: Markup
    lines: tuple[str, ...]
    """The same as text, wrapped."""


@dataclass(frozen=True, slots=True)
class RelevancePart:
    template: ClassVar[str] = "relevance"
    lead: Line
    points: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class QuotePart:
    template: ClassVar[str] = "quote"
    text: Line
    attribution: Line
    opening: Line
    closing: Line


@dataclass(frozen=True, slots=True)
class Action:
    """A call to action; of a document also its title, its kind and the way to its page."""

    link: Link
    title: Line = NOTHING
    kind: Line = NOTHING
    about: Link | None = None


@dataclass(frozen=True, slots=True)
class ActionsPart:
    template: ClassVar[str] = "actions"
    items: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class PicturePart:
    template: ClassVar[str] = "picture"
    address: Line
    alt: Line
    caption: Line


@dataclass(frozen=True, slots=True)
class Credits:
    """Credit lines of one programme; it is named where there are several programmes."""

    programme: Line
    texts: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class AcknowledgementPart:
    template: ClassVar[str] = "acknowledgement"
    groups: tuple[Credits, ...]

    @classmethod
    def of(cls, credited: Iterable[tuple[str, str]]) -> Self:
        """Gather (programme, words) by programme, each once, in the order of their mention."""
        groups: dict[str, dict[Line, None]] = {}
        for programme, words in credited:
            groups.setdefault(programme, {})[plain(words)] = None
        is_named = len(groups) > 1
        return cls(
            tuple(
                Credits(plain(name) if is_named else NOTHING, tuple(texts))
                for name, texts in groups.items()
            )
        )


@dataclass(frozen=True, slots=True)
class FaqPart:
    template: ClassVar[str] = "faq"
    link: Link


@dataclass(frozen=True, slots=True)
class Mailbox:
    """ "Or write to ask@example.org", cut where the address stands."""

    before: Line
    address: Line
    after: Line


@dataclass(frozen=True, slots=True)
class AskPart:
    template: ClassVar[str] = "ask"
    heading: Line
    text: Line
    link: Link
    mailbox: Mailbox | None


@dataclass(frozen=True, slots=True)
class DividerPart:
    template: ClassVar[str] = "divider"


@dataclass(frozen=True, slots=True)
class CardPart:
    template: ClassVar[str] = "card"
    action: Action
    text: Line
    cover: Line | None
    cover_label: Line


@dataclass(frozen=True, slots=True)
class ColumnsPart:
    template: ClassVar[str] = "columns"
    left: TextPart
    right: TextPart


@dataclass(frozen=True, slots=True)
class EventPart:
    template: ClassVar[str] = "event"
    title: Line
    when: Line
    place: Line
    text: Line
    links: tuple[Link, ...]
    """To sign up, and to put it into one's calendar."""


@dataclass(frozen=True, slots=True)
class ContactPart:
    template: ClassVar[str] = "contact"
    name: Line
    function: Line
    text: Line
    email: Line
    phone: Line
    picture: Line | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A question that was asked before, and its answer."""

    question: Line
    answer: TextPart


@dataclass(frozen=True, slots=True)
class EntriesPart:
    template: ClassVar[str] = "entries"
    items: tuple[Entry, ...]
    link: Link | None


@dataclass(frozen=True, slots=True)
class SpacerPart:
    template: ClassVar[str] = "spacer"
    height: int
    """Pixels."""


Part = (
    HeadlinePart
    | TextPart
    | RelevancePart
    | QuotePart
    | ActionsPart
    | PicturePart
    | AcknowledgementPart
    | FaqPart
    | AskPart
    | DividerPart
    | CardPart
    | ColumnsPart
    | EventPart
    | ContactPart
    | EntriesPart
    | SpacerPart
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The whole letter: the parts and what surrounds them (M3)."""

    language: str
    title: Line
    preheader: Line
    organisation: Line
    postal_address: Line
    imprint: Line
    logo: Line | None
    receive: Line
    not_right: Line
    why: Line
    change: Link
    unsubscribe: Link
    browser: Link | None
    privacy: Link
    measurement: Link
    forward: Link | None
    pixel: Line | None
    parts: tuple[Part, ...]
