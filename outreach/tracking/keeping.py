"""Keeping a hit before it is answered: what a request tells of itself, as one record."""

from collections.abc import Callable
from datetime import datetime
from wsgiref.types import WSGIEnvironment

from outreach.core.signing import Redeemed, TokenKind
from outreach.tracking.agents import family_of
from outreach.tracking.hits_file import HitsWriter
from outreach.tracking.records import Face, HitRecord, encode
from outreach.tracking.said import NOTHING_SAID, Said, is_prefetch
from outreach.tracking.visits import Visits

UNCOUNTED = "outreach.uncounted"
"""In the environment of a request that counts nowhere: somebody tries a letter."""


class Keeper:
    """Keeps the hits of one web process."""

    def __init__(self, writer: HitsWriter, now: Callable[[], datetime]) -> None:
        self._writer = writer
        self._now = now
        self._visits = Visits(now=now)

    def keep(
        self,
        face: Face,
        token: Redeemed,
        environ: WSGIEnvironment,
        *,
        link_number: int = 0,
        version_id: int = 0,
        said: Said = NOTHING_SAID,
    ) -> None:
        """Append the hit; a disk that refuses costs the hit, never the reader's way on."""
        if environ.get(UNCOUNTED):
            return
        now = self._now()
        agent = environ.get("HTTP_USER_AGENT", "")
        record = HitRecord(
            now,
            face,
            token.kind,
            token.mailing_id,
            0 if token.kind is TokenKind.SITE else token.number,
            token.nonce,
            link_number,
            0,
            version_id,
            environ["REQUEST_METHOD"],
            is_prefetch(environ),
            "HTTP_RANGE" in environ,
            family_of(agent),
            b"" if token.nonce else self._visit(token, agent, environ, now),
            said.role,
            said.share,
        )
        self._writer.append(encode(record))

    def _visit(self, token: Redeemed, agent: str, environ: WSGIEnvironment, now: datetime) -> bytes:
        address = environ.get("REMOTE_ADDR", "")
        # Visits of public pages are one whichever document is asked for.
        number = 0 if token.kind is TokenKind.SITE else token.number
        return self._visits.visit_of(
            address, agent, f"{token.kind} {token.mailing_id} {number}", now
        )
