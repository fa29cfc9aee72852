"""Several mail servers: letters leave by the first that works; one that fails is passed over.

A server is passed over when it cannot be reached, refuses to sign us in or asks to be left alone:
then it has not taken the letter in hand, which goes to the next one. What a server may have taken
is never offered to another at once, so that nobody gets a letter twice.
"""

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from outreach.core import clock
from outreach.mail.server import SmtpSettings

log = structlog.get_logger()
PAUSES = (60, 120, 300, 600)
"""Seconds for which a server that failed once, twice, … comes last."""


class Relays:
    """The servers of an installation, as one process has found them; in memory only."""

    def __init__(
        self, servers: Sequence[SmtpSettings], *, moment: Callable[[], datetime] = clock.now
    ) -> None:
        self._servers, self._moment = tuple(servers), moment
        self._failed: dict[SmtpSettings, tuple[int, datetime]] = {}

    @property
    def servers(self) -> tuple[SmtpSettings, ...]:
        """All of them, in the order of the settings."""
        return self._servers

    def in_order(self) -> list[SmtpSettings]:
        """Return all servers in the order to try them: those that failed lately come last."""
        now = self._moment()
        return sorted(self._servers, key=lambda server: self._is_passed_over(server, now))

    def better_than(self, server: SmtpSettings) -> list[SmtpSettings]:
        """Return the servers set before this one that failed and whose pause is over by now."""
        now = self._moment()
        earlier = self._servers[: self._servers.index(server)]
        return [one for one in earlier if not self._is_passed_over(one, now)]

    def pass_over(self, server: SmtpSettings) -> None:
        """Note that a server failed; it comes last for a while."""
        now = self._moment()
        times = self._failed.get(server, (0, now))[0]
        seconds = PAUSES[min(times, len(PAUSES) - 1)] * random.uniform(1.0, 1.2)  # noqa: S311
        self._failed[server] = (times + 1, now + timedelta(seconds=seconds))
        if len(self._servers) > 1:
            log.warning("mail server passed over", server=server.where, times=times + 1)

    def works(self, server: SmtpSettings) -> None:
        """Note that a server takes letters."""
        self._failed.pop(server, None)

    def _is_passed_over(self, server: SmtpSettings, now: datetime) -> bool:
        return server in self._failed and now < self._failed[server][1]
