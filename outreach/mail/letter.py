"""What crosses the boundary of this room: addresses, envelopes, ready letters, attachments."""

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Address:
    """An e-mail address as people write it (`email` may hold letters of any script) and a name."""

    email: str
    name: str = ""


class Envelope(NamedTuple):
    """Who a letter comes from and goes to on the wire: two bare addresses, one recipient (M5)."""

    sender: str
    """Where bounces go; empty for the null return path."""
    recipient: str


class Letter(NamedTuple):
    """A letter as it leaves: nothing is changed any more, on no retry."""

    envelope: Envelope
    data: bytes
    """The whole message: CRLF line ends, the last line ended, not dot-stuffed."""
    needs_smtputf8: bool
    """Whether a local part is not ASCII, so that only a server with SMTPUTF8 can take it (M10)."""
    is_dot_free: bool = False
    """Known to have no line that begins with a full stop; the sender need not look (28 µs)."""
    is_canonical: bool = False
    """Known to have neither runs of spaces nor spaces at line ends; who signs need not look."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that travels with a letter; `content_type` is for example application/pdf."""

    filename: str
    content_type: str
    data: bytes
