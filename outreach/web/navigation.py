"""The staff rail: the rooms' menu entries, as far as the user may enter them."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import request, url_for

from outreach.core.contributions import MenuEntry


@dataclass(frozen=True)
class NavigationItem:
    """One entry of the rail as the layout shows it."""

    label: str
    url: str
    icon: str
    is_current: bool
    count: int | None = None


def navigation(
    entries: list[MenuEntry], may: Callable[[str], bool], count: Callable[[MenuEntry], int | None]
) -> list[NavigationItem]:
    """Return the entries the user may enter, in their order, the present one marked."""
    return [
        NavigationItem(
            entry.label,
            url_for(entry.endpoint),
            entry.icon,
            _is_current(url_for(entry.endpoint)),
            count(entry),
        )
        for entry in entries
        if may(entry.verb)
    ]


def _is_current(url: str) -> bool:
    return request.path == url or request.path.startswith(url.rstrip("/") + "/")
