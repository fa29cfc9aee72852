"""Links to set a password: signed, for a time, for one use, and told by mail only.

A link names the user's uniquifier of its day, which changes with every password and every lock: a
used link, and one from before the user was kept out, opens nothing.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy.orm import Session

from outreach.accounts.models import User
from outreach.core.keys import KeyPurpose, KeyRing
from outreach.mail.letter import Address
from outreach.mail.outbox import post
from outreach.mail.writing import Written, write

FORGOTTEN = timedelta(hours=2)
INVITED = timedelta(days=7)
LARGEST_ID = 2**31 - 1


@dataclass(frozen=True)
class PasswordLinks:
    """Mints and redeems the links of one installation, and mails them."""

    ring: KeyRing
    base_url: str

    def token(self, user: User, *, lasts: timedelta, now: datetime) -> str:
        """Return what the link of `user` carries."""
        ends = int((now + lasts).timestamp())
        return str(self._signer.dumps([user.id, _mark(user), ends]))

    def redeem(self, session: Session, token: str, *, now: datetime) -> User | None:
        """Return whose password a link may set; None for a forged, used or old one."""
        try:
            user_id, mark, ends = self._signer.loads(token)
        except (BadSignature, ValueError, TypeError):
            return None
        user = session.get(User, user_id)
        is_good = user is not None and user.active and mark == _mark(user)
        return user if is_good and now.timestamp() < ends else None

    def invite(self, session: Session, user: User, *, now: datetime) -> None:
        """Mail a new user the link to their first password."""
        self._mail(session, user.email, user, is_invited=True, lasts=INVITED, now=now)

    def remind(self, session: Session, email: str, user: User | None, *, now: datetime) -> None:
        """Mail a user who lost the password a link; for an unknown address do the same work.

        The letter to nobody is written and taken back before the commit, so that the answer takes
        as long for an address without an account (S5).
        """
        known = user if user is not None and user.active else None
        letter = self._mail(session, email, known, is_invited=False, lasts=FORGOTTEN, now=now)
        if known is None:
            session.flush()
            session.delete(letter)

    def _mail(
        self,
        session: Session,
        email: str,
        user: User | None,
        *,
        is_invited: bool,
        lasts: timedelta,
        now: datetime,
    ) -> object:
        whose = user or User(id=0, fs_uniquifier="")
        address = f"{self.base_url}/sign-in/password/{self.token(whose, lasts=lasts, now=now)}"
        words = self.words(email, address, is_invited=is_invited)
        return post(
            session,
            kind="invitation" if is_invited else "password",
            to=Address(email, whose.name or ""),
            subject=words.subject,
            text=words.text,
            html=words.html,
            now=now,
        )

    def words(self, email: str, address: str, *, is_invited: bool) -> Written:
        """Write the letter around a link."""
        lasts = "7 days" if is_invited else "2 hours"
        return write(
            "set_password",
            email=email,
            address=address,
            site=self.base_url,
            is_invited=is_invited,
            lasts=lasts,
        )

    @property
    def _signer(self) -> URLSafeSerializer:
        return URLSafeSerializer(self.ring.derive(KeyPurpose.SESSION, "set password"))


def _mark(user: User) -> str:
    return hashlib.sha256(user.fs_uniquifier.encode()).hexdigest()[:24]
