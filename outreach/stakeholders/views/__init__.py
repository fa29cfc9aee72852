"""Staff pages of people."""

from outreach.stakeholders.views import actions, importing, people, person
from outreach.stakeholders.views.blueprint import blueprint

__all__ = ["actions", "blueprint", "importing", "people", "person"]
