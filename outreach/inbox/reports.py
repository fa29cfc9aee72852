"""The fields of reports in a standard form (RFC 3464, RFC 5965, RFC 6533), however they are packed.

Python's parser reads blocks of fields out of a plain message/delivery-status alone. Gateways pack
reports in base64 (RFC 2045 forbids it, and it happens), and the one for addresses in UTF-8 passes
for a message with one head.
"""

import quopri
import re
from base64 import b64decode
from collections.abc import Sequence
from email import message_from_bytes
from email.message import Message

_BLANK = re.compile(rb"\r?\n[ \t]*\r?\n")


def report_blocks(part: Message) -> Sequence[Message]:
    """Return the blocks of fields of a delivery report, the one about all recipients among them."""
    payload = part.get_payload()
    inner = payload if isinstance(payload, list) else []
    parsed = [one for one in inner if isinstance(one, Message)]
    if any(block.get("Action") for block in parsed):
        return parsed
    return [message_from_bytes(block) for block in _BLANK.split(_octets(part)) if block.strip()]


def report_fields(part: Message) -> Message:
    """Return the fields of a report that has one block of them."""
    return message_from_bytes(_octets(part).lstrip())


def _octets(part: Message) -> bytes:
    payload = part.get_payload()
    if not isinstance(payload, list):
        plain = part.get_payload(decode=True)
        return plain if isinstance(plain, bytes) else b""
    inner = b"\n\n".join(one.as_bytes() for one in payload if isinstance(one, Message))
    packing = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    if packing == "base64":
        return b64decode(inner)
    return quopri.decodestring(inner) if packing == "quoted-printable" else inner
