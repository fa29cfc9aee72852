"""Which letter of ours a Message-ID names, where a reply quotes it."""

import hashlib
import hmac
import re

from outreach.core.signing import Signer
from outreach.delivery.composing import MARK_DIGITS

_OURS = re.compile(rf"<m(\d{{1,9}})\.(\d{{1,9}})\.([0-9a-f]{{{MARK_DIGITS}}})@[^<>@\s]+>")


def delivery_named(message_id: str, signer: Signer) -> tuple[int, int] | None:
    """Return (mailing, number) of the letter with this Message-ID; None unless we made it.

    It can be read by whoever the letter was forwarded to, but not made up: its mark is derived
    from the letter's own reply token (see `Composer`).
    """
    found = _OURS.fullmatch(message_id)
    if found is None:
        return None
    mailing_id, number, mark = int(found[1]), int(found[2]), found[3]
    for tokens in signer.delivery_tokens_by_key(mailing_id, number):
        ours = hashlib.sha256(b"message-id" + tokens.reply.encode()).hexdigest()[:MARK_DIGITS]
        if hmac.compare_digest(ours, mark):
            return mailing_id, number
    return None
