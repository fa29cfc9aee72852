"""What a person wrote: pure functions of a message's bytes, which may be anything at all.

The words are shown without what they quote (B10); the message as it came is kept beside them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.utils import parseaddr
from typing import TYPE_CHECKING

from outreach.core.extras import late
from outreach.inbox.fields import words
from outreach.mail.headers import one_line

if TYPE_CHECKING:
    import inscriptis
else:
    inscriptis = late("inscriptis")

LONGEST = 20_000
MOST_REFERENCES = 50
_ID = re.compile(r"<[^<>\s\x00-\x1f\x7f\ud800-\udfff]{1,250}>")
"""Without octets that no program writes there and no database keeps."""
_ATTRIBUTION = re.compile(
    r"^\s*(?:(?:On|Am|Le|Op|Den|El|Il|Em)\b.{4,200}|.{4,200}\s)"
    r"(?:wrote|schrieb|a écrit|schreef|skrev|escribió|ha scritto|escreveu)\b[^\n]{0,100}:?\s*$",
    re.IGNORECASE,
)
_DIVIDER = re.compile(
    r"^\s*(?:-{2,}\s*(?:Original Message|Ursprüngliche Nachricht|Message d'origine|"
    r"Oorspronkelijk bericht|Oprindelig meddelelse|Mensaje original|Forwarded message)\s*-{2,}"
    r"|_{20,})\s*$",
    re.IGNORECASE,
)
_OUTLOOK = re.compile(r"^\s*\*?(?:From|Von|De|Van|Fra)\s?:\*?\s.{3,}$", re.IGNORECASE)
_NEXT = re.compile(
    r"^\s*\*?(?:Sent|Date|Gesendet|Datum|Envoyé|Verzonden|Sendt|Dato|Enviado|Fecha|To|An|À|Aan|"
    r"Til|Para)\s?:",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Reply:
    """What somebody wrote, and to what."""

    body: str
    """Without what is quoted; all of it when nothing else is there."""
    is_cut: bool
    """Whether something quoted was left out."""
    subject: str
    name: str
    email: str
    """As the message says; nobody has shown that it is theirs."""
    message_id: str
    references: tuple[str, ...]
    """Message-IDs it answers, the nearest first."""


def read_reply(raw: bytes) -> Reply:
    """Return what a person wrote; raises whatever Python's parser does on broken mail (B9)."""
    message = message_from_bytes(raw)
    whole = _text(message)[:LONGEST].strip()
    own = without_quotes(whole)
    name, email = parseaddr(words(message.get("From")))
    return Reply(
        body=own or whole,
        is_cut=bool(own) and own != whole,
        subject=words(message.get("Subject")),
        name=one_line(name)[:100],
        email=email[:254],
        message_id=next(iter(_ids(message, "Message-ID")), "")[:200],
        references=tuple(references(message)),
    )


def references(message: Message) -> list[str]:
    """Return the Message-IDs a message says it answers, the nearest first (RFC 5322 §3.6.4)."""
    older = list(_ids(message, "References"))
    found = [*_ids(message, "In-Reply-To"), *reversed(older)]
    return list(dict.fromkeys(found))[:MOST_REFERENCES]


def without_quotes(text: str) -> str:
    """Return a text without what it quotes and says of the quote; signatures stay."""
    lines = text.replace("\r\n", "\n").split("\n")
    kept: list[str] = []
    for number, line in enumerate(lines):
        after = lines[number + 1] if number + 1 < len(lines) else ""
        if _begins_quote(line, after):
            break
        if not line.lstrip().startswith(">"):
            kept.append(line)
    return "\n".join(kept).strip()


def _begins_quote(line: str, after: str) -> bool:
    if _DIVIDER.match(line) or (_OUTLOOK.match(line) and _NEXT.match(after)):
        return True
    # A long attribution is broken into two lines by many mail programs.
    return bool(_ATTRIBUTION.match(line) or _ATTRIBUTION.match(f"{line} {after.strip()}"))


def _ids(message: Message, name: str) -> Iterator[str]:
    for value in message.get_all(name, []):
        yield from _ID.findall(str(value))


def _text(message: Message) -> str:
    """Return the message's words: its plain part, else its HTML as plain text."""
    html = ""
    for part in message.walk():
        if part.get_content_maintype() != "text" or part.get_filename():
            continue
        octets = part.get_payload(decode=True)
        if not isinstance(octets, bytes):
            continue
        text = _decoded(octets, part.get_content_charset() or "utf-8")
        if part.get_content_subtype() == "plain" and text.strip():
            return text
        html = html or text
    return inscriptis.get_text(html) if html.strip() else ""


def _decoded(octets: bytes, charset: str) -> str:
    try:
        return octets.decode(charset, "replace").replace("\0", "")
    except LookupError:
        return octets.decode("utf-8", "replace").replace("\0", "")
