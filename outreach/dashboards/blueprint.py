"""Where the staff routes of this room hang, and what is within a user's reach there."""

from collections.abc import Sequence

from flask import Blueprint
from sqlalchemy import select

from outreach.accounts.guard import scope
from outreach.core.db import db
from outreach.core.errors import NotFound
from outreach.mailings.models import Mailing, MailingResult
from outreach.projects.addresses import at_address
from outreach.projects.models import List, Project
from outreach.results.models import Result

blueprint = Blueprint("reports", __name__, url_prefix="/staff/reports")
MAILING = "<int(max=2147483647):mailing_id>"
"""A larger number is in no database of ours."""


def projects_of(found: Mailing) -> Sequence[Project]:
    """Return the projects a mailing announced results of, and the one whose list it went to."""
    announced = (
        select(Result.project_id)
        .join(MailingResult, MailingResult.result_id == Result.id)
        .where(MailingResult.mailing_id == found.id)
    )
    own = select(List.project_id).where(List.id == found.list_id, List.project_id.is_not(None))
    return db.session.scalars(
        select(Project).where(Project.id.in_(announced) | Project.id.in_(own))
    ).all()


def mailing_in_reach(mailing_id: int) -> Mailing:
    """Return a mailing the present user may read reports of; raises NotFound for any other."""
    found, reach = db.session.get(Mailing, mailing_id), scope()
    if found is None:
        raise NotFound
    if not reach.is_everywhere and not any(reach.covers(p.id) for p in projects_of(found)):
        raise NotFound
    return found


def project_in_reach(slug: str) -> Project:
    """Return a project the present user may see figures of; raises NotFound for any other.

    A former slug finds it too: partners keep the addresses they were given.
    """
    found = at_address(db.session(), Project, slug)
    if found is None or not scope().covers(found.id):
        raise NotFound
    return found
