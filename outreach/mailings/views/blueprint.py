"""Where the staff routes of this room hang, and what all its pages are made with."""

from dataclasses import dataclass
from typing import Any, TypedDict

from flask import Blueprint, current_app, url_for

from outreach.accounts.guard import may, scope, signed_in_user
from outreach.core.clock import now
from outreach.core.db import db
from outreach.core.errors import NotFound
from outreach.core.state import state
from outreach.mail.letter import Address
from outreach.mailings.findings import Report, Step
from outreach.mailings.models import Mailing
from outreach.mailings.outlet import installation_sender
from outreach.mailings.preflight import check
from outreach.mailings.queries import ProjectIds, find

blueprint = Blueprint("mailings", __name__, url_prefix="/staff/mailings")
ID = "int(max=2147483647)"
"""Larger numbers are no id, and no database would take them as one."""
_STEPS = {
    Step.DETAILS: "Details & audience",
    Step.CONTENT: "Content",
    Step.PREVIEW: "Preview",
    Step.CHECKS: "Checks & test",
    Step.SCHEDULE: "Schedule",
}


class Outlet(TypedDict):
    """How letters leave this installation, as the services take it."""

    sender: Address
    base_url: str
    can_send: bool


@dataclass(frozen=True, slots=True)
class StepItem:
    """A step as the steps component shows it."""

    label: str
    url: str
    is_current: bool
    state: str | None = None
    note: str = ""


def outlet() -> Outlet:
    """Return how letters leave, from the settings."""
    settings = state().settings
    return Outlet(
        sender=installation_sender(settings),
        base_url=settings.base_url,
        can_send=settings.can_send,
    )


def preflight(mailing: Mailing) -> Report:
    """Return what pre-flight finds in a mailing as things stand."""
    settings = state().settings
    # Caught mail is answered into the catcher, which is read.
    inbox = None if settings.catcher else settings.inbox_address if settings.inbox_server else ""
    return check(db.session(), mailing, **outlet(), now=now(), inbox_address=inbox)


def reach() -> ProjectIds:
    """Return the projects the present user is limited to on this route; None for all."""
    return None if scope().is_everywhere else scope().project_ids


def mailing_in_reach(mailing_id: int) -> Mailing:
    """Return a mailing the present user may see; raises NotFound for any other (S1)."""
    found = find(db.session(), mailing_id, reach())
    if found is None:
        raise NotFound
    return found


def actor() -> str:
    """Return the name under which the present user's acts are kept."""
    return signed_in_user().shown_name


def zone() -> str:
    """Return the zone in which the present user reads times."""
    return signed_in_user().zone


def can_edit(mailing: Mailing) -> bool:
    """Say whether the present user may change this mailing's words now."""
    return mailing.is_editable and may_here("mailings.edit", mailing)


def may_here(verb: str, mailing: Mailing) -> bool:
    """Say whether the present user may use a verb on this mailing, by one of its projects."""
    projects = {result.project_id for result in mailing.results}
    projects |= {mailing.mailing_list.project_id} if mailing.mailing_list.project_id else set()
    return any(may(verb, project_id) for project_id in projects) if projects else may(verb)


def steps_of(
    mailing: Mailing, current: Step | None, report: Report | None = None
) -> list[StepItem]:
    """Return the five steps; with a report each wears its mark."""
    return [
        StepItem(
            label,
            url_for(f"mailings.{step.value}", mailing_id=mailing.id),
            step is current,
            *_mark(step, report),
        )
        for step, label in _STEPS.items()
    ]


def url_of(*endpoints: str, **values: Any) -> str | None:
    """Return the address of the first of these pages of other rooms that is there."""
    known = (name for name in endpoints if name in current_app.view_functions)
    name = next(known, None)
    return url_for(name, **values) if name else None


def _mark(step: Step, report: Report | None) -> tuple[str | None, str]:
    if report is None or step is Step.PREVIEW:
        return None, ""
    findings = report.findings if step is Step.CHECKS else report.at(step)
    blocks = sum(found.level.value == "block" for found in findings)
    if step is Step.SCHEDULE:
        return None, ""
    if blocks:
        return "block", f"{blocks} to put right"
    if findings:
        return "caution", f"{len(findings)} to look at"
    return "done", ""
