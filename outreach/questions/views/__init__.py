"""The staff inbox of questions."""

from outreach.questions.views import entries, inbox, thread
from outreach.questions.views.blueprint import blueprint

__all__ = ["blueprint", "entries", "inbox", "thread"]
