"""What a web process writes of one hit: a line with a checksum, holding no address and no agent.

`crc32 version at face kind mailing number nonce link document version method flags family visit
role share`; the first edition of the record ended with the visit.
The token itself is not written: it was found genuine before, and a file of live tokens would be a
second key to every letter.
"""

import zlib
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from outreach.core.signing import TokenKind

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_KINDS = {str(int(kind)): kind for kind in TokenKind}
_FIELDS = {"1": 14, "2": 16}
_NONE = "-"


class Face(StrEnum):
    """What was asked for and answered."""

    OPEN = "o"
    CLICK = "c"
    """Led on, to a page or to a document at another site; or a page said why not."""
    DOWNLOAD = "d"
    """The file itself was served."""
    WEB_VIEW = "w"
    """The letter itself was asked for as a page ("View in browser")."""
    LEAVE = "u"
    """The reader left the list by a letter's one-click address."""
    BACK = "b"
    """The reader took leaving back on the page that confirmed it."""


_FACES = {face.value: face for face in Face}


class DamagedRecord(ValueError):
    """A line that no web process of ours can have written whole."""


class HitRecord(NamedTuple):
    """One acknowledged hit; 0 and empty bytes where something does not apply.

    A tuple, because every request makes one, and so does every line that is read again.

    `number` is the delivery of a personal token and the group of an unlinked or shared one.
    `visit` tells visits apart where no letter does; it is random and lasts half an hour.
    """

    at: datetime
    face: Face
    kind: TokenKind
    mailing_id: int
    number: int
    nonce: bytes
    link_number: int
    document_id: int
    version_id: int
    method: str
    is_prefetch: bool
    is_range: bool
    family: str
    visit: bytes
    role: str = ""
    """The slug of the role a visitor without a letter named; likewise a share link's code."""
    share: str = ""


def encode(record: HitRecord) -> bytes:
    """Return the line of `record`, with its line feed."""
    flags = ("p" if record.is_prefetch else "") + ("r" if record.is_range else "") or "-"
    body = (
        f"2 {(record.at - EPOCH) // _MICROSECOND} {record.face.value} {int(record.kind)} "
        f"{record.mailing_id} {record.number} {record.nonce.hex() or '-'} {record.link_number} "
        f"{record.document_id} {record.version_id} {record.method} {flags} {record.family} "
        f"{record.visit.hex() or '-'} {record.role or '-'} {record.share or '-'}"
    ).encode("ascii")
    return b"%08x %b\n" % (zlib.crc32(body), body)


def decode(line: bytes) -> HitRecord:
    """Return the record of a line without its line feed; raises DamagedRecord for anything else."""
    checksum, _, body = line.partition(b" ")
    if checksum != b"%08x" % zlib.crc32(body):
        raise DamagedRecord("the checksum does not fit")
    try:
        fields = body.decode("ascii").split(" ")
        if len(fields) == _FIELDS.get(fields[0]):
            return _record(fields)
    except (ValueError, KeyError, OverflowError) as error:
        raise DamagedRecord(str(error)) from error
    raise DamagedRecord("not a record of this version")


def _record(fields: list[str]) -> HitRecord:
    _, at, face, kind, mailing, number, nonce, link, document, version, *rest = fields
    method, flags, family, visit, *said = rest
    role, share = said or (_NONE, _NONE)
    return HitRecord(
        EPOCH + timedelta(0, 0, int(at)),
        _FACES[face],
        _KINDS[kind],
        int(mailing),
        int(number),
        _bytes(nonce),
        int(link),
        int(document),
        int(version),
        method,
        "p" in flags,
        "r" in flags,
        family,
        _bytes(visit),
        "" if role == _NONE else role,
        "" if share == _NONE else share,
    )


def _bytes(text: str) -> bytes:
    return b"" if text == _NONE else bytes.fromhex(text)
