"""The staff rail: the rooms' menu entries, as far as the user may enter them."""

from collections.abc import Iterable, Mapping
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


def navigation(entries: Iterable[MenuEntry], counts: Mapping[str, int]) -> list[NavigationItem]:
    """Return these entries in their order, the present one marked.

    `counts` holds what waits, by end point; an entry it does not know shows no number.
    """
    return [
        NavigationItem(
            entry.label,
            url_for(entry.endpoint),
            entry.icon,
            _is_current(url_for(entry.endpoint)),
            counts.get(entry.endpoint),
        )
        for entry in entries
    ]


def _is_current(url: str) -> bool:
    return request.path == url or request.path.startswith(url.rstrip("/") + "/")
