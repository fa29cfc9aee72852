"""Header fields, written by our own code.

Python 3.11's EmailMessage turns a long List-Unsubscribe address into an encoded word, which breaks
it (M1), and lets line breaks through here and there (S9). What is written here is ASCII, save for a
local part in another script, and parses without a defect.
"""

import re
from base64 import b64encode
from collections.abc import Iterator
from datetime import datetime
from email.utils import format_datetime

from outreach.core.errors import ProgrammingError, Refusal
from outreach.mail.addresses import wire_address

FOLD = b"\r\n "
_LINE = 76
_WORD = 75
"""The longest encoded word RFC 2047 §2 allows."""
_find_injection = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]").search
_BREAKS = re.compile("[\x00-\x20\x7f-\x9f\u2028\u2029]+")
_is_raw = re.compile("[!-~](?:[ -~]*[!-~])?").fullmatch
_is_atoms = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(?: [\w!#$%&'*+/=?^`{|}~-]+)*", re.ASCII).fullmatch
_is_token = re.compile("[A-Za-z0-9_-]{1,75}").fullmatch
_is_words = re.compile("[!-~]+(?: [!-~]+)*").fullmatch
_needs_q = re.compile(rb"[^A-Za-z0-9!*+/ -]")


class BadHeader(Refusal):
    """A value cannot stand in the header it was given for."""


class HeaderInjection(BadHeader):
    """A line break or another control character in a header value (S9)."""


def one_line(text: str) -> str:
    """Return words from outside fit for a header: every break or control becomes one space."""
    if text.isprintable() and "  " not in text:
        return text.strip()
    return _BREAKS.sub(" ", text).strip()


def date_value(moment: datetime) -> str:
    """Return an aware moment as RFC 5322 §3.3 writes it."""
    if moment.tzinfo is None:
        raise ProgrammingError("A letter's date needs a zone.")
    return format_datetime(moment)


def raw_value(value: str) -> bytes:
    """Write a structured value that is never encoded: identifiers, list headers, dates, tokens.

    Raises BadHeader unless it is printable ASCII without a space at either end.
    """
    if not _is_raw(value):
        refuse_injection(value)
        raise BadHeader(f"{value[:80]!r} cannot stand in this header: it takes plain ASCII only.")
    return value.encode("ascii")


def unstructured_value(value: str, *, taken: int) -> bytes:
    """Write words (a subject): as they are when ASCII, in encoded words (RFC 2047) otherwise.

    `taken` is the room the header's name takes on the first line.
    """
    if _is_words(value) and taken + len(value) <= _LINE and "=?" not in value:
        return value.encode("ascii")
    refuse_injection(value)
    value = value.replace("\t", " ")
    if not _is_plain(value):
        return _encoded_words(value, taken)
    if taken + len(value) <= _LINE:
        return value.encode("ascii")
    return _folded(value, taken)


def phrase_value(name: str, *, taken: int) -> bytes:
    """Write a display name before an address, with the space or fold that follows it."""
    if _is_atoms(name) and taken + len(name) < _LINE // 2 and "=?" not in name:
        return name.encode("ascii") + b" "
    refuse_injection(name)
    name = name.replace("\t", " ").strip()
    if not name:
        return b""
    if not name.isascii() or "=?" in name or len(name) > _LINE:
        return _encoded_words(name, taken) + FOLD
    quoted = name if _is_atoms(name) else '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'
    return quoted.encode("ascii") + (b" " if taken + len(quoted) < _LINE // 2 else FOLD)


def address_value(email: str) -> bytes:
    """Write an address in its angle brackets; a local part of another script stays UTF-8 (M10)."""
    return b"<%b>" % wire_address(email).encode()


def token_value(value: str) -> bytes:
    """Write a token of ours, which stands in a header, in text and in HTML as it is.

    Raises BadHeader for anything else.
    """
    if not _is_token(value):
        raise BadHeader(f"{value[:80]!r} is no token.")
    return value.encode("ascii")


def references_value(value: str) -> bytes:
    """Write a list of message ids, one to a line."""
    return raw_value(value).replace(b" ", FOLD)


def refuse_injection(value: str) -> None:
    """Raise HeaderInjection when `value` holds a line break or a control character (S9)."""
    if _find_injection(value):
        raise HeaderInjection(
            f"{value[:80]!r} holds a line break or a control character.",
            "Write it on one line, without invisible characters.",
        )


def _is_plain(value: str) -> bool:
    return (
        value.isascii()
        and "=?" not in value
        and "  " not in value
        and value == value.strip(" ")
        and max(map(len, value.split(" "))) < _LINE
    )


def _folded(value: str, taken: int) -> bytes:
    lines, room = [""], _LINE - taken
    for word in value.split(" "):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if len(joined) > room and lines[-1]:
            lines.append(word)
            room = _LINE
        else:
            lines[-1] = joined
    return FOLD.join(line.encode("ascii") for line in lines)


def _encoded_words(text: str, taken: int) -> bytes:
    octets = text.encode("utf-8", "replace")
    is_mostly_ascii = len(_needs_q.findall(octets)) * 3 <= len(octets)
    words = _q_words(text, taken) if is_mostly_ascii else _b_words(text, taken)
    return FOLD.join(words)


def _q_words(text: str, taken: int) -> Iterator[bytes]:
    units = (_q_unit(character) for character in text)
    for group in _grouped(units, _WORD - 12, taken):
        yield b"=?utf-8?q?%b?=" % group


def _b_words(text: str, taken: int) -> Iterator[bytes]:
    units = (character.encode("utf-8", "replace") for character in text)
    for group in _grouped(units, (_WORD - 12) // 4 * 3, taken):
        yield b"=?utf-8?b?%b?=" % b64encode(group)


def _grouped(units: Iterator[bytes], room: int, taken: int) -> Iterator[bytes]:
    """Pack units, none of them torn, into groups of at most `room` octets; the first is shorter."""
    group, left = b"", max(room - taken, 12)
    for unit in units:
        if group and len(unit) > left:
            yield group
            group, left = b"", room
        group += unit
        left -= len(unit)
    if group:
        yield group


def _q_unit(character: str) -> bytes:
    octets = character.encode("utf-8", "replace")
    return _needs_q.sub(lambda match: b"=%02X" % match[0][0], octets).replace(b" ", b"_")
