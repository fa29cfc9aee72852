"""Composing: a frozen letter compiled once, then filled for each recipient.

The same delivery gives the same bytes on every try: the date is the fan-out's, the Message-ID is
derived from the delivery's own token.
"""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from operator import attrgetter, itemgetter
from typing import NamedTuple
from urllib.parse import urlsplit

from outreach.core.config import TrackingMode
from outreach.core.errors import ProgrammingError
from outreach.core.signing import DeliveryTokens, Nonces, Signer
from outreach.mail.dkim import DkimSigner
from outreach.mail.headers import date_value, one_line
from outreach.mail.letter import Address, Envelope, Letter
from outreach.mail.mailbox import ROLE_HEADER
from outreach.mail.mime import Header, compile_skeleton
from outreach.mail.skeleton import Skeleton
from outreach.mail.slots import SlotKind, slot
from outreach.mailings.blocks import merge
from outreach.mailings.frozen import FrozenLetter, render_frozen
from outreach.mailings.rendering import LinkPlan, PlainLinks, TrackedLinks


class Recipient(NamedTuple):
    """What differs from letter to letter; a tuple, because every letter makes one."""

    number: int
    stakeholder_id: int
    email: str
    name: str
    given_name: str
    organisation: str
    role_id: int | None
    group_no: int
    is_personal: bool
    is_measured: bool
    attempts: int = 0
    was_doubted: bool = False
    variant: str = ""
    """What the letter says to this reader, as the fan-out froze it; empty for the fallback."""
    arm: str = ""
    """The subject line it is tried with; empty for the mailing's own, or the winner of a test."""


MARK_DIGITS = 32
"""Hexadecimal digits (128 bits) that make a Message-ID of ours hard to guess (S4)."""
_TOKENS = frozenset({"number", "message_mark", "unsubscribe", "preferences", "measure"})
_FACTS = {"name": "name", "first_name": "given_name", "organisation": "organisation"}
"""The recipient's field that a merge field reads."""


class _Compiled(NamedTuple):
    """A letter of one kind: its bytes, and how the merge fields' slots are filled."""

    skeleton: Skeleton
    facts: list[tuple[str, Callable[[Recipient], str], str]]

    def of_role(self, letter: FrozenLetter, role_id: int | None) -> "_Compiled":
        """Return it with what all readers of a role have in common written already."""
        role, slug = _role(letter, role_id)
        settled = {"role": role, "role_slug": slug}
        return _Compiled(self.skeleton.settled(settled), self.facts)


class _Edition(NamedTuple):
    """A variant of the letter, compiled with links that measure and with links that do not."""

    letter: FrozenLetter
    tracked: _Compiled
    plain: _Compiled


_Kind = tuple[str, str, int | None, bool]
"""Variant, subject line and role of a recipient, and whether the letter measures."""


@dataclass(frozen=True)
class Circumstances:
    """What all letters of a dispatch share besides their words."""

    mailing_id: int
    tracking: TrackingMode
    begun_at: datetime
    mailing_key: bytes | None
    """Under which nonces are made; None in other modes than unlinked."""
    bounce_address: str = ""
    """The mailbox bounces are read from; empty when none is."""
    is_caught: bool = False
    dkim: DkimSigner | None = None
    """Signs the letters; None where the relay does."""
    winner: str = ""
    """The subject line of letters that waited for the end of a test."""
    waves: tuple[tuple[int, datetime], ...] = ()
    """From which number on letters are dated from which moment; empty where all share one."""


class Composer:
    """Makes the letters of one dispatch."""

    def __init__(self, letter: FrozenLetter, around: Circumstances, signer: Signer) -> None:
        self._around, self._signer = around, signer
        self.sender = letter.sender_address
        """The address the letters are from."""
        host = urlsplit(letter.base_url).hostname or "localhost"
        self._domain = letter.message_domain or host
        self._editions = {
            (each.key, arm): self._edition(edition)
            for each in letter.variants
            for arm, edition in letter.edition(each).arms(around.winner).items()
        }
        self._fallback = letter.variants[0].key
        self._kinds: dict[_Kind, _Compiled] = {}
        """What letters of a kind have in common, made for the first of them."""
        self._nonces = Nonces(around.mailing_key) if around.mailing_key is not None else None
        self._minting: dict[int, Callable[[bytes], str]] = {}
        """What makes the unlinked tokens of each group."""
        self._dates = [(number, date_value(moment)) for number, moment in around.waves]

    def _edition(self, letter: FrozenLetter) -> _Edition:
        tracked = self._compile(letter, TrackedLinks(letter.base_url))
        return _Edition(letter, tracked, self._compile(letter, PlainLinks()))

    def _compile(self, letter: FrozenLetter, links: LinkPlan) -> _Compiled:
        rendered = render_frozen(letter, links)
        headers = self._headers(letter)
        skeleton = compile_skeleton(
            headers=headers, text=rendered.text, html=rendered.html, tokens=_TOKENS
        )
        fields = dict.fromkeys((*rendered.merge_fields, *merge.find(letter.subject)))
        facts = [(one.slot_name, _fact(letter, one.name), one.fallback or "") for one in fields]
        return _Compiled(skeleton, facts)

    def _headers(self, letter: FrozenLetter) -> list[Header]:
        around = self._around
        sender = Address(letter.sender_address, letter.sender_name)
        headers: list[Header] = [
            ("From", sender),
            ("To", Address(slot("to_email"), slot("to_name"))),
            ("Subject", merge.to_slots(letter.subject)),
            ("Date", slot("date") if around.waves else date_value(around.begun_at)),
            ("Message-ID", self._message_id(slot("number"), slot("message_mark"))),
        ]
        if letter.reply_address:
            headers.append(("Reply-To", Address(letter.reply_address)))
        headers += [
            ("List-Id", f"<{letter.list_identifier}>"),
            ("List-Unsubscribe", f"<{letter.base_url}/u/{slot('unsubscribe', SlotKind.URL)}>"),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            ("List-Help", f"<{letter.base_url}/privacy>"),
            ("List-Owner", f"<mailto:{letter.reply_address or letter.sender_address}>"),
            ("Precedence", "bulk"),
            ("Auto-Submitted", "auto-generated"),
            ("X-Auto-Response-Suppress", "OOF, AutoReply"),
            ("Feedback-ID", f"{around.mailing_id}:{letter.list_id}:mailing:outreach"),
        ]
        if around.is_caught:
            headers.append((ROLE_HEADER, slot("role_slug")))
        return headers

    def compose(self, recipient: Recipient) -> Letter:
        """Return a recipient's letter, ready to be sent; raises Refusal for a broken address."""
        number = recipient.number
        tokens = self._signer.delivery_tokens(self._around.mailing_id, number)
        measure = self._measure(recipient, tokens)
        kind = recipient.variant, recipient.arm, recipient.role_id, measure != ""
        skeleton, facts = self._kinds.get(kind) or self._of_kind(kind, recipient)
        values = {
            "to_email": recipient.email,
            "to_name": one_line(recipient.name),
            "number": str(number),
            "message_mark": sha256(b"message-id" + tokens.reply.encode()).hexdigest()[:MARK_DIGITS],
            "unsubscribe": tokens.unsubscribe,
            "preferences": tokens.preferences,
            "measure": measure,
        }
        if self._dates:
            values["date"] = self._date(number)
        for slot_name, read, fallback in facts:
            values[slot_name] = read(recipient) or fallback
        sender = self._returns_to(number) if self._around.bounce_address else self.sender
        letter = skeleton.letter(Envelope(sender, recipient.email), values)
        return self._around.dkim.signed(letter) if self._around.dkim else letter

    def _of_kind(self, kind: _Kind, recipient: Recipient) -> _Compiled:
        edition = self._edition_for(recipient)
        compiled = edition.tracked if kind[-1] else edition.plain
        # Two hands may make the same at once; either does.
        self._kinds[kind] = made = compiled.of_role(edition.letter, recipient.role_id)
        return made

    def _edition_for(self, recipient: Recipient) -> _Edition:
        if found := self._editions.get((recipient.variant, recipient.arm)):
            return found
        for key in (recipient.variant, self._fallback):
            for arm in (recipient.arm, ""):
                if found := self._editions.get((key, arm)):
                    return found
        raise ProgrammingError(f"No letter was compiled for variant {recipient.variant!r}.")

    def _date(self, number: int) -> str:
        place = bisect_right(self._dates, number, key=itemgetter(0))
        return self._dates[max(place - 1, 0)][1]

    def _message_id(self, number: str, mark: str) -> str:
        """Return the Message-ID of a delivery, the same on every try (M5).

        It stands under the sender's domain, as the signature does. RFC 5322, 3.6.4 asks for no
        more than that nobody else makes the same one, which the mark sees to.
        """
        return f"<m{self._around.mailing_id}.{number}.{mark}@{self._domain}>"

    def _measure(self, recipient: Recipient, tokens: DeliveryTokens) -> str:
        around, group = self._around, recipient.group_no
        if around.tracking is TrackingMode.OFF or not recipient.is_measured:
            return ""
        if recipient.is_personal:
            return tokens.personal
        if around.tracking is TrackingMode.UNLINKED and self._nonces is None:
            return ""  # the key was destroyed when the mailing was settled, for good reasons
        if around.tracking is TrackingMode.SHARED or self._nonces is None:
            return self._signer.shared(around.mailing_id, group)
        mint = self._minting.get(group)
        if mint is None:
            mint = self._minting[group] = self._signer.unlinked_of(around.mailing_id, group)
        return mint(self._nonces.of(recipient.number))

    def _returns_to(self, number: int) -> str:
        local, _, domain = self._around.bounce_address.partition("@")
        mark = self._signer.bounce_local_part(self._around.mailing_id, number)
        return f"{local}+{mark}@{domain}"


def _role(letter: FrozenLetter, role_id: int | None) -> tuple[str, str]:
    """Return name and slug of a reporting role, in the letter's language."""
    role = letter.roles.get(role_id) if role_id is not None else None
    return (role.name, role.slug) if role else (letter.no_role, "none")


def _fact(letter: FrozenLetter, name: str) -> Callable[[Recipient], str]:
    """Return what reads the fact a merge field names."""
    if name == "role":
        return lambda recipient: _role(letter, recipient.role_id)[0]
    read: Callable[[Recipient], str] = attrgetter(_FACTS[name])
    return lambda recipient: one_line(read(recipient))
