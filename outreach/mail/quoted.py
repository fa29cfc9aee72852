"""Quoted-printable (RFC 2045 §6.7), in pieces that can be joined.

Every piece begins at the start of a line and the caller ends it with a soft break, so fixed text
and slot values are encoded apart and still give lines of at most 76 characters. No encoded line
begins with a full stop: SMTP's dot-stuffing has nothing to do then.
"""

import re
from collections.abc import Iterator

SOFT_BREAK = b"=\r\n"
_LONGEST = 75
"""Characters a line may hold beside the "=" of its soft break."""
_NEWLINE = re.compile("\r\n|\r|\n")
_UNSAFE = re.compile(rb"[^\t -<>-~]")
_plain = re.compile(rf"(?!\.)[ -<>-~]{{0,{_LONGEST}}}").fullmatch


def quoted(text: str) -> bytes:
    """Encode any text; CR, LF and CRLF each end a line, and come out as CRLF."""
    return b"\r\n".join(_quoted_line(line) for line in _NEWLINE.split(text))


def quoted_value(value: str) -> bytes:
    """Encode the value of a slot, like `quoted` but quick for short ASCII words."""
    return value.encode("ascii") if _plain(value) else quoted(value)


def _quoted_line(line: str) -> bytes:
    # A lone surrogate (from a broken import) becomes "?": one bad character stops no mailing.
    octets = _UNSAFE.sub(_hex, line.encode("utf-8", "replace"))
    if octets.endswith((b" ", b"\t")):
        octets = octets[:-1] + b"=%02X" % octets[-1]
    return SOFT_BREAK.join(_wrapped(octets))


def _wrapped(octets: bytes) -> Iterator[bytes]:
    while True:
        if octets.startswith(b"."):
            octets = b"=2E" + octets[1:]
        if len(octets) <= _LONGEST:
            yield octets
            return
        end = _LONGEST
        # "=C3" is never torn apart.
        if b"=" in octets[end - 2 : end]:
            end = octets.index(b"=", end - 2)
        yield octets[:end]
        octets = octets[end:]


def _hex(match: re.Match[bytes]) -> bytes:
    return b"=%02X" % match[0][0]
