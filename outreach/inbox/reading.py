"""Reading a message that came back: pure functions of its bytes, which may be anything at all.

A report in the standard form is believed first (RFC 3464, RFC 5965), known odd forms second; what
neither explains is left for a person. Whose letter it was is never read here from free text.
"""

import logging
import re
from dataclasses import dataclass, replace
from email import message_from_bytes
from email.message import Message
from email.utils import parseaddr
from typing import TYPE_CHECKING

from outreach.core.extras import late
from outreach.inbox.fields import words
from outreach.inbox.models import InboundKind
from outreach.inbox.programs import is_away, is_by_program, may_hold_words
from outreach.inbox.reports import report_blocks, report_fields
from outreach.mail.headers import one_line
from outreach.mail.replies import BounceClass, bounce_class

if TYPE_CHECKING:
    from flufl import bounce
else:
    bounce = late("flufl.bounce")

LOOKED_AT = 256 * 1024
"""Octets of a message in which tokens are looked for."""
COMPLAINTS = frozenset({"abuse", "opt-out", "opt-out-list", "fraud"})
_TOKEN = re.compile(rb"\+([a-zA-Z2-7]{30,80})@")
_ENHANCED = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_CODE = re.compile(r"\b([45]\d\d)[ -]")
_REFUSAL = re.compile(r"\b[45]\d\d[ -]#?[45]\.\d{1,3}\.\d{1,3}\b")
_POSTAL = re.compile(r"(?:mailer-daemon|postmaster)@", re.IGNORECASE)
"""Who brings letters back; in words of its own, perhaps, and in any language."""
_EXCHANGE_RETURNS = "X-MS-Exchange-Message-Is-Ndr"
"""On letters that Exchange brings back, also where a gateway has taken the report itself off."""
_UNSPECIFIC = frozenset({"5.0.0", "4.0.0", ""})

# It logs with a traceback what it raises as well; here what cannot be read goes to the quarantine.
logging.getLogger("flufl.bounce").addHandler(logging.NullHandler())
logging.getLogger("flufl.bounce").propagate = False


@dataclass(frozen=True, slots=True)
class ReadMail:
    """What a message says."""

    kind: InboundKind
    bounce_class: BounceClass | None = None
    status: str = ""
    said: str = ""
    sender: str = ""
    subject: str = ""
    is_certain: bool = True
    """False where only a pattern says so: a person decides."""


def read(raw: bytes) -> ReadMail:
    """Say what a message is; never raises, whatever it holds."""
    try:
        message = message_from_bytes(raw)
        found = _report(message) or _odd_bounce(message) or _other(message)
        sender, subject = words(message.get("From")), words(message.get("Subject"))
    except Exception as error:  # noqa: BLE001 - real mail makes the parser raise anything
        return unreadable(error)
    return ReadMail(
        found.kind,
        found.bounce_class,
        found.status[:20],
        one_line(found.said)[:400],
        sender[:254],
        subject[:200],
        found.is_certain,
    )


def unreadable(error: Exception) -> ReadMail:
    """Return what stands for a message that no reader of ours gets to the end of (B9)."""
    why = f"It is broken and could not be read ({one_line(str(error)) or type(error).__name__})"
    return ReadMail(InboundKind.UNREADABLE, said=why[:400], is_certain=False)


def tokens(raw: bytes) -> list[str]:
    """Return what looks like the signed part of an envelope sender of ours, each once."""
    found = (match.decode("ascii") for match in _TOKEN.findall(raw[:LOOKED_AT]))
    return list(dict.fromkeys(text.lower() for text in found))


def _report(message: Message) -> ReadMail | None:
    for part in message.walk():
        if part.get_content_type() == "message/feedback-report":
            return _feedback(report_fields(part))
        if part.get_content_type() in {"message/delivery-status", "message/global-delivery-status"}:
            return _delivery_status(part)
    return None


def _feedback(fields: Message) -> ReadMail:
    kind = words(fields.get("Feedback-Type")).lower()
    is_complaint = kind in COMPLAINTS or not kind
    return ReadMail(
        InboundKind.COMPLAINT if is_complaint else InboundKind.FEEDBACK,
        status=kind,
        said=kind or "A report of a provider that does not say what of",
        is_certain=bool(kind),
    )


def _delivery_status(part: Message) -> ReadMail:
    found = report_blocks(part)
    acted = [block for block in found if _action(block)]
    failed = next((block for block in acted if _action(block) == "failed"), None)
    if failed is not None:
        return _failure(failed)
    if acted:
        action = _action(acted[0])
        return ReadMail(InboundKind.NOTICE, status=action, said=action)
    bad = (block for block in found if words(block.get("Status"))[:1] in {"4", "5"})
    unsaid = next(bad, None)
    if unsaid is not None:
        return replace(_failure(unsaid), is_certain=False)
    return ReadMail(InboundKind.NOTICE, said="A report that says nothing", is_certain=False)


def _failure(block: Message) -> ReadMail:
    # "smtp; 550 …" names the protocol first (RFC 3464 §2.3.6), which tells a reader nothing.
    diagnostic = words(block.get("Diagnostic-Code")).removeprefix("smtp;").strip()
    status = _status(words(block.get("Status")), diagnostic)
    code = _CODE.search(diagnostic)
    verdict = bounce_class(int(code[1]) if code else 0, status, diagnostic)
    why = diagnostic or (f"Status {status}" if status else "It gives no reason")
    return ReadMail(InboundKind.BOUNCE, verdict, status, why)


def _status(reported: str, diagnostic: str) -> str:
    """Return the status, or where it says nothing the one the receiving server gave."""
    found = _ENHANCED.search(reported)
    status = found[1] if found else ""
    if status in _UNSPECIFIC and (own := _ENHANCED.search(diagnostic)):
        return own[1]
    return "" if status in _UNSPECIFIC else status


def _odd_bounce(message: Message) -> ReadMail | None:
    """Ask the library of odd formats; its "permanent" alone is no proof of a dead address (B2)."""
    temporary, permanent = bounce.all_failures(message)
    if not (temporary or permanent):
        return None
    said = _by_words(message)
    if temporary:
        return replace(said, bounce_class=BounceClass.SOFT, is_certain=True)
    is_certain = said.bounce_class is not BounceClass.SOFT or bool(said.status)
    return replace(said, is_certain=is_certain)


def _by_words(message: Message) -> ReadMail:
    """Read a bounce from what it says in words; a person decides whether it is one."""
    text = _text(message)
    found = _ENHANCED.search(text)
    status = found[1] if found else ""
    code = _CODE.search(text)
    verdict = bounce_class(int(code[1]) if code else 0, status, text[:2000])
    return ReadMail(InboundKind.BOUNCE, verdict, status, text[:400], is_certain=False)


def _other(message: Message) -> ReadMail:
    """Tell a person's mail from a program's, and from what servers say in words of their own."""
    sender = parseaddr(words(message.get("From")))[1]
    is_returned = bool(_POSTAL.match(sender)) and not is_away(message)
    if is_returned or message.get(_EXCHANGE_RETURNS) is not None:
        return _by_words(message)
    if not is_away(message) and _says_refused(message):
        return _by_words(message)
    if not is_by_program(message):
        return ReadMail(InboundKind.PERSON)
    return ReadMail(InboundKind.AUTOMATIC, is_certain=not may_hold_words(message))


def _says_refused(message: Message) -> bool:
    """Whether a message without a return path, as returned mail is, tells an SMTP refusal."""
    has_no_path = words(message.get("Return-Path")) == "<>"
    return has_no_path and bool(_REFUSAL.search(_text(message)))


def _action(block: Message) -> str:
    """Return what became of the letter, without the comment some servers put behind it."""
    return words(block.get("Action")).lower().partition(" ")[0]


def _text(message: Message) -> str:
    for part in message.walk():
        if part.get_content_maintype() == "text":
            octets = part.get_payload(decode=True)
            if isinstance(octets, bytes):
                return one_line(octets.decode("utf-8", "replace")[:4000])
    return ""
