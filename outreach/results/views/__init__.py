"""Staff pages of results and documents."""

from outreach.results.views import documents, results
from outreach.results.views.blueprint import blueprint

__all__ = ["blueprint", "documents", "results"]
