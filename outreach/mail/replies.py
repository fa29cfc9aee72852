"""What an SMTP server's reply means: pure functions, no sockets (RFC 5321 §4.2, RFC 3463)."""

import re
from enum import StrEnum
from typing import NamedTuple

WHO_ARE_YOU = 530
"""Sign in first (RFC 4954 §6), or make the connection private first (RFC 3207 §4)."""
SERVICE_CLOSING = 421
"""The server hangs up after this reply, whatever was asked (RFC 5321 §3.8)."""
_LONGEST_TEXT = 500
_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?=\s|$)\s*")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_POLICY = re.compile(
    r"spam|blocked|block ?list|black ?list|policy|reputation|denied|\bspf\b|dkim|dmarc|"
    r"unauthenticated|not authori[sz]ed|relay|sender",
    re.IGNORECASE,
)
_UNKNOWN = re.compile(
    r"(?:user|recipient|mailbox|address|account|host|domain)[^.;]{0,40}"
    r"(?:unknown|not found|does ?n[o']t exist|disabled permanently|no longer)|"
    r"no such (?:user|recipient|mailbox|address|domain|host)|"
    r"unknown (?:user|recipient|mailbox|address|local|host|domain)|has moved",
    re.IGNORECASE,
)
_GREY = re.compile(r"gr[ea]y.?list|postgrey", re.IGNORECASE)
_SENDER_FAULTS = frozenset({"5.1.7", "5.1.8"})
_UNROUTABLE = "5.4.4"
_INTRODUCE = re.compile(r"starttls|\btls\b|authenticat|sign.?in|log.?in", re.IGNORECASE)


class Stage(StrEnum):
    """How far a letter had come."""

    CONNECT = "connect"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    DOT = "dot"
    """The whole letter was written and only the server's word is missing."""


class OutcomeKind(StrEnum):
    """What became of a letter."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    """Not now; the same letter may be tried again later."""
    REFUSED = "refused"


class BounceClass(StrEnum):
    """What a refusal says about the address (B2)."""

    HARD = "hard"
    """There is no such address: suppressed at once."""
    SOFT = "soft"
    """The address exists and could not take this letter."""
    BLOCKED = "blocked"
    """We are not wanted: warns the operator and suppresses nobody."""


class Reply(NamedTuple):
    """One reply, its lines joined; `code` is -1 when it was no SMTP reply."""

    code: int
    text: str


class Outcome(NamedTuple):
    """What the server answered to a letter, and at which stage."""

    kind: OutcomeKind
    code: int
    enhanced: str
    """The enhanced status code such as 5.1.1; empty when the server gave none."""
    text: str
    stage: Stage

    @property
    def is_accepted(self) -> bool:
        """Whether the server took the letter."""
        return self.kind is OutcomeKind.ACCEPTED

    @property
    def bounce_class(self) -> BounceClass:
        """What it says about the address, if it was refused."""
        return bounce_class(self.code, self.enhanced, self.text, stage=self.stage)


def read_outcome(reply: Reply, stage: Stage) -> Outcome:
    """Say what `reply` means at `stage`; anything but yes or a lasting no is "later"."""
    text, enhanced = reply.text, ""
    if found := _ENHANCED.match(text):
        text, enhanced = text[found.end() :], found[1]
    if "." in text:  # another line's, mostly the same again
        text = _ENHANCED.sub("", text)
    if not text.isprintable():
        text = _CONTROLS.sub(" ", text)
    text = text.strip()[:_LONGEST_TEXT]
    # Data is only accepted by the reply to the final dot; earlier yeses never end a letter.
    if stage is Stage.DOT and 200 <= reply.code < 300:
        kind = OutcomeKind.ACCEPTED
    else:
        kind = OutcomeKind.REFUSED if reply.code // 100 == 5 else OutcomeKind.DEFERRED
    return Outcome(kind, reply.code, enhanced, text, stage)


def asks_who_we_are(outcome: Outcome) -> bool:
    """Whether a refusal concerns neither letter nor recipient, but that we did not sign in."""
    if outcome.code != WHO_ARE_YOU:
        return False
    return outcome.stage is Stage.MAIL or bool(_INTRODUCE.search(outcome.text))


def is_go_ahead(code: int, stage: Stage) -> bool:
    """Whether the server lets the letter pass this stage."""
    return 300 <= code < 400 if stage is Stage.DATA else 200 <= code < 300


def bounce_class(code: int, enhanced: str, text: str, *, stage: Stage = Stage.RCPT) -> BounceClass:
    """Judge a refusal by its enhanced status first and its words second (B2).

    Libraries that only say "permanent" call a full mailbox dead; suppression follows HARD alone.
    """
    if code // 100 == 4 or enhanced.startswith("4."):
        return BounceClass.SOFT
    if enhanced:
        return _by_status(enhanced, text, stage)
    if _POLICY.search(text) or stage is Stage.MAIL:
        return BounceClass.BLOCKED
    return BounceClass.HARD if _UNKNOWN.search(text) else BounceClass.SOFT


def says_unwanted(text: str) -> bool:
    """Whether a reply speaks of us, our reputation or a rule of theirs; greylisting passes."""
    return bool(_POLICY.search(text)) and not _GREY.search(text)


def _by_status(enhanced: str, text: str, stage: Stage) -> BounceClass:
    subject = enhanced.split(".")[1]
    concerns_us = stage is Stage.MAIL or (enhanced == "5.1.0" and "sender" in text.lower())
    if subject == "7" or enhanced in _SENDER_FAULTS or (subject == "1" and concerns_us):
        return BounceClass.BLOCKED
    if subject == "1" or enhanced == _UNROUTABLE:
        return BounceClass.HARD
    return BounceClass.SOFT
