"""Templates: kept from a mailing, begun with, listed and removed."""

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.errors import NotFound, Refusal
from outreach.mailings.templates import (
    find_template,
    may_remove,
    owners_of,
    save_as_template,
    templates,
)
from outreach.mailings.views.blueprint import (
    ID,
    actor,
    blueprint,
    mailing_in_reach,
    reach,
    zone,
)
from outreach.web.access import requires


@blueprint.get("/templates")
@requires("mailings.edit")
def letter_templates() -> str:
    """List the templates within reach."""
    found = templates(db.session(), reach())
    return render_template(
        "mailings/templates.html",
        templates=[(each, may_remove(each, reach())) for each in found],
        zone=zone(),
    )


@blueprint.post(f"/<{ID}:mailing_id>/template")
@requires("mailings.edit")
def keep_template(mailing_id: int) -> Response:
    """Keep a mailing's letter as a template."""
    mailing = mailing_in_reach(mailing_id)
    owners = owners_of(db.session(), mailing, reach())
    owner = owners.get(request.form.get("owner", ""))
    if owner is None:
        raise NotFound(
            "Whose template it should be is not there.",
            "Look at the mailing again to see whose it can be.",
        )
    name = request.form.get("name", "")
    try:
        with transaction() as session:
            save_as_template(session, mailing, name, owner=owner, actor=actor(), now=now())
    except Refusal as refusal:
        flash(str(refusal), "warning")
    else:
        flash("Kept. Find it under New mailing.", "success")
    return redirect(url_for(".mailing", mailing_id=mailing_id))


@blueprint.post(f"/templates/<{ID}:template_id>/remove")
@requires("mailings.edit")
def remove_template(template_id: int) -> Response:
    """Remove a template; mailings begun with it stay as they are."""
    found = find_template(db.session(), template_id, reach())
    if not may_remove(found, reach()):
        raise NotFound
    with transaction() as session:
        session.delete(session.merge(found))
    flash("The template is removed; mailings begun with it stay as they are.", "success")
    return redirect(url_for(".letter_templates"))
