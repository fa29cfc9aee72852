"""Parts → the text part: made from the same parts as the HTML, and as complete (M7)."""

from collections.abc import Callable, Mapping
from typing import Any

from outreach.mailings.rendering import parts
from outreach.mailings.rendering.parts import Link, Sheet
from outreach.mailings.rendering.wrapping import WIDTH, wrap

_RULE = "-" * WIDTH


def write_text(sheet: Sheet, *, web_again: bool = False) -> str:
    """Return the letter as text: lines of at most 78 characters, addresses unbroken.

    With `web_again` the way to its web version stands at the end, too.
    """
    written = [_WRITERS[type(part)](part) for part in sheet.parts]
    paragraphs = [_opening(sheet), *written, _footer(sheet, web_again=web_again)]
    return "\n\n".join("\n".join(lines) for lines in paragraphs if lines) + "\n"


def _opening(sheet: Sheet) -> list[str]:
    lines = [*wrap(sheet.receive), *_link(sheet.change, before=sheet.not_right)]
    lines += _link(sheet.unsubscribe)
    if sheet.browser:
        lines += _link(sheet.browser)
    return [*lines, _RULE]


def _footer(sheet: Sheet, *, web_again: bool) -> list[str]:
    lines = [_RULE, *wrap(f"{sheet.organisation}, {sheet.postal_address}".strip(", "))]
    if sheet.imprint:
        lines += wrap(sheet.imprint)
    lines += wrap(f"{sheet.receive} {sheet.why}")
    lines += _link(sheet.change, before=sheet.not_right)
    browser = sheet.browser if web_again else None
    for link in (sheet.unsubscribe, sheet.measurement, browser, sheet.forward, sheet.privacy):
        lines += _link(link) if link else []
    return lines


def _link(link: Link, *, before: str = "", first: str = "") -> list[str]:
    words = f"{before} {link.words}".strip()
    rest = " " * len(first)
    return wrap(f"{words}: {link.href}", first=first, rest=rest)


def _headline(part: parts.HeadlinePart) -> list[str]:
    title = wrap(part.text)
    lines = [*title, "=" * min(WIDTH, max(map(len, title)))]
    return [*lines, "", *wrap(part.intro)] if part.intro else lines


def _text(part: parts.TextPart) -> list[str]:
    return list(part.lines)


def _relevance(part: parts.RelevancePart) -> list[str]:
    points = [line for point in part.points for line in wrap(point, first="- ", rest="  ")]
    return [*wrap(part.lead), *points]


def _quote(part: parts.QuotePart) -> list[str]:
    words = wrap(f"{part.opening}{part.text}{part.closing}", first="> ")
    return [*words, ">", *wrap(f"— {part.attribution}", first="> ", rest="> ")]


def _actions(part: parts.ActionsPart) -> list[str]:
    return "\n\n".join("\n".join(_action(item)) for item in part.items).split("\n")


def _action(item: parts.Action) -> list[str]:
    title = wrap(f"{item.title} ({item.kind})" if item.kind else item.title) if item.title else []
    return [
        *title,
        *_link(item.link, first="→ "),
        *(_link(item.about, first="  ") if item.about else []),
    ]


def _picture(part: parts.PicturePart) -> list[str]:
    caption = wrap(part.caption) if part.caption else []
    return [*wrap(f"[{part.alt}]"), *caption]


def _acknowledgement(part: parts.AcknowledgementPart) -> list[str]:
    lines: list[str] = []
    for group in part.groups:
        lines += ["", *wrap(f"{group.programme}:")] if group.programme else []
        for text in group.texts:
            lines += ["", *wrap(text)]
    return lines[1:]


def _faq(part: parts.FaqPart) -> list[str]:
    return _link(part.link)


def _ask(part: parts.AskPart) -> list[str]:
    lines = [*wrap(part.heading), "-" * len(part.heading), *wrap(part.text), *_link(part.link)]
    if part.mailbox:
        pieces = (part.mailbox.before, part.mailbox.address, part.mailbox.after)
        lines += wrap(" ".join(piece for piece in pieces if piece))
    return lines


def _divider(_part: parts.DividerPart) -> list[str]:
    return ["* * *".center(WIDTH).rstrip()]


def _card(part: parts.CardPart) -> list[str]:
    lines = _action(part.action)
    return [*wrap(part.text), *lines] if part.text else lines


def _columns(part: parts.ColumnsPart) -> list[str]:
    return [*part.left.lines, "", *part.right.lines]


def _event(part: parts.EventPart) -> list[str]:
    facts = [line for fact in (part.when, part.place) if fact for line in wrap(fact)]
    text = ["", *wrap(part.text)] if part.text else []
    links = [line for link in part.links for line in _link(link, first="→ ")]
    return [*wrap(part.title), *facts, *text, *links]


def _contact(part: parts.ContactPart) -> list[str]:
    name = f"{part.name}, {part.function}" if part.function else part.name
    facts = (part.text, part.email, part.phone)
    return [*wrap(name), *(line for fact in facts if fact for line in wrap(fact))]


def _entries(part: parts.EntriesPart) -> list[str]:
    lines: list[str] = []
    for item in part.items:
        lines += [*wrap(item.question), *item.answer.lines, ""]
    return [*lines, *_link(part.link)] if part.link else lines[:-1]


def _spacer(_part: parts.SpacerPart) -> list[str]:
    return []


_WRITERS: Mapping[type, Callable[[Any], list[str]]] = {
    parts.HeadlinePart: _headline,
    parts.TextPart: _text,
    parts.RelevancePart: _relevance,
    parts.QuotePart: _quote,
    parts.ActionsPart: _actions,
    parts.PicturePart: _picture,
    parts.AcknowledgementPart: _acknowledgement,
    parts.FaqPart: _faq,
    parts.AskPart: _ask,
    parts.DividerPart: _divider,
    parts.CardPart: _card,
    parts.ColumnsPart: _columns,
    parts.EventPart: _event,
    parts.ContactPart: _contact,
    parts.EntriesPart: _entries,
    parts.SpacerPart: _spacer,
}
