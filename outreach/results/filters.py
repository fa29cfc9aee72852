"""Which results the staff's list shows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from outreach.results.queries import ResultLine

STATES = ("Draft", "Published", "Archived")


@dataclass(frozen=True)
class ResultFilter:
    """A choice of project, state and words; archived results show only when asked for."""

    project_id: int | None = None
    state: str = ""
    words: str = ""

    @classmethod
    def of(cls, arguments: Mapping[str, str]) -> "ResultFilter":
        """Read the choice from an address; what cannot be meant chooses nothing."""
        project, state = arguments.get("project", ""), arguments.get("state", "")
        return cls(
            int(project) if project.isascii() and project.isdigit() and len(project) < 10 else None,
            state if state in STATES else "",
            arguments.get("q", "").strip()[:200],
        )

    def apply(self, lines: Iterable[ResultLine]) -> list[ResultLine]:
        """Return the lines that match.

        Done here and not in SQL: titles are JSON in several languages, which the two databases
        spell differently, and an installation has hundreds of results, not thousands.
        """
        return [line for line in lines if self._matches(line)]

    def _matches(self, line: ResultLine) -> bool:
        if self.project_id not in {None, line.project_id}:
            return False
        if line.state != self.state and (self.state or line.state == "Archived"):
            return False
        wanted = self.words.casefold()
        return any(wanted in title.casefold() for title in line.title.values())

    def query(self, **changed: object) -> str:
        """Return this choice as a query string, with some of it changed ("" takes it away)."""
        values = {"project": self.project_id, "state": self.state, "q": self.words, **changed}
        return urlencode({name: value for name, value in values.items() if value})
