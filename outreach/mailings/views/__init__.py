"""Staff pages of mailings."""

from outreach.mailings.views import (
    calendar,
    checks,
    content,
    details,
    listing,
    preview,
    reviewing,
    sending,
    variants,
)
from outreach.mailings.views.blueprint import blueprint

__all__ = [
    "blueprint",
    "calendar",
    "checks",
    "content",
    "details",
    "listing",
    "preview",
    "reviewing",
    "sending",
    "variants",
]
