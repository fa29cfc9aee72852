"""What of a letter goes on the wire: its commands, its dots. Pure functions of values."""

from outreach.core.errors import ProgrammingError
from outreach.mail.addresses import BadAddress, wire_address
from outreach.mail.letter import Letter
from outreach.mail.replies import Outcome, OutcomeKind, Stage


def commands_of(
    letter: Letter, features: dict[str, str], *, is_chunked: bool
) -> tuple[bytes, ...] | Outcome:
    """Return MAIL, RCPT and DATA of a letter, or the outcome of one that cannot be offered.

    A letter that goes as a chunk has no DATA.

    Raises BadAddress for a sender that is no address: that is a mistake of our own.
    """
    if letter.needs_smtputf8 and "smtputf8" not in features:
        return _NO_SMTPUTF8
    sender = wire_address(letter.envelope.sender) if letter.envelope.sender else ""
    try:
        recipient = wire_address(letter.envelope.recipient)
    except BadAddress as error:
        return _refused_here(501, "5.1.3", str(error), Stage.RCPT)
    options = f" SIZE={len(letter.data)}" if "size" in features else ""
    if letter.needs_smtputf8:
        options += " BODY=8BITMIME SMTPUTF8"
    envelope = (
        f"MAIL FROM:<{sender}>{options}\r\n".encode(),
        f"RCPT TO:<{recipient}>\r\n".encode(),
    )
    return envelope if is_chunked else (*envelope, b"DATA\r\n")


Pieces = tuple[bytes, bytes]
"""A message and what belongs before or behind it; side by side, since to join them copies it."""


def chunk(letter: Letter) -> Pieces:
    """Return the whole message as its last chunk (RFC 3030 §2): its length says where it ends."""
    if not letter.is_dot_free:
        refuse_lone_breaks(letter.data)
    return b"BDAT %d LAST\r\n" % len(letter.data), letter.data


def finished(letter: Letter) -> Pieces:
    """Return what follows DATA: the message and the final dot."""
    return letter.data if letter.is_dot_free else stuffed(letter.data), b".\r\n"


def stuffed(data: bytes) -> bytes:
    """Double the full stop at the start of a line (RFC 5321 §4.5.2), where there is one.

    Raises ProgrammingError for other line ends than CRLF.
    """
    refuse_lone_breaks(data)
    data = b"." + data if data.startswith(b".") else data
    return data.replace(b"\r\n.", b"\r\n..")


def refuse_lone_breaks(data: bytes) -> None:
    """Raise ProgrammingError for other line ends than CRLF.

    With a lone one a letter could be cut in two on its way, and its second half pass for a letter
    of its own; also one that came as a chunk, once a server hands it on by DATA.
    """
    line_ends = data.count(b"\r\n")
    if not data.endswith(b"\r\n") or {data.count(b"\n"), data.count(b"\r")} != {line_ends}:
        raise ProgrammingError("A letter's lines end with CRLF, the last one too.")


def _refused_here(code: int, enhanced: str, text: str, stage: Stage) -> Outcome:
    return Outcome(OutcomeKind.REFUSED, code, enhanced, text, stage)


_NO_SMTPUTF8 = _refused_here(
    553,
    "5.6.7",
    "The mail server cannot take an address with other than plain letters before the @ "
    "(it offers no SMTPUTF8). Ask the person for another address.",
    Stage.MAIL,
)
