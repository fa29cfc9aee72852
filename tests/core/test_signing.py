"""Tokens: genuine ones redeem for their own purpose, and nothing else redeems."""

import hmac
import random
from hashlib import sha256, sha512

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.core.keys import KeyPurpose, KeyRing, new_ring
from outreach.core.macs import Mac
from outreach.core.signing import Redeemed, Signer, TokenKind, nonce_of

RING = new_ring()
SIGNER = Signer(RING)
NUMBERS = st.integers(min_value=1, max_value=2**31)


@given(mailing_id=NUMBERS, number=NUMBERS)
def test_each_of_a_deliverys_tokens_opens_its_own_door_only(mailing_id: int, number: int) -> None:
    tokens = SIGNER.delivery_tokens(mailing_id, number)
    kinds = {
        TokenKind.UNSUBSCRIBE: tokens.unsubscribe,
        TokenKind.PREFERENCES: tokens.preferences,
        TokenKind.REPLY: tokens.reply,
        TokenKind.PERSONAL: tokens.personal,
    }

    for kind, token in kinds.items():
        assert SIGNER.redeem(token, kind) == Redeemed(kind, mailing_id, number)
        assert all(SIGNER.redeem(token, other) is None for other in TokenKind if other is not kind)


@given(mailing_id=NUMBERS, group=NUMBERS, number=NUMBERS)
def test_an_unlinked_token_names_the_group_and_not_the_delivery(
    mailing_id: int, group: int, number: int
) -> None:
    nonce = nonce_of(b"k" * 32, number)

    redeemed = SIGNER.redeem(SIGNER.unlinked(mailing_id, group, nonce), TokenKind.UNLINKED)

    assert redeemed == Redeemed(TokenKind.UNLINKED, mailing_id, group, nonce)


def test_the_same_letter_gets_the_same_nonce_and_every_letter_its_own() -> None:
    key = b"k" * 32

    assert nonce_of(key, 7) == nonce_of(key, 7)
    assert len({nonce_of(key, number) for number in range(10_000)}) == 10_000
    assert nonce_of(key, 7) != nonce_of(b"l" * 32, 7)


@given(key=st.binary(min_size=1, max_size=200), message=st.binary(max_size=300))
def test_a_prepared_key_gives_the_macs_of_the_standard_library(key: bytes, message: bytes) -> None:
    """RFC 2104: also for keys longer than a block, which are hashed first."""
    assert Mac(key, sha256).digest(message) == hmac.digest(key, message, "sha256")
    assert Mac(key, sha512).digest(message) == hmac.digest(key, message, "sha512")


def test_ten_thousand_flipped_bits_open_nothing() -> None:
    """S4: not one changed token redeems, whatever kind is asked for."""
    tokens = SIGNER.delivery_tokens(12, 3456)
    genuine = [
        tokens.unsubscribe,
        tokens.personal,
        SIGNER.unlinked(12, 3, b"n" * 8),
        SIGNER.site(5),
    ]
    dice = random.Random(1)

    for _ in range(10_000):
        token = bytearray(dice.choice(genuine).encode())
        token[dice.randrange(len(token))] ^= 1 << dice.randrange(7)
        assert SIGNER.redeem(token.decode("ascii"), *TokenKind) is None


@given(st.text(max_size=80))
def test_any_text_is_refused_without_an_error(text: str) -> None:
    assert SIGNER.redeem(text, *TokenKind) is None
    assert SIGNER.redeem_local_part(text) is None


def test_old_keys_still_redeem_and_the_newest_key_signs() -> None:
    old = SIGNER.delivery_tokens(1, 2).unsubscribe
    grown = KeyRing({**RING.keys, KeyPurpose.TOKEN: {**RING.keys[KeyPurpose.TOKEN], 2: b"x" * 32}})
    newer = Signer(grown)

    assert newer.redeem(old, TokenKind.UNSUBSCRIBE) == Redeemed(TokenKind.UNSUBSCRIBE, 1, 2)
    assert newer.delivery_tokens(1, 2).unsubscribe != old
    assert SIGNER.redeem(newer.delivery_tokens(1, 2).unsubscribe, TokenKind.UNSUBSCRIBE) is None


@pytest.mark.parametrize("change_case", [str.upper, str.lower, str.swapcase])
def test_a_bounce_address_survives_relays_that_change_its_case(change_case: object) -> None:
    local_part = SIGNER.bounce_local_part(40_000, 1_000_000)

    redeemed = SIGNER.redeem_local_part(change_case(local_part))  # type: ignore[operator]

    assert local_part == local_part.lower()
    assert len(local_part) <= 50
    assert redeemed == Redeemed(TokenKind.BOUNCE, 40_000, 1_000_000)


def test_the_unsubscribe_address_leaves_room_for_a_host_of_thirty_characters() -> None:
    """M1: `<URL>` may have 76 characters; Python 3.11 breaks longer ones."""
    token = SIGNER.delivery_tokens(16_000, 2_000_000).unsubscribe

    assert len(f"<https://{'h' * 30}/u/{token}>") <= 76
