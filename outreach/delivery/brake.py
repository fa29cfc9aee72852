"""The brake: it stops a domain's letters within the hands, until the breaker has had its look.

Results reach the breaker in groups, some times a second. At full speed hundreds of letters would
leave meanwhile for a gateway that has said no to each of them.
"""

from collections.abc import Collection

from outreach.delivery.breaker import MOST_IN_A_ROW, MOST_ON_PROBATION, is_put_off, is_unwanted
from outreach.delivery.judging import Result
from outreach.delivery.models import DeliveryState

MOST_UNREVIEWED = 20
"""Letters that may be refused, by whomever, before results are looked at without waiting."""


class Brake:
    """Counts refusals as they come in; its owner lets one thread at a time ask."""

    def __init__(self) -> None:
        self.rows: dict[str, int] = {}
        """Refusals of each domain without a letter taken between them, since the last look."""
        self.stopped: set[str] = set()
        """Domains to which nothing leaves until the breaker has looked."""
        self.refused = 0
        """Letters refused, or put off as unwanted, since the last look."""
        self._on_probation: Collection[str] = ()
        self._looked_at: frozenset[str] = frozenset()

    def take_in(self, domain: str, result: Result) -> None:
        """Count what became of a letter to this domain."""
        if result.state is DeliveryState.ACCEPTED:
            self.rows.pop(domain, None)
            return
        is_refused = result.state is DeliveryState.REFUSED or is_put_off(result)
        self.refused += result.is_attempt and is_refused
        if is_unwanted(result):
            self.rows[domain] = count = self.rows.get(domain, 0) + 1
            if count >= (MOST_ON_PROBATION if domain in self._on_probation else MOST_IN_A_ROW):
                self.stopped.add(domain)

    def forget(self, domain: str) -> None:
        """Begin anew with a domain that is held back now."""
        self.rows.pop(domain, None)
        self.stopped.discard(domain)

    def begin_look(self) -> None:
        """Say that all results handed in by now are about to be looked at."""
        self._looked_at = frozenset(self.stopped)
        self.refused = 0

    def end_look(self, on_probation: Collection[str]) -> None:
        """Let those go on that were stopped when the look began; others wait for the next one.

        Domains on probation were held lately and have to show less.
        """
        self._on_probation = on_probation
        for domain in self._looked_at:
            self.forget(domain)
