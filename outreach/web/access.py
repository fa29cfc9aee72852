"""Who may enter: every route states it, and nothing is served that does not.

`@public` opens a page to everybody; `@requires("mailings.edit")` to users whose membership allows
the verb (`accounts.permissions` holds the matrix). The mark is read from the registered function
before each request, so a guard written in the wrong place cannot leave a page open.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

PUBLIC = "public"
SIGNED_IN = "signed_in"


@dataclass(frozen=True)
class Entry:
    """What a route asks of its caller: `public`, `signed_in`, or a verb of the matrix."""

    verb: str
    is_api: bool = False
    """Whether the caller's credentials come with each request, so that no form can be forged."""


def public(view: Callable[P, R]) -> Callable[P, R]:
    """Open a view to everybody; it must not read the session of a signed-in user."""
    view.__entry__ = Entry(PUBLIC)  # type: ignore[attr-defined]  # the mark the guard reads
    return view


def requires(verb: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Open a view to users whose membership allows `verb`; `signed_in` asks for no more."""

    def mark(view: Callable[P, R]) -> Callable[P, R]:
        view.__entry__ = Entry(verb)  # type: ignore[attr-defined]  # the mark the guard reads
        return view

    return mark


def entry_of(view: object) -> Entry | None:
    """Return what a registered view asks for, or None when it forgot to say so."""
    found: Entry | None = getattr(view, "__entry__", None)
    return found
