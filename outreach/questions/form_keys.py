"""The hidden key of a public form: tells one form from another and when it was made.

It stands in the place of a session and of a captcha: signed, so that nobody can make one up, and
random, so that the same form sent twice is seen.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from itsdangerous import BadData, URLSafeSerializer

from outreach.core.keys import KeyPurpose, KeyRing

LONGEST = 200


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a genuine key says."""

    key: str
    made_at: int
    """Seconds since 1970."""

    def age(self, now: datetime) -> float:
        """Return the seconds since the form was made."""
        return now.timestamp() - self.made_at


class FormKeys:
    """Makes and reads the keys of an installation's public forms, and signs what follows them."""

    def __init__(self, ring: KeyRing) -> None:
        secret = ring.derive(KeyPurpose.SESSION, "question form")
        self._forms = URLSafeSerializer(secret, salt="form")
        self._receipts = URLSafeSerializer(secret, salt="receipt")

    def mint(self, *, now: datetime) -> str:
        """Return a new key."""
        return str(self._forms.dumps([secrets.token_urlsafe(16), int(now.timestamp())]))

    def read(self, text: str) -> Stamp | None:
        """Return what a key says, or None for one that we did not make."""
        found = _loaded(self._forms, text)
        return Stamp(str(found[0]), int(found[1])) if found else None

    def receipt(self, reference: str, result_slug: str, *, can_answer: bool) -> str:
        """Return what the page after the form must know, signed: nobody else can write it."""
        return str(self._receipts.dumps([reference, result_slug, can_answer]))

    def read_receipt(self, text: str) -> tuple[str, str, bool] | None:
        """Return (reference, slug of the result, whether an answer can go out), or None."""
        found = _loaded(self._receipts, text)
        return (str(found[0]), str(found[1]), bool(found[2])) if found else None


def _loaded(serializer: URLSafeSerializer, text: str) -> list[str | int] | None:
    if len(text) > LONGEST:
        return None
    try:
        found: list[str | int] = serializer.loads(text)
    except BadData:
        return None
    return found
