"""Staff pages of mailings."""

from outreach.mailings.views import (
    checks,
    content,
    details,
    listing,
    preview,
    sending,
    variants,
)
from outreach.mailings.views.blueprint import blueprint

__all__ = ["blueprint", "checks", "content", "details", "listing", "preview", "sending", "variants"]
