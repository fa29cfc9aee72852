"""Where a visitor of our own pages came from: what the `via` of an address says, and no more."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from outreach.core.signing import Redeemed, Signer, TokenKind
from outreach.tracking.following import load_letters
from outreach.tracking.groups import NOT_TOLD_APART, Groups, load_groups
from outreach.tracking.resolving import load_keys

LETTER_KINDS = (TokenKind.PERSONAL, TokenKind.UNLINKED, TokenKind.SHARED)
"""Tokens that say which mailing and group somebody came from."""


@dataclass(frozen=True)
class Origin:
    """The mailing, group and role somebody came from; the delivery only while consent stands."""

    mailing_id: int
    group_no: int
    number: int | None
    reader_key: bytes | None
    """Empty where the letter is not told apart, or has no reader yet."""
    role_id: int | None
    """Empty where the group holds several roles."""


def origin_of(session: Session, via: str, signer: Signer) -> Origin | None:
    """Return what a `via` says about where its bearer came from; None for anything not genuine."""
    token = signer.redeem(via, *LETTER_KINDS) if via else None
    if token is None:
        return None
    groups = load_groups(session.connection(), [token.mailing_id]).get(token.mailing_id)
    if groups is None:
        return None
    if token.kind is TokenKind.PERSONAL:
        return _personal(session, token, groups)
    if token.number not in groups.by_no:
        return None
    return _origin(groups, token, token.number, reader_key=token.nonce or None)


def origin_of_letter(session: Session, mailing_id: int, number: int) -> Origin | None:
    """Return where a reply to a delivery came from, saying no more than its `via` would."""
    groups = load_groups(session.connection(), [mailing_id]).get(mailing_id)
    if groups is None:
        return None
    return _personal(session, Redeemed(TokenKind.PERSONAL, mailing_id, number), groups)


def _personal(session: Session, token: Redeemed, groups: Groups) -> Origin | None:
    key = token.mailing_id, token.number
    letter = load_letters(session.connection(), [key]).get(key)
    if letter is None or letter.group_no is None:
        return None
    if not letter.may_follow:
        return _origin(groups, token, groups.without_following(letter.group_no))
    reader_key = load_keys(session.connection(), [key]).get(key)
    return _origin(groups, token, letter.group_no, number=letter.number, reader_key=reader_key)


def _origin(
    groups: Groups,
    token: Redeemed,
    group_no: int,
    *,
    number: int | None = None,
    reader_key: bytes | None = None,
) -> Origin:
    group = None if group_no == NOT_TOLD_APART else groups.by_no[group_no]
    role_id = group.values["role_id"] if group else None
    return Origin(token.mailing_id, group_no, number, reader_key, role_id)
