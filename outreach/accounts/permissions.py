"""The matrix access × verb, in one table; the route test is generated from it.

A verb of one room reads `room.what`. Verbs in `EVERYWHERE` concern things all projects share
(people, settings, users): a membership limited to one project never opens them.
"""

from dataclasses import dataclass

from outreach.accounts.models import Access, Membership
from outreach.web.access import SIGNED_IN

_STAFF = frozenset(
    {Access.ADMINISTRATOR, Access.EDITOR, Access.SENDER, Access.INBOX, Access.ANALYST}
)
_ADMINISTRATOR = frozenset({Access.ADMINISTRATOR})
_EDITORS = _ADMINISTRATOR | {Access.EDITOR}
_SENDERS = _ADMINISTRATOR | {Access.SENDER}
_ANSWERERS = _EDITORS | {Access.INBOX}

MATRIX: dict[str, frozenset[Access]] = {
    "overview.see": _STAFF,
    "stakeholders.see": _STAFF - {Access.ANALYST},
    "stakeholders.edit": _EDITORS,
    "stakeholders.export": _EDITORS,
    "results.see": _STAFF,
    "results.edit": _EDITORS,
    "mailings.see": _STAFF,
    "mailings.edit": _EDITORS | {Access.SENDER},
    "mailings.send": _SENDERS,
    "mailbox.see": _STAFF - {Access.ANALYST},
    "questions.see": _ANSWERERS | {Access.SENDER},
    "questions.answer": _ANSWERERS,
    "reports.see": _STAFF,
    "reports.publish": _EDITORS,
    "dashboards.see": frozenset(Access),
    "dashboards.share": frozenset(Access),
    "settings.see": _EDITORS,
    "settings.edit": _EDITORS,
    "installation.see": _ADMINISTRATOR,
    "users.edit": _ADMINISTRATOR,
}
EVERYWHERE = frozenset(
    {
        "stakeholders.see",
        "stakeholders.edit",
        "stakeholders.export",
        "mailbox.see",
        "settings.see",
        "settings.edit",
        "installation.see",
        "users.edit",
    }
)


@dataclass(frozen=True)
class Scope:
    """Where a user may use a verb: in all projects, or in those named."""

    is_everywhere: bool = False
    project_ids: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return self.is_everywhere or bool(self.project_ids)

    def covers(self, project_id: int | None) -> bool:
        """Say whether something of `project_id` (None: of no single project) is within reach."""
        return self.is_everywhere or project_id in self.project_ids


def scope_of(memberships: list[Membership], verb: str) -> Scope:
    """Return where these memberships allow `verb`; nowhere for a verb the matrix lacks."""
    if verb == SIGNED_IN:
        return Scope(is_everywhere=True)
    allowed = MATRIX.get(verb, frozenset())
    matching = [held for held in memberships if held.access in allowed]
    if any(held.project_id is None for held in matching):
        return Scope(is_everywhere=True)
    if verb in EVERYWHERE:
        return Scope()
    return Scope(project_ids=frozenset(held.project_id for held in matching if held.project_id))
