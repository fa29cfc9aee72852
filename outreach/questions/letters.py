"""Writes the two single letters of this room from their templates; pure, the same in the preview.

The acknowledgement quotes nothing that was typed: whoever fills in a stranger's address cannot make
us carry their words there.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from babel.dates import format_date
from markupsafe import Markup, escape

from outreach.mail.writing import Written, write
from outreach.questions.letter_words import letter_words
from outreach.questions.texts import quote

_ADDRESS = re.compile(r"https?://[^\s<>\"'\u2028\u2029]*[^\s<>\"'.,;:!?)\]\u2028\u2029]")
_GAP = re.compile(r"\n\s*\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What both letters say of the question they are about."""

    reference: str
    title: str
    """The result it is about, else the project; may be empty."""
    address: str
    """The result's page; empty where there is none."""
    language: str
    sender_name: str


def write_answer(
    about: Subject, *, subject: str, body: str, asked: str, asked_at: datetime, can_reply: bool
) -> Written:
    """Write an answer in plain words; `asked` is quoted below, frame words in its language."""
    words = letter_words(about.language)
    day = format_date(asked_at, format="long", locale=words.locale)
    return _written(
        "answer",
        about,
        subject=subject,
        body=body,
        paragraphs=paragraphs(body),
        asked=asked,
        asked_paragraphs=paragraphs(asked),
        quoted=quote(asked),
        you_asked=words.you_asked.replace("{date}", day),
        can_reply=can_reply,
    )


def write_acknowledgement(about: Subject) -> Written:
    """Write that a question arrived."""
    return _written("question_received", about)


def paragraphs(body: str) -> list[Markup]:
    """Return plain text as safe HTML, a paragraph each; web addresses become links."""
    return [_linked(part.strip()) for part in _GAP.split(body) if part.strip()]


def _linked(text: str) -> Markup:
    pieces, end = [], 0
    for found in _ADDRESS.finditer(text):
        pieces.append(escape(text[end : found.start()]))
        pieces.append(Markup('<a href="{0}">{0}</a>').format(found[0]))
        end = found.end()
    pieces.append(escape(text[end:]))
    return Markup("").join(pieces).replace("\n", Markup("<br>\n"))


def _written(name: str, about: Subject, **values: object) -> Written:
    return write(name, about=about, words=letter_words(about.language), **values)
