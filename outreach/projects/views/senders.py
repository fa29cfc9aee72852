"""Senders: the names and addresses letters may come from."""

from flask import flash, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from outreach.core.db import db
from outreach.core.state import state
from outreach.core.uses import delete_unused
from outreach.projects.list_forms import SenderForm
from outreach.projects.lists import save_sender
from outreach.projects.models import SenderProfile
from outreach.projects.queries import senders as all_senders
from outreach.projects.views.blueprint import ID, Answer, blueprint
from outreach.web.access import requires
from outreach.web.saving import kept, remove, show_form, stored


@blueprint.get("/senders")
@requires("settings.edit")
def senders() -> str:
    """List the senders, the installation's own first."""
    return render_template(
        "projects/senders.html",
        senders=all_senders(db.session()),
        default=state().settings.mail_default_sender,
    )


@blueprint.route("/senders/new", methods=["GET", "POST"])
@requires("settings.edit")
def new_sender() -> Answer:
    """Add a sender."""
    form = SenderForm()
    label = f"Added the sender {form.name.data}"
    if kept(form, label, lambda session: save_sender(session, form.words)):
        flash("The sender is added. Choose it on a list.", "success")
        return redirect(url_for("projects.senders"))
    return show_form("projects/sender.html", form, sender=None)


@blueprint.route(f"/senders/<{ID}:sender_id>", methods=["GET", "POST"])
@requires("settings.edit")
def sender(sender_id: int) -> Answer:
    """Change a sender; letters that were sent keep the name they had."""
    found = stored(SenderProfile, sender_id)
    form = SenderForm.of(found)

    def save(session: Session) -> SenderProfile:
        return save_sender(session, form.words, found)

    if kept(form, f"Changed the sender {found.name}", save, found):
        flash("The sender is saved.", "success")
        return redirect(url_for("projects.senders"))
    return show_form("projects/sender.html", form, sender=found)


@blueprint.post(f"/senders/<{ID}:sender_id>/delete")
@requires("settings.edit")
def delete_sender(sender_id: int) -> Response:
    """Delete a sender no list uses."""
    found = stored(SenderProfile, sender_id)
    name = found.name
    remove(
        f"Deleted the sender {name}",
        lambda session: delete_unused(session, found, name=name),
        found,
    )
    flash(f"{name} is deleted.", "success")
    return redirect(url_for("projects.senders"))
