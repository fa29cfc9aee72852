"""Builds the bytes of a letter once per variant, with slots for what differs per recipient.

multipart/alternative, text first (M7), every part quoted-printable: no line passes 76 characters,
no server needs 8BITMIME, and every retry gives the same bytes. Headers come from `headers`.
"""

import re
from base64 import encodebytes
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from hashlib import sha256
from html import escape
from typing import NamedTuple
from urllib.parse import quote

from outreach.core.errors import ProgrammingError, Refusal
from outreach.mail.addresses import parse_addresses
from outreach.mail.headers import (
    FOLD,
    BadHeader,
    address_value,
    date_value,
    phrase_value,
    raw_value,
    references_value,
    refuse_injection,
    token_value,
    unstructured_value,
)
from outreach.mail.letter import Address, Attachment, Envelope, Letter
from outreach.mail.quoted import SOFT_BREAK, quoted, quoted_value
from outreach.mail.skeleton import Piece, Skeleton, Slot, letter
from outreach.mail.slots import Place, SlotKind, split_slots, without_slots

HeaderValue = str | Address
"""Words with slots, or an address whose parts may be slots."""
Header = tuple[str, HeaderValue]

_ADDRESSES = frozenset({"from", "sender", "reply-to", "to", "cc"})
_REFERENCES = frozenset({"references", "in-reply-to"})
_OURS = ("mime-version", "content-")
_is_name = re.compile("[A-Za-z][A-Za-z0-9-]*").fullmatch
_is_type = re.compile(r"[a-z0-9]+/[a-z0-9.+-]+(?:; [a-z]+=[\w-]+)*", re.IGNORECASE).fullmatch
_is_token = re.compile("[A-Za-z0-9_-]{1,75}").fullmatch
_is_words = re.compile("(?!\\.)[ !#-%(-;?-~]{0,75}").fullmatch
"""Short words that stand in HTML and in quoted-printable as they are."""
_is_url = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]*").fullmatch


class BadLink(Refusal):
    """A value given for an address in a letter is none."""


class _Part(NamedTuple):
    head: bytes
    body: list[Piece]


def compile_skeleton(
    *,
    headers: Sequence[Header],
    text: str,
    html: str | None,
    attachments: Sequence[Attachment] = (),
    tokens: Collection[str] = (),
) -> Skeleton:
    """Compile a letter; every argument but the attachments may hold slots.

    `tokens` names the slots whose values are tokens of ours: they are written the same way
    everywhere, and once for all their places.


    From, To, Cc, Reply-To and Sender take an Address or 'Name <address>'; Subject, Comments and
    X-... take words of any language; every other header takes ASCII that is never encoded (M1).
    MIME headers are added here. Raises HeaderInjection (S9), BadHeader and BadAddress.
    """
    _check_names([name for name, _ in headers])
    part = _text("plain", text, _TEXT_WRITERS, tokens)
    if html is not None:
        part = _multipart("alternative", [part, _text("html", html, _HTML_WRITERS, tokens)])
    if attachments:
        part = _multipart("mixed", [part, *map(_attachment, attachments)])
    written = (piece for name, value in headers for piece in _header(name, value, tokens))
    head = b"MIME-Version: 1.0\r\n" + part.head + b"\r\n"
    return Skeleton.of([*written, head, *part.body, b"\r\n"])


def render_simple(
    *,
    envelope: Envelope,
    sender: Address,
    to: Address,
    subject: str,
    text: str,
    html: str | None = None,
    message_id: str,
    date: datetime,
    reply_to: Address | None = None,
    headers: Sequence[tuple[str, str]] = (),
    attachments: Sequence[Attachment] = (),
) -> Letter:
    """Build one single letter, by the same path as the letters of a mailing and without slots.

    `message_id` is given with its angle brackets. Raises what `compile_skeleton` raises.
    """
    replies: list[Header] = [("Reply-To", reply_to)] if reply_to else []
    skeleton = compile_skeleton(
        headers=[
            ("Date", date_value(date)),
            ("From", sender),
            ("To", to),
            *replies,
            ("Subject", without_slots(subject)),
            ("Message-ID", message_id),
            *headers,
        ],
        text=without_slots(text),
        html=None if html is None else without_slots(html),
        attachments=attachments,
    )
    return letter(envelope, skeleton.fill({}))


def _check_names(names: list[str]) -> None:
    lowered = [name.lower() for name in names]
    for name in lowered:
        if not _is_name(name) or name.startswith(_OURS) or lowered.count(name) > 1:
            raise ProgrammingError(f"The header {name!r} is malformed, set twice, or not yours.")


def _header(name: str, value: HeaderValue, tokens: Collection[str]) -> Iterator[Piece]:
    field = name.lower()
    yield f"{name}: ".encode("ascii")
    if isinstance(value, Address) or field in _ADDRESSES:
        yield from _mailboxes(value, taken=len(name) + 2)
    elif field in {"subject", "comments"} or field.startswith("x-"):
        yield from _words(value, partial(unstructured_value, taken=len(name) + 2))
    else:
        encode = references_value if field in _REFERENCES else raw_value
        yield from _structured(value, encode, tokens)
    yield b"\r\n"


def _words(value: str, encode: Callable[[str], bytes]) -> Iterator[Piece]:
    """Words and slots are encoded together: beside an encoded word a space would vanish."""
    literals, places = split_slots(value)
    if places:
        yield Slot.joined(literals, [place.name for place in places], encode)
    else:
        yield encode(value)


def _structured(
    value: str, encode: Callable[[str], bytes], tokens: Collection[str]
) -> Iterator[Piece]:
    literals, places = split_slots(value)
    # Checked as a whole: a literal beside a slot may well end with a space.
    written = encode("x".join(literals))
    if not places:
        yield written
        return
    for literal, place in _alternating(literals, places):
        yield literal.encode("ascii")
        if place:
            yield Slot.of(place.name, token_value if place.name in tokens else raw_value)


def _mailboxes(value: HeaderValue, *, taken: int) -> Iterator[Piece]:
    addresses = [value] if isinstance(value, Address) else parse_addresses(value)
    for number, address in enumerate(addresses):
        if number:
            yield b"," + FOLD
        yield _sole(address.name, partial(phrase_value, taken=taken))
        yield _sole(address.email, address_value)


def _sole(value: str, encode: Callable[[str], bytes]) -> Piece:
    literals, places = split_slots(value)
    if not places:
        return encode(value)
    if len(places) > 1 or any(literals):
        raise ProgrammingError("In an address a slot stands alone: for the name, or the e-mail.")
    return Slot.of(places[0].name, encode)


def _text(
    subtype: str,
    source: str,
    writers: Mapping[SlotKind, Callable[[str], bytes]],
    tokens: Collection[str],
) -> _Part:
    head = (
        f"Content-Type: text/{subtype}; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n"
    )
    body = list[Piece]()
    for literal, place in _alternating(*split_slots(source)):
        written = quoted(literal)
        body.append(written)
        if place:
            is_at_line_start = not written or written.endswith(b"\r\n")
            body += [
                b"" if is_at_line_start else SOFT_BREAK,
                Slot.of(place.name, token_value if place.name in tokens else writers[place.kind]),
                SOFT_BREAK,
            ]
    return _Part(head.encode("ascii"), body)


def _multipart(subtype: str, parts: list[_Part]) -> _Part:
    """Join parts; the "=_" of a boundary occurs in no quoted-printable and no base64 text."""
    digest = sha256()
    for part in parts:
        digest.update(part.head)
        digest.update(b"".join(piece for piece in part.body if isinstance(piece, bytes)))
    boundary = f"=_{digest.hexdigest()[:24]}"
    mark = f"--{boundary}".encode("ascii")
    body = list[Piece]()
    for part in parts:
        body += [mark + b"\r\n" + part.head + b"\r\n", *part.body, b"\r\n"]
    head = f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"\r\n'
    return _Part(head.encode("ascii"), [*body, mark + b"--"])


def _attachment(attachment: Attachment) -> _Part:
    refuse_injection(attachment.filename)
    if not _is_type(attachment.content_type):
        raise BadHeader(f"{attachment.content_type[:80]!r} is no content type.")
    head = (
        f"Content-Type: {attachment.content_type}\r\n"
        "Content-Transfer-Encoding: base64\r\n"
        "Content-Disposition: attachment;\r\n"
        f" filename*=utf-8''{quote(attachment.filename, safe='', errors='replace')}\r\n"
    )
    data = encodebytes(attachment.data).replace(b"\n", b"\r\n").removesuffix(b"\r\n")
    return _Part(head.encode("ascii"), [data])


def _alternating(literals: list[str], places: list[Place]) -> Iterable[tuple[str, Place | None]]:
    return zip(literals, [*places, None], strict=True)


def _escaped(value: str) -> bytes:
    return value.encode("ascii") if _is_words(value) else quoted_value(escape(value))


def _link(value: str) -> bytes:
    # A token of ours needs neither check nor escape, and every letter has several.
    return value.encode("ascii") if _is_token(value) else quoted_value(_checked_url(value))


def _escaped_link(value: str) -> bytes:
    if _is_token(value):
        return value.encode("ascii")
    return quoted_value(escape(_checked_url(value)))


def _checked_url(value: str) -> str:
    if not _is_url(value):
        raise BadLink(f"{value[:80]!r} is no web address.", "Write it with %-escapes.")
    return value


_TEXT_WRITERS = {
    SlotKind.TEXT: quoted_value,
    SlotKind.URL: _link,
    SlotKind.HTML: quoted_value,
}
_HTML_WRITERS = {
    SlotKind.TEXT: _escaped,
    SlotKind.URL: _escaped_link,
    SlotKind.HTML: quoted_value,
}
