"""Previews, tests and the web version: a letter filled for one reader, measuring nothing."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from markupsafe import escape

from outreach.core.text import LocalText
from outreach.mail.headers import one_line
from outreach.mail.slots import OPEN, slot, split_slots
from outreach.mailings.blocks import merge
from outreach.mailings.frozen import FrozenLetter, render_frozen
from outreach.mailings.queries import Person
from outreach.mailings.rendering import PlainLinks, Reader, TriedLinks

VIEWS = {
    "desktop": "Desktop",
    "phone": "Phone, 360 px",
    "dark": "Dark",
    "bare": "Without pictures",
    "text": "Text",
}
"""Ways to look at a letter."""
_PARAGRAPH = re.compile(r"<p\b[^>]*>(?:(?!</p>).)*?</p>", re.DOTALL)
_TAG = re.compile(r"<p\b[^>]*>")
_LINK = re.compile(r"<a\b[^>]*>(?:(?!</a>).)*?</a>", re.DOTALL)
_LINK_TAG = re.compile(r"<a\b[^>]*>")
_HREF = re.compile(r'href="[^"]*"')
_DARK_RULES = "@media (prefers-color-scheme:dark){"
_BOTH_SCHEMES = "color-scheme:light dark"
_OWN = "reader_"
_MARK = f"{OPEN}{_OWN}"
_WEB = LocalText(
    en="This is the web version of a letter.",
    de="Dies ist die Webfassung eines Briefes.",
    fr="Ceci est la version web d’une lettre.",
    nl="Dit is de webversie van een brief.",
    da="Dette er webudgaven af et brev.",
    es="Esta es la versión web de una carta.",
)
_SIGN_UP = LocalText(
    en="Get the next one by mail",
    de="Die nächsten per E-Mail erhalten",
    fr="Recevoir la suivante par courriel",
    nl="Ontvang de volgende per e-mail",
    da="Få det næste på mail",
    es="Recibir la próxima por correo",
)


class Scheme(StrEnum):
    """By day or by night."""

    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Preview:
    """A letter as one reader gets it."""

    subject: str
    preheader: str
    html: str
    text: str


def preview(letter: FrozenLetter, facts: Mapping[str, str | None]) -> Preview:
    """Fill a letter for one reader, given by merge field name (`facts_of`, `sample_facts`).

    Links lead straight to where they lead and count nowhere; those to the reader's own pages lead
    to a page that says what they will do, since no letter was made yet.
    """
    harmless = f"{letter.base_url}/mailings/sample"
    reader = Reader(role=slot("role"), preferences_address=harmless, unsubscribe_address=harmless)
    rendered = render_frozen(letter, TriedLinks(letter.base_url), reader=reader)
    values = {
        **merge.fill((*rendered.merge_fields, *_line_fields(letter)), facts),
        "role": facts.get("role") or letter.no_role,
    }
    return Preview(
        subject=_filled(merge.to_slots(letter.subject), values, str),
        preheader=_filled(merge.to_slots(letter.preheader), values, str),
        html=_filled(rendered.html, values, _as_html),
        text=_filled(rendered.text, values, str),
    )


def in_scheme(html: str, scheme: Scheme) -> str:
    """Return a letter as a mail program in a scheme shows it, whatever the browser's own is."""
    asked = "all" if scheme is Scheme.DARK else "not all"
    return (
        html.replace(_DARK_RULES, f"@media {asked}{{")
        .replace('content="light dark"', f'content="{scheme}"')
        .replace(_BOTH_SCHEMES, f"color-scheme:{scheme}")
    )


def facts_of(letter: FrozenLetter, person: Person) -> dict[str, str | None]:
    """Return what a letter may say of a person, as its sender will."""
    return {
        "name": one_line(person.name) or None,
        "first_name": one_line(person.given_name) or None,
        "organisation": one_line(person.organisation) or None,
        "role": letter.role_name(person.role_id),
    }


def sample_facts(letter: FrozenLetter, role_id: int | None) -> dict[str, str | None]:
    """Return the facts of a made-up reader in a role."""
    return {
        "name": "Alex Sample",
        "first_name": "Alex",
        "organisation": "Sample Organisation",
        "role": letter.role_name(role_id),
    }


def web_version(letter: FrozenLetter, *, is_tried: bool = False) -> str:
    """Return the letter as a page for everybody: nobody's role, no personal token (M11).

    Where it is only tried, nothing that is got by its links is counted.
    What a letter says of its reader, and its way to unsubscribe, gives way to one line.
    """
    reader = Reader(
        role=slot(f"{_OWN}role"),
        preferences_address=slot(f"{_OWN}preferences"),
        unsubscribe_address=slot(f"{_OWN}unsubscribe"),
    )
    plan = TriedLinks(letter.base_url) if is_tried else PlainLinks()
    rendered = render_frozen(letter, plan, reader=reader, is_web=True)
    values = merge.fill(rendered.merge_fields, {})
    return _filled(_without_reader(rendered.html, letter), values, _as_html)


def _without_reader(html: str, letter: FrozenLetter) -> str:
    """Replace each paragraph about the reader by what of it concerns everybody."""
    sentences = iter((_sentence(letter),))

    def replaced(match: re.Match[str]) -> str:
        if _MARK not in match[0]:
            return match[0]
        links = [link for link in _LINK.findall(match[0]) if _MARK not in link]
        pieces = [*_spoken(match[0], next(sentences, ())), *links]
        return f"{_TAG.match(match[0])[0]}{' '.join(pieces)}</p>" if pieces else ""  # type: ignore[index]  # it begins so

    return _PARAGRAPH.sub(replaced, html)


def _sentence(letter: FrozenLetter) -> tuple[str, str, str]:
    language = letter.language
    return _WEB.pick(language), f"{letter.base_url}/subscribe", _SIGN_UP.pick(language)


def _spoken(paragraph: str, sentence: tuple[str, ...]) -> list[str]:
    """Say a sentence with a link dressed as the links of the paragraph are."""
    if not sentence:
        return []
    words, address, label = map(_as_html, sentence)
    dressed = _LINK_TAG.search(paragraph)
    tag = _HREF.sub(f'href="{address}"', dressed[0]) if dressed else f'<a href="{address}">'
    return [words, f"{tag}{label}</a>"]


def _line_fields(letter: FrozenLetter) -> tuple[merge.MergeField, ...]:
    return merge.find(letter.subject, letter.preheader)


def _as_html(value: str) -> str:
    return str(escape(value))


def _filled(source: str, values: Mapping[str, str], written: Callable[[str], str]) -> str:
    literals, places = split_slots(source)
    pieces = [literals[0]]
    for place, literal in zip(places, literals[1:], strict=True):
        pieces += [written(values[place.name]), literal]
    return "".join(pieces)
