"""Staff pages of networks, calls, projects, organisations, lists and senders."""

from outreach.projects.views import (
    lists,
    networks,
    organisations,
    partners,
    projects,
    senders,
)
from outreach.projects.views.blueprint import blueprint

__all__ = ["blueprint", "lists", "networks", "organisations", "partners", "projects", "senders"]
