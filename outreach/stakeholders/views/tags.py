"""Staff's private labels: how many carry each, renaming, joining, deleting."""

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.errors import NotFound, Refusal
from outreach.stakeholders.models import StakeholderTag, Tag
from outreach.stakeholders.tags import delete_tag, rename_tag
from outreach.stakeholders.views.blueprint import ID, Answer, actor, blueprint
from outreach.web.access import requires
from outreach.web.forms import tidy


@blueprint.get("/tags")
@requires("stakeholders.edit")
def tags() -> str:
    """List the tags with how many carry each."""
    return _page("")


@blueprint.post(f"/tags/<{ID}:tag_id>")
@requires("stakeholders.edit")
def change_tag(tag_id: int) -> Answer:
    """Rename a tag; under the name of another one the two become one."""
    try:
        with transaction() as session:
            tag = session.get(Tag, tag_id)
            if tag is None:
                raise NotFound
            name = tidy(request.form.get("name", ""))
            is_joined = rename_tag(session, tag, name, actor=actor(), now=now())
    except NotFound:
        raise
    except Refusal as refusal:
        return _page(str(refusal)), 422
    flash(f"“{name}” it is." + (" The two tags are one now." if is_joined else ""), "success")
    return redirect(url_for("stakeholders.tags"))


@blueprint.post(f"/tags/<{ID}:tag_id>/delete")
@requires("stakeholders.edit")
def remove_tag(tag_id: int) -> Response:
    """Delete a tag; it can be taken back like any bulk action."""
    with transaction() as session:
        tag = session.get(Tag, tag_id)
        if tag is None:
            raise NotFound
        name = tag.name
        delete_tag(session, tag, actor=actor(), now=now())
    flash(f"“{name}” is deleted. It can be taken back under “Imports and undo”.", "success")
    return redirect(url_for("stakeholders.tags"))


def _page(problem: str) -> str:
    carriers = func.count(StakeholderTag.stakeholder_id)
    found = db.session.execute(
        select(Tag, carriers)
        .outerjoin(StakeholderTag, StakeholderTag.tag_id == Tag.id)
        .group_by(Tag.id)
        .order_by(func.lower(Tag.name))
    ).all()
    return render_template("stakeholders/tags.html", tags=found, problem=problem)
