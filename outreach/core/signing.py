"""Tokens that stand in letters: minted and redeemed here and nowhere else, each bound to a purpose.

A delivery's four tokens are cut from one HMAC-SHA-512 (128 bits each); one HMAC per letter keeps
the sender fast. A token is `kind and key number (1 byte) | variable-length numbers | MAC (16)`,
base64url without padding; in mail local parts, where relays change the case, lower-case base32.

The measure token of people who may not be followed holds their group's number and, when letters
are counted one by one (unlinked), a nonce made under a key that belongs to the mailing alone and
is destroyed once the mailing is settled: from then on nobody can say whose letter a nonce was.
"""

import base64
import binascii
import hmac
from binascii import b2a_base64
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from hashlib import sha256, sha512
from typing import NamedTuple

from outreach.core.keys import KeyPurpose, KeyRing
from outreach.core.macs import Mac

_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_HEADS = [bytes([number]) for number in range(256)]
_SMALL = _HEADS[:128]
MAC_BYTES = 16
NONCE_BYTES = 8
MARK_BYTES = 8
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class TokenKind(IntEnum):
    """What a token may do; each kind is refused wherever another one is asked for."""

    UNSUBSCRIBE = 0
    PREFERENCES = 1
    REPLY = 2
    PERSONAL = 3
    UNLINKED = 4
    SHARED = 5
    SITE = 6
    BOUNCE = 7
    PERSON = 8
    SIGN_UP = 9
    OWN_DATA = 10
    PLAN = 11
    REVIEW = 12


_KINDS = {int(kind): kind for kind in TokenKind}
MEASURE_KINDS = frozenset(
    {TokenKind.PERSONAL, TokenKind.UNLINKED, TokenKind.SHARED, TokenKind.SITE}
)
_SLICE = {
    TokenKind.UNSUBSCRIBE: slice(0, 16),
    TokenKind.PREFERENCES: slice(16, 32),
    TokenKind.REPLY: slice(32, 48),
    TokenKind.PERSONAL: slice(48, 64),
}


class DeliveryTokens(NamedTuple):
    """The four tokens of one letter, in base64url; each is written when it is asked for."""

    key_number: int
    packed: bytes
    digest: bytes

    @property
    def unsubscribe(self) -> str:
        """Leaves the list."""
        return self._token(TokenKind.UNSUBSCRIBE)

    @property
    def preferences(self) -> str:
        """Opens the preferences."""
        return self._token(TokenKind.PREFERENCES)

    @property
    def reply(self) -> str:
        """Tells a question which letter it answers."""
        return self._token(TokenKind.REPLY)

    @property
    def personal(self) -> str:
        """Measures somebody who agreed to it."""
        return self._token(TokenKind.PERSONAL)

    def _token(self, kind: TokenKind) -> str:
        raw = _HEADS[kind << 4 | self.key_number] + self.packed + self.digest[_SLICE[kind]]
        return b2a_base64(raw, newline=False).translate(_URL_SAFE, b"=").decode("ascii")


@dataclass(frozen=True)
class Redeemed:
    """What a genuine token says.

    `mailing_id` and `number` name a delivery for delivery kinds; for UNLINKED and SHARED they name
    the mailing and the token group, `nonce` telling letters of an unlinked group apart. A SITE
    token names a document, a PERSON token a stakeholder, a SIGN_UP or OWN_DATA token a row of its
    table, with the mark of the moment it was made as `nonce`, a PLAN token a user, all in `number`
    (mailing_id is 0). A REVIEW token names a mailing and a row of its review links.
    """

    kind: TokenKind
    mailing_id: int
    number: int
    nonce: bytes = b""


class Signer:
    """Mints and redeems tokens under the key ring's token keys."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring
        self._number, self._key = ring.current(KeyPurpose.TOKEN)
        self._delivery, self._mac = Mac(self._key, sha512), Mac(self._key, sha256)

    def delivery_tokens(self, mailing_id: int, number: int) -> DeliveryTokens:
        """Return the tokens of delivery (`mailing_id`, `number`): one HMAC for all four."""
        packed = _pack(mailing_id, number)
        return DeliveryTokens(self._number, packed, self._delivery.digest(b"delivery" + packed))

    def delivery_tokens_by_key(self, mailing_id: int, number: int) -> Iterator[DeliveryTokens]:
        """Give the tokens of a delivery under every key of the ring, also those before this one."""
        packed = _pack(mailing_id, number)
        for key_number, key in self._ring.keys[KeyPurpose.TOKEN].items():
            yield DeliveryTokens(key_number, packed, _delivery_digest(key, packed))

    def unlinked(self, mailing_id: int, group: int, nonce: bytes) -> str:
        """Return the measure token of one letter of a group, without a way back to the person."""
        return self.unlinked_of(mailing_id, group)(nonce)

    def unlinked_of(self, mailing_id: int, group: int) -> Callable[[bytes], str]:
        """Return what gives `unlinked` for each nonce of a group: every letter asks for one."""
        payload = _pack(mailing_id, group)
        head = _HEADS[TokenKind.UNLINKED << 4 | self._number] + payload
        said, mac_of = _SMALL[TokenKind.UNLINKED] + payload, self._mac.digest

        def token(nonce: bytes) -> str:
            return _encode(head + nonce + mac_of(said + nonce)[:MAC_BYTES])

        return token

    def shared(self, mailing_id: int, group: int) -> str:
        """Return the measure token that all letters of a group carry alike."""
        return self._sign(TokenKind.SHARED, _pack(mailing_id, group))

    def site(self, document_id: int) -> str:
        """Return the token under which visitors without a letter load a document's file."""
        return self._sign(TokenKind.SITE, _pack(0, document_id))

    def person(self, stakeholder_id: int) -> str:
        """Return a token for a person that belongs to no letter (sign-up, own data)."""
        return self._sign(TokenKind.PERSON, _pack(0, stakeholder_id))

    def sign_up(self, sign_up_id: int, asked_at: datetime) -> str:
        """Return the token of the letter that asks somebody to confirm what they asked then."""
        return self._sign(TokenKind.SIGN_UP, _pack(0, sign_up_id) + mark_of(asked_at))

    def own_data(self, link_id: int, made_at: datetime) -> str:
        """Return the token of a letter that leads to one's own data, by a link made then."""
        return self._sign(TokenKind.OWN_DATA, _pack(0, link_id) + mark_of(made_at))

    def plan(self, user_id: int) -> str:
        """Return the token under which a user's calendar program reads what is planned."""
        return self._sign(TokenKind.PLAN, _pack(0, user_id))

    def review(self, mailing_id: int, link_id: int) -> str:
        """Return the token under which somebody without an account reads and comments a mailing."""
        return self._sign(TokenKind.REVIEW, _pack(mailing_id, link_id))

    def bounce_local_part(self, mailing_id: int, number: int, mark: bytes = b"") -> str:
        """Return the signed part of the envelope sender (VERP): lower-case base32, no padding.

        `mark` tells what bears this number now from what may bear it later.
        """
        token = self._sign(TokenKind.BOUNCE, _pack(mailing_id, number) + mark)
        return base64.b32encode(_decode(token)).decode().rstrip("=").lower()

    def redeem_local_part(self, text: str) -> Redeemed | None:
        """Redeem the signed part of an envelope sender in whatever case a relay made of it."""
        padded = text.upper() + "=" * (-len(text) % 8)
        try:
            raw = base64.b32decode(padded)
        except (binascii.Error, ValueError):
            return None
        return self._redeem_raw(raw, (TokenKind.BOUNCE,))

    def redeem(self, token: str, *kinds: TokenKind) -> Redeemed | None:
        """Return what a genuine token of one of `kinds` says, or None for anything else.

        Comparison takes constant time; a token of another purpose is as wrong as a forged one.
        """
        try:
            raw = _decode(token)
        except (binascii.Error, ValueError):
            return None
        # Base64 leaves spare bits in its last character; only the spelling we made is genuine.
        return self._redeem_raw(raw, kinds) if _encode(raw) == token else None

    def _redeem_raw(self, raw: bytes, kinds: Sequence[TokenKind]) -> Redeemed | None:
        if len(raw) < 1 + 2 + MAC_BYTES:
            return None
        kind = _KINDS.get(raw[0] >> 4)
        if kind is None or kind not in kinds:
            return None
        key = self._ring.key(KeyPurpose.TOKEN, raw[0] & 15)
        payload, mac = raw[1:-MAC_BYTES], raw[-MAC_BYTES:]
        if key is None or not hmac.compare_digest(_mac(key, kind, payload), mac):
            return None
        mailing_id, rest = _unpack(payload)
        number, nonce = _unpack(rest)
        return Redeemed(kind, mailing_id, number, nonce)

    def _sign(self, kind: TokenKind, payload: bytes) -> str:
        mac = self._mac.digest(_SMALL[kind] + payload)[:MAC_BYTES]
        return _encode(_HEADS[kind << 4 | self._number] + payload + mac)


class Nonces:
    """The nonces of one mailing's letters, made under its own, perishable key."""

    def __init__(self, mailing_key: bytes) -> None:
        self._mac = Mac(mailing_key, sha256)

    def of(self, number: int) -> bytes:
        """Return the nonce of delivery `number`."""
        return self._mac.digest(b"nonce" + _varint(number))[:NONCE_BYTES]


def mark_of(moment: datetime) -> bytes:
    """Return what binds a token to the row that was made at this moment and to no later one.

    Rows are deleted, and a number comes again: SQLite gives the last one anew, and a backup that
    was restored gives all since. Whoever keeps an old letter must not hold somebody else's link.
    """
    return ((moment - _EPOCH) // timedelta(microseconds=1)).to_bytes(MARK_BYTES, "big")


def nonce_of(mailing_key: bytes, number: int) -> bytes:
    """Return the nonce of delivery `number` under its mailing's own, perishable key."""
    return Nonces(mailing_key).of(number)


def _delivery_digest(key: bytes, packed: bytes) -> bytes:
    return hmac.digest(key, b"delivery" + packed, "sha512")


def _mac(key: bytes, kind: TokenKind, payload: bytes) -> bytes:
    if kind in _SLICE:
        return _delivery_digest(key, payload)[_SLICE[kind]]
    return hmac.digest(key, bytes([kind]) + payload, "sha256")[:MAC_BYTES]


def _varint(number: int) -> bytes:
    if number < 128:
        return _SMALL[number]
    if number < 16_384:
        return bytes((number & 127 | 128, number >> 7))
    encoded = bytearray()
    while number > 127:
        encoded.append(number & 127 | 128)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def _pack(first: int, second: int) -> bytes:
    if first < 128:
        if second < 128:
            return bytes((first, second))
        if second < 16_384:
            return bytes((first, second & 127 | 128, second >> 7))
    return _varint(first) + _varint(second)


def _unpack(data: bytes) -> tuple[int, bytes]:
    number = 0
    for index, byte in enumerate(data):
        number |= (byte & 127) << 7 * index
        if byte < 128:
            return number, data[index + 1 :]
    return number, b""


def _encode(raw: bytes) -> str:
    return b2a_base64(raw, newline=False).translate(_URL_SAFE, b"=").decode("ascii")


def _decode(token: str) -> bytes:
    return base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
