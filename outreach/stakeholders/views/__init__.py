"""Staff pages of people."""

from outreach.stakeholders.views import (
    actions,
    bulk,
    changes,
    contacts,
    duplicates,
    exporting,
    importing,
    people,
    person,
    requests,
    retention,
    saved,
    segments,
    sign_up_links,
    tags,
)
from outreach.stakeholders.views.blueprint import blueprint

__all__ = [
    "actions",
    "blueprint",
    "bulk",
    "changes",
    "contacts",
    "duplicates",
    "exporting",
    "importing",
    "people",
    "person",
    "requests",
    "retention",
    "saved",
    "segments",
    "sign_up_links",
    "tags",
]
