"""When two messages are one: the same mail read from a mailbox and from a file, or twice.

On its way into an mbox or a Maildir a message may change its line endings, get a ">" before lines
that begin with "From ", and further fields in its head (Status, Return-Path, Received). Its
Message-ID, who wrote to whom and when, and its words stay.
"""

import re
from hashlib import sha256

_IDENTIFYING = (b"message-id", b"from", b"to", b"date", b"subject")
"""With the Message-ID: some broken programs give each of their letters the same one."""
_BREAK = re.compile(rb"\r\n?")
_FROM = re.compile(rb"^>+(?=From )", re.MULTILINE)
_FOLD = re.compile(rb"\n(?=[ \t])")
_SPACE = re.compile(rb"[ \t]+")


def digest_of(raw: bytes) -> str:
    """Return what stands for a message, whichever way it came.

    One without a Message-ID is its octets, but for line endings: two such reports may differ in
    their heads alone.
    """
    plain = _FROM.sub(b"", _BREAK.sub(b"\n", raw)).rstrip()
    head, _, body = plain.partition(b"\n\n")
    fields = _fields(head)
    if not fields.get(_IDENTIFYING[0]):
        return sha256(plain).hexdigest()
    known = [fields.get(name, b"") for name in _IDENTIFYING]
    return sha256(b"\n".join([*known, b"", body])).hexdigest()


def former_digest_of(raw: bytes) -> str:
    """Return what stood for a message that was taken in when each octet counted."""
    return sha256(raw).hexdigest()


def _fields(head: bytes) -> dict[bytes, bytes]:
    """Return the first field of each name, unfolded and without needless space."""
    found: dict[bytes, bytes] = {}
    for line in _FOLD.sub(b"", head).split(b"\n"):
        name, _, value = line.partition(b":")
        found.setdefault(name.strip().lower(), _SPACE.sub(b" ", value).strip())
    return found
