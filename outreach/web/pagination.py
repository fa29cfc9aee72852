"""Pages of a list: parsed from what an address says, cut without counting the whole list."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

DEFAULT_SIZE = 50
MAX_SIZE = 200
MAX_NUMBER = 100_000
"""Beyond this no list of ours reaches; it keeps the offset a small integer for any database."""


@dataclass(frozen=True)
class PageRequest:
    """Which page is asked for: ``number`` from 1, ``size`` items each."""

    number: int = 1
    size: int = DEFAULT_SIZE

    @property
    def offset(self) -> int:
        """How many items come before this page."""
        return (self.number - 1) * self.size

    @property
    def limit(self) -> int:
        """One item more than the page shows: it tells whether another page follows."""
        return self.size + 1


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list; ``total`` is None where counting everything would be too slow."""

    items: Sequence[T]
    number: int
    size: int
    total: int | None
    has_next: bool

    @property
    def has_previous(self) -> bool:
        """Whether a page comes before this one."""
        return self.number > 1

    @property
    def first(self) -> int:
        """Position of the first item in the whole list, from 1; 0 on an empty page."""
        return (self.number - 1) * self.size + 1 if self.items else 0

    @property
    def last(self) -> int:
        """Position of the last item in the whole list; 0 on an empty page."""
        return self.first + len(self.items) - 1 if self.items else 0

    @property
    def summary(self) -> str:
        """What the page shows, in words: "51 to 100 of 1,234"."""
        if not self.items:
            return "Nothing on this page"
        span = f"{self.first:,} to {self.last:,}"
        return span if self.total is None else f"{span} of {self.total:,}"


def parse(
    number: str | None, size: str | None = None, *, default_size: int = DEFAULT_SIZE
) -> PageRequest:
    """Read ``?page=`` and ``?size=`` as typed by anyone: what makes no sense becomes the nearest
    page that does (``-1`` and ``abc`` the first one, a huge number the last one allowed).
    """
    return PageRequest(
        number=_clamped(number, default=1, upper=MAX_NUMBER),
        size=_clamped(size, default=default_size, upper=MAX_SIZE),
    )


def _clamped(text: str | None, *, default: int, upper: int) -> int:
    digits = (text or "").strip()
    if not (digits.isascii() and digits.lstrip("-").isdigit()):
        return default
    if digits.startswith("-"):
        return 1
    # int() refuses more than 4,300 digits, so the length decides first.
    return upper if len(digits.lstrip("0")) > 9 else min(max(int(digits), 1), upper)


def cut(rows: Sequence[T], request: PageRequest, *, total: int | None = None) -> Page[T]:
    """Make a page of at most ``request.limit`` rows read from ``request.offset``."""
    return Page(
        items=rows[: request.size],
        number=request.number,
        size=request.size,
        total=total,
        has_next=len(rows) > request.size,
    )
