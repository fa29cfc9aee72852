"""The first steps of a fresh installation; each ticks itself once it is done."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from outreach.delivery.models import Dispatch
from outreach.mailings.models import Mailing
from outreach.projects.models import List, Project
from outreach.results.models import Result
from outreach.stakeholders.models import Consent, ConsentState, Purpose


@dataclass(frozen=True)
class Step:
    """Something to do before the first mailing can leave."""

    label: str
    sentence: str
    endpoint: str
    verb: str
    """Who may take it."""
    is_done: bool
    is_next: bool = False


_Row = tuple[str, str, str, str, Select[Any]]
_STEPS: tuple[_Row, ...] = (
    (
        "Add your project",
        "Who funds it, who takes part, whom every letter thanks.",
        "projects.new_project",
        "settings.edit",
        select(Project.id).where(Project.archived_at.is_(None)),
    ),
    (
        "Add a list",
        "What people subscribe to: its name, who answers for it, where replies go.",
        "projects.new_list",
        "settings.edit",
        select(List.id).where(List.archived_at.is_(None)),
    ),
    (
        "Publish a result",
        "What the project found, with its policy brief or report.",
        "results.overview",
        "results.edit",
        select(Result.id).where(Result.published_at.is_not(None)),
    ),
    (
        "Add people",
        "One by one or from a file, with where you have them from and what they agreed to.",
        "stakeholders.overview",
        "stakeholders.edit",
        select(Consent.stakeholder_id).where(
            Consent.state == ConsentState.ACTIVE, Consent.purpose == Purpose.NEWSLETTER
        ),
    ),
    (
        "Write a mailing",
        "Announce the result to the people who can act on it.",
        "mailings.new",
        "mailings.edit",
        select(Mailing.id),
    ),
    (
        "Send it",
        "Look at it as one of its readers, then choose when it leaves.",
        "mailings.index",
        "mailings.send",
        select(Dispatch.mailing_id),
    ),
)


def first_steps(session: Session, may: Callable[[str], bool]) -> list[Step]:
    """Return the steps with those done ticked; none once a mailing has left.

    `may` says whether the present user may use a verb; the next step is one they may take.
    """
    done = [session.scalar(query.limit(1)) is not None for *_, query in _STEPS]
    if done[-1]:
        return []
    steps = []
    is_found = False
    for (label, sentence, endpoint, verb, _), is_done in zip(_STEPS, done, strict=True):
        is_next = not is_done and not is_found
        is_found = is_found or is_next
        steps.append(Step(label, sentence, endpoint, verb, is_done, is_next and may(verb)))
    return steps
