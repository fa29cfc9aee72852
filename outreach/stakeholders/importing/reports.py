"""What is asked of an import, and what it did or would do, in words for screen and script."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from outreach.stakeholders.importing.mapping import ColumnMap
from outreach.stakeholders.importing.plan import Fate, Step, tally
from outreach.stakeholders.importing.reading import Format
from outreach.stakeholders.importing.said import RowRefused
from outreach.stakeholders.importing.unpacking import Section
from outreach.stakeholders.importing.values import Words
from outreach.stakeholders.models import Basis

SHOWN = 50
"""So many refused rows and notes are kept for the screen; the file of refused rows has them all."""
MOST_WORDS = 60
"""So many unknown words are offered to be explained; more of them are no list of roles."""


@dataclass(frozen=True)
class Batch:
    """What is asked of an import."""

    path: Path
    table: Format
    columns: ColumnMap
    basis: Basis
    source: str
    list_id: int | None = None
    every_role: str = ""
    """The slug of a role everybody in the file holds."""
    every_tag: str = ""
    words: Words = field(default_factory=dict)
    """What staff said unknown words mean."""
    origin: str = ""
    sections: tuple[Section, ...] = ()
    """Where the sheets of a workbook begin."""
    label: str = "Import"

    def place(self, line: int) -> str:
        """Name a line as the person who sent the file finds it."""
        found = [s for s in self.sections if s.first_line <= line]
        return found[-1].place(line) if found else f"{line:,}"


@dataclass(frozen=True)
class Remark:
    """A row that was refused, or taken over with something left as it is."""

    line: int
    email: str
    reason: str
    place: str = ""
    """The line in words: "NGOs, row 12" in a workbook."""


@dataclass
class Report:
    """What an import did, or a dry run would do."""

    counts: Counter[str] = field(default_factory=Counter)
    refused: list[Remark] = field(default_factory=list)
    notes: list[Remark] = field(default_factory=list)
    noted: int = 0
    unknown: dict[str, Counter[str]] = field(default_factory=dict)
    """Words nobody understood, by field, with how many rows they refuse."""
    is_partial: bool = False
    """Whether only the first rows were looked at."""
    change_set_id: int | None = None

    @property
    def rows(self) -> int:
        """How many rows the file has."""
        return sum(self.counts.values())

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain values."""
        # asdict() would count a Counter's items instead of copying it.
        unknown = {name: dict(words) for name, words in self.unknown.items()}
        return {**asdict(self), "counts": dict(self.counts), "unknown": unknown, "rows": self.rows}

    def add(self, steps: list[Step], place: Callable[[int], str] = str) -> None:
        """Count what was decided, and keep the first remarks."""
        tally(steps, self.counts)
        for step in steps:
            if not step.note:
                continue
            line = step.draft.line
            remark = Remark(line, step.draft.email, step.note, place(line))
            if step.fate is Fate.REFUSED:
                self.refuse(remark)
            else:
                self.noted += 1
                self.notes += [remark] if len(self.notes) < SHOWN else []

    def refuse(self, remark: Remark) -> None:
        """Keep a refused row for the screen."""
        if len(self.refused) < SHOWN:
            self.refused.append(remark)

    def note_unknown(self, refusals: Iterable[RowRefused]) -> None:
        """Count the words of a row that nobody understood."""
        for refusal in refusals:
            words = self.unknown.setdefault(str(refusal.field), Counter())
            word = refusal.word.strip()[:60]
            if word in words or len(words) < MOST_WORDS:
                words[word] += 1
