"""Raw, counted and left out: what became of every request, side by side."""

from collections.abc import Sequence
from dataclasses import dataclass

from outreach.tracking.hit_list import ReasonLine
from outreach.tracking.models import COUNTED, HitKind

KINDS = {
    HitKind.OPEN: "Pictures loaded",
    HitKind.CLICK: "Links followed",
    HitKind.DOWNLOAD: "Files asked for",
    HitKind.WEB_VIEW: "Letters viewed in a browser",
}
"""Kinds of request in which machines are told from people."""
HEAD = ("Requests", "All", "Counted", "Count with an earlier one", "Left out")


@dataclass(frozen=True)
class RequestFigures:
    """All requests of one kind: `raw` = `counted` + `repeats` + `left_out`."""

    kind: HitKind
    label: str
    counted: int = 0
    repeats: int = 0
    """Parts of a file and doubles, which count with an earlier request."""
    left_out: int = 0

    @property
    def raw(self) -> int:
        """Every request that came."""
        return self.counted + self.repeats + self.left_out

    @property
    def row(self) -> tuple[str, int, int, int, int]:
        """The cells of its row, as `HEAD` names them."""
        return self.label, self.raw, self.counted, self.repeats, self.left_out


def request_figures(reasons: Sequence[ReasonLine]) -> list[RequestFigures]:
    """Return what became of the requests of each kind."""
    return [_of_kind(kind, label, reasons) for kind, label in KINDS.items()]


def _of_kind(kind: HitKind, label: str, reasons: Sequence[ReasonLine]) -> RequestFigures:
    of_kind = [line for line in reasons if line.kind is kind]
    taken = [line for line in of_kind if line.label in COUNTED]
    return RequestFigures(
        kind,
        label,
        counted=sum(line.hits - line.repeats for line in taken),
        repeats=sum(line.repeats for line in taken),
        left_out=sum(line.hits for line in of_kind if line.label not in COUNTED),
    )
