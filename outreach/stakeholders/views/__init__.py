"""Staff pages of people."""

from outreach.stakeholders.views import (
    actions,
    changes,
    exporting,
    importing,
    people,
    person,
    requests,
    segments,
    sign_up_links,
)
from outreach.stakeholders.views.blueprint import blueprint

__all__ = [
    "actions",
    "blueprint",
    "changes",
    "exporting",
    "importing",
    "people",
    "person",
    "requests",
    "segments",
    "sign_up_links",
]
