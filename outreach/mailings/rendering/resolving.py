"""Blocks and their context → parts: targets become addresses, links get numbers, fields slots."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from outreach.mail.slots import OPEN
from outreach.mailings import blocks
from outreach.mailings.rendering import parts
from outreach.mailings.rendering.context import DocumentTarget, LinkKind, RenderContext
from outreach.mailings.rendering.dates import when
from outreach.mailings.rendering.framing import own_picture, sheet_of
from outreach.mailings.rendering.links import LinkBook, Unrenderable
from outreach.mailings.rendering.parts import NOTHING, Line, Link, merged, plain
from outreach.mailings.rendering.prose import prose
from outreach.mailings.rendering.words import about, phrase

T = TypeVar("T")
# Nothing a mail program would read as a second recipient, a subject or a text.
_MAILBOX = re.compile(r"[^\s@<>\"?&%,;]+@[\w.-]+")
_QUOTES = '“”„«»"'


def resolve(content: blocks.Content, context: RenderContext, book: LinkBook) -> parts.Sheet:
    """Resolve a letter; raises Unrenderable when something a block refers to is not there."""
    desk = _Desk(context, book)
    credited = [block for block in content.blocks if isinstance(block, blocks.Acknowledgement)]
    if context.programmes and len(credited) > 1:
        # The last of them says it all, where readers look for it: at the end.
        spared = {block.id for block in credited[:-1]}
        kept = (block for block in content.blocks if block.id not in spared)
        return sheet_of(context, tuple(desk.part(block, credited) for block in kept))
    return sheet_of(context, tuple(map(desk.part, content.blocks)))


class _Desk:
    """Resolves blocks one after the other, so that links are numbered as they are read."""

    def __init__(self, context: RenderContext, book: LinkBook) -> None:
        self._context = context
        self._book = book

    def part(
        self, block: blocks.Block, credited: Iterable[blocks.Acknowledgement] = ()
    ) -> parts.Part:
        """Resolve a block; an acknowledgement says what all of `credited` say."""
        self._book.turn_to(block.id)
        if isinstance(block, blocks.Acknowledgement):
            return self._credits(credited or (block,))
        return _RESOLVERS[type(block)](self, block)

    def headline(self, block: blocks.Headline) -> parts.HeadlinePart:
        return parts.HeadlinePart(merged(block.text), merged(block.intro))

    def text(self, block: blocks.Text) -> parts.TextPart:
        written = prose(block.markdown, self._book.open)
        return parts.TextPart(written.html, written.lines)

    def relevance(self, block: blocks.Relevance) -> parts.RelevancePart:
        return parts.RelevancePart(merged(block.lead), tuple(map(merged, block.points)))

    def quote(self, block: blocks.Quote) -> parts.QuotePart:
        language = self._context.language
        return parts.QuotePart(
            merged(_unquoted(block.text)),
            merged(block.attribution.removeprefix("— ")),
            Line(phrase("quote_open", language)),
            Line(phrase("quote_close", language)),
        )

    def actions(self, block: blocks.CallsToAction) -> parts.ActionsPart:
        return parts.ActionsPart(tuple(map(self._action, block.items)))

    def _action(self, item: blocks.CallToAction) -> parts.Action:
        target = blocks.parse_target(item.target)
        match target.kind:
            case blocks.TargetKind.DOCUMENT:
                document = _find(self._context.documents, target.name, f"“{item.label}”")
                return self._document_action(item.label, document)
            case blocks.TargetKind.PAGE:
                page = _find(self._context.pages, target.name, f"“{item.label}”")
                return parts.Action(self._link(item.label, page.address))
        return parts.Action(self._link(item.label, target.name))

    def _document_action(self, label: str, document: DocumentTarget) -> parts.Action:
        facts = (document.format, document.size, document.language)
        # "1.2 MB" must not fall apart at the end of a line.
        detail = plain(", ".join(fact.replace(" ", "\u00a0") for fact in facts if fact))
        address = self._book.open(
            document.address,
            label,
            kind=LinkKind.DOWNLOAD if document.is_file else LinkKind.CLICK,
            document_id=document.document_id,
            version_id=document.version_id,
        )
        about_label = document.about_label or about(document.kind_label, self._context.language)
        return parts.Action(
            Link(merged(label), address, detail),
            plain(document.title),
            plain(document.kind_label),
            self._link(about_label, document.page_address),
        )

    def picture(self, block: blocks.Picture) -> parts.PicturePart:
        part = f":{block.shape}:{block.focus_x}:{block.focus_y}"
        address = self._picture(block.source, block.alt, part)
        return parts.PicturePart(address, plain(block.alt), merged(block.caption))

    def _picture(self, source: str, what: str, part: str) -> Line:
        """Return a picture's address: of the part that is shown, where it was cut."""
        target, pictures = blocks.parse_target(source), self._context.pictures
        address = target.name
        if target.kind is blocks.TargetKind.FILE:
            whole = _find(pictures, target.name, f"the picture “{what}”")
            address = pictures.get(f"{target.name}{part}", whole)
        return own_picture(address, self._context)

    def _credits(self, credited: Iterable[blocks.Acknowledgement]) -> parts.AcknowledgementPart:
        """Gather credit lines by programme, each once, in the order of their mention."""
        words, programmes = self._context.acknowledgements, self._context.programmes
        return parts.AcknowledgementPart.of(
            (programmes.get(name, ""), _find(words, name, "the acknowledgement"))
            for name in (block.project for block in credited)
        )

    def faq(self, block: blocks.FaqLink) -> parts.FaqPart:
        return parts.FaqPart(self._link(block.label, self._faq_address(block)))

    def _faq_address(self, block: blocks.Block) -> str:
        return (
            f"{self._context.base_address}/results/{block.result}#faq"
            if block.result
            else self._context.faq_address
        )

    def ask(self, block: blocks.AskUs) -> parts.AskPart:
        language = self._context.language
        return parts.AskPart(
            plain(phrase("questions", language)),
            merged(block.text),
            self._ask_link(block.result),
            _mailbox(self._context.question_address, language),
        )

    def _ask_link(self, result: str) -> Link:
        words, address = phrase("ask", self._context.language), self._context.ask_address
        if result:
            address += f"{'&' if '?' in address else '?'}result={result}"
        if OPEN in address:
            # It carries a token of its own, so it can neither be stored nor counted as one link.
            return Link(plain(words), Line(address))
        return self._link(words, address)

    def divider(self, _block: blocks.Divider) -> parts.DividerPart:
        return parts.DividerPart()

    def card(self, block: blocks.DocumentCard) -> parts.CardPart:
        name = blocks.parse_target(block.target).name
        document = _find(self._context.documents, name, f"“{block.label}”")
        cover = self._context.covers.get(name)
        return parts.CardPart(
            self._document_action(block.label, document),
            merged(block.text),
            own_picture(cover, self._context) if cover else None,
            plain(phrase("cover", self._context.language)),
        )

    def columns(self, block: blocks.Columns) -> parts.ColumnsPart:
        left, right = (prose(text, self._book.open) for text in (block.left, block.right))
        return parts.ColumnsPart(
            parts.TextPart(left.html, left.lines), parts.TextPart(right.html, right.lines)
        )

    def event(self, block: blocks.Event) -> parts.EventPart:
        language, calendar = self._context.language, self._context.calendar_address
        links = []
        if block.address:
            links.append(self._link(phrase("join", language), block.address))
        if calendar:
            entry = f"{calendar}/{block.id}.ics"
            links.append(self._link(phrase("calendar", language), entry))
        return parts.EventPart(
            merged(block.title),
            plain(when(block.starts, block.ends, block.zone, language)),
            merged(block.place),
            merged(block.text),
            tuple(links),
        )

    def contact(self, block: blocks.Contact) -> parts.ContactPart:
        return parts.ContactPart(
            plain(block.name),
            merged(block.function),
            merged(block.text),
            plain(block.email),
            plain(block.phone),
            self._portrait(block) if block.picture else None,
        )

    def _portrait(self, block: blocks.Contact) -> Line:
        part = f":square:{block.focus_x}:{block.focus_y}"
        return self._picture(block.picture, block.name, part)

    def entries(self, block: blocks.Faq) -> parts.EntriesPart:
        items = [self._entry(item) for item in block.items]
        link = self._link(block.label, self._faq_address(block)) if block.label else None
        return parts.EntriesPart(tuple(items), link)

    def _entry(self, item: blocks.FaqItem) -> parts.Entry:
        answer = prose(item.answer, self._book.open)
        return parts.Entry(merged(item.question), parts.TextPart(answer.html, answer.lines))

    def spacer(self, block: blocks.Spacer) -> parts.SpacerPart:
        return parts.SpacerPart(_HEIGHTS[block.size])

    def _link(self, label: str, address: str) -> Link:
        return Link(merged(label), self._book.open(address, label))


_RESOLVERS: Mapping[type, Callable[[_Desk, Any], parts.Part]] = {
    blocks.Headline: _Desk.headline,
    blocks.Text: _Desk.text,
    blocks.Relevance: _Desk.relevance,
    blocks.Quote: _Desk.quote,
    blocks.CallsToAction: _Desk.actions,
    blocks.Picture: _Desk.picture,
    blocks.FaqLink: _Desk.faq,
    blocks.AskUs: _Desk.ask,
    blocks.Divider: _Desk.divider,
    blocks.DocumentCard: _Desk.card,
    blocks.Columns: _Desk.columns,
    blocks.Event: _Desk.event,
    blocks.Contact: _Desk.contact,
    blocks.Faq: _Desk.entries,
    blocks.Spacer: _Desk.spacer,
}
_HEIGHTS = {"small": 16, "large": 40}


def _unquoted(text: str) -> str:
    """Take away the marks around a quote, since the letter sets its own."""
    is_marked = text[0] in _QUOTES and text[-1] in _QUOTES
    inner = text[1:-1].strip()
    return inner if is_marked and inner and not set(inner) & set(_QUOTES) else text


def _find(known: Mapping[str, T], name: str, what: str) -> T:
    if name not in known:
        raise Unrenderable(
            f"What {what} refers to is not there: “{name}”.",
            "Choose another in the block's settings.",
        )
    return known[name]


def _mailbox(address: str, language: str) -> parts.Mailbox | None:
    cleaned = plain(address)
    if not _MAILBOX.fullmatch(cleaned):
        return None
    before, _, after = phrase("write", language).partition("{address}")
    return parts.Mailbox(plain(before), cleaned, plain(after) or NOTHING)
