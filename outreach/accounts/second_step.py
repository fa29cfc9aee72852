"""The second step of signing in: a code from an authenticator app (RFC 6238), or a spare one."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from flask_security.totp import Totp
from itsdangerous import BadSignature, URLSafeTimedSerializer
from passlib.totp import TotpMatch

from outreach.accounts.models import User
from outreach.core.errors import Refusal
from outreach.core.extras import late
from outreach.core.keys import KeyPurpose, KeyRing

if TYPE_CHECKING:
    import segno
else:
    segno = late("segno")

ISSUER = "Outreach"
WINDOW = timedelta(seconds=30)
"""How far a phone's clock may be off."""
SETUP = timedelta(minutes=30)
SPARE_CODES = 10
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that look alike on paper."""


class _Counted(Totp):
    """Flask-Security's, remembering the last code so that none works twice."""

    def get_last_counter(self, user: User) -> int | None:  # type: ignore[override]  # our own User
        return user.totp_counter

    def set_last_counter(self, user: User, tmatch: TotpMatch) -> None:  # type: ignore[override]  # our own User
        user.totp_counter = tmatch.counter


@dataclass(frozen=True)
class Setup:
    """What a user is shown to set their app up."""

    sealed: str
    """The secret on its way through the form, signed and encrypted."""
    key: str
    """The secret to type, for an app that reads no picture."""
    picture: str
    """The same as a QR code, as an address for an image."""


@dataclass(frozen=True)
class SecondStep:
    """Gives secrets to apps and checks their codes, under one installation's keys."""

    ring: KeyRing

    def setup(self, user: User) -> Setup:
        """Return a new secret for `user`; nothing is kept until a code proves it arrived."""
        secret = self._totp.generate_totp_secret()
        address = self._totp.get_totp_uri(user.email, secret)
        picture = segno.make(address, error="m").svg_data_uri(scale=5, light="#fff")
        return Setup(self._signer.dumps(secret), self._totp.get_totp_pretty_key(secret), picture)

    def turn_on(self, user: User, sealed: str, code: str) -> list[str]:
        """Ask for the second step from now on; returns the spare codes, which are told once.

        Raises Refusal for a code that does not fit, and for a form from long ago.
        """
        try:
            secret = self._signer.loads(sealed, max_age=int(SETUP.total_seconds()))
        except BadSignature as error:
            raise Refusal("This page was open too long.", "Scan the new picture.") from error
        user.totp_counter = None
        if not self._fits(user, secret, code):
            raise Refusal(
                "This code does not fit.", "Type the six digits the app shows now, before they go."
            )
        codes = ["-".join((_word(), _word())) for _ in range(SPARE_CODES)]
        user.totp_secret, user.recovery_hashes = secret, [_hashed(spare) for spare in codes]
        return codes

    def passes(self, user: User, code: str) -> bool:
        """Say whether a code lets `user` in, and use it up: the app's, or a spare one."""
        if user.totp_secret is None:
            return False
        if self._fits(user, user.totp_secret, code):
            return True
        used = _hashed(code)
        if used not in user.recovery_hashes:
            return False
        user.recovery_hashes = [spare for spare in user.recovery_hashes if spare != used]
        return True

    def _fits(self, user: User, secret: str, code: str) -> bool:
        digits = code.replace(" ", "")
        if not (digits.isascii() and digits.isdigit() and len(digits) == 6):
            return False
        window = int(WINDOW.total_seconds())
        return bool(self._totp.verify_totp(digits, secret, user, window=window))

    @property
    def _totp(self) -> _Counted:
        return _Counted({"1": self.ring.derive(KeyPurpose.SECRET, "one-time passwords")}, ISSUER)

    @property
    def _signer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self.ring.derive(KeyPurpose.SESSION, "second step"))


def turn_off(user: User) -> None:
    """Let the password alone do again."""
    user.totp_secret, user.totp_counter, user.recovery_hashes = None, None, []


def is_pending_good(at: float, now: datetime) -> bool:
    """Say whether the first step was taken lately enough for the second."""
    return 0 <= now.timestamp() - at < timedelta(minutes=10).total_seconds()


def _word() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(5))


def _hashed(code: str) -> str:
    plain = "".join(code.lower().split())
    return hashlib.sha256(plain.encode()).hexdigest()
