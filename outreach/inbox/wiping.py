"""Mail that quotes a letter of ours, without what tells which letter it was by its counting tokens.

Replies and bounces often hold the whole letter, counting addresses included, beside the name of
its reader. Stored as they came they would lead from an unlinked letter's nonce to a person, also
when the mailing's key is long destroyed. So these tokens are overwritten, letter by letter, before
a message is stored; all else stays octet for octet.
"""

import re
from base64 import b64decode, b64encode

_SOFT = rb"(?:=\r?\n)?"
"""Quoted-printable breaks a long line anywhere (RFC 2045, section 6.7)."""
_SLASH = rb"(?:/|%2[Ff])" + _SOFT
"""Some gateways wrap addresses into addresses of their own."""
_COUNTING = re.compile(
    b"(?:" + _SLASH + rb"t" + _SOFT + _SLASH + rb"[a-z]" + _SOFT + _SLASH
    + rb"|via" + _SOFT + b"(?:=3D|%3D|=)" + _SOFT + b")"
    + rb"((?:[A-Za-z0-9_-]" + _SOFT + b"){16,})"
)  # fmt: skip
_OF_TOKEN = re.compile(rb"[A-Za-z0-9_-]")
_BASE64 = re.compile(
    rb"^[A-Za-z0-9+/]{40,}\r?\n(?:[A-Za-z0-9+/]{40,}\r?\n)*(?:[A-Za-z0-9+/]+={0,2}(?=\r?$))?",
    re.MULTILINE,
)
"""A body in base64: lines of one length, and a last one of any."""
_BREAKS = frozenset(b"\r\n")


def without_counting_tokens(raw: bytes) -> bytes:
    """Return a message of the same length whose counting tokens are overwritten."""
    return _BASE64.sub(_wiped_block, _wiped(raw))


def _wiped(text: bytes) -> bytes:
    return _COUNTING.sub(
        lambda found: found[0][: found.start(1) - found.start()] + _OF_TOKEN.sub(b"x", found[1]),
        text,
    )


def _wiped_block(found: re.Match[bytes]) -> bytes:
    """Wipe what a block of base64 holds; one that is none, or holds no token, stays."""
    block = found[0]
    try:
        inside = b64decode(block.replace(b"\r", b"").replace(b"\n", b""), validate=True)
    except ValueError:
        return block
    wiped = without_counting_tokens(inside)
    if wiped == inside:
        return block
    letters = iter(b64encode(wiped))
    return bytes(one if one in _BREAKS else next(letters) for one in block)
