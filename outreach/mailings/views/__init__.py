"""Staff pages of mailings."""

from outreach.mailings.views import (
    brands,
    calendar,
    checks,
    content,
    details,
    digests,
    listing,
    preview,
    review_links,
    reviewing,
    sending,
    subject_test,
    templates,
    variants,
    withheld,
)
from outreach.mailings.views.blueprint import blueprint

__all__ = [
    "blueprint",
    "brands",
    "calendar",
    "checks",
    "content",
    "details",
    "digests",
    "listing",
    "preview",
    "review_links",
    "reviewing",
    "sending",
    "subject_test",
    "templates",
    "variants",
    "withheld",
]
