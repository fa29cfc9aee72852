"""Networks and their calls: adding and changing; a mistake nobody has used can be deleted."""

from flask import flash, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from outreach.core.uses import delete_unused
from outreach.projects import services
from outreach.projects.forms import CallForm, NetworkForm
from outreach.projects.models import Call, Network
from outreach.projects.views.blueprint import ID, Answer, blueprint
from outreach.web.access import requires
from outreach.web.saving import kept, remove, show_form, stored


@blueprint.route("/networks/new", methods=["GET", "POST"])
@requires("settings.edit")
def new_network() -> Answer:
    """Add a network."""
    form = NetworkForm()
    if kept(form, "Added a network", lambda session: services.add_network(session, form.words)):
        flash("The network is added. Add its call next.", "success")
        return redirect(url_for("projects.projects"))
    return show_form("projects/network.html", form, network=None)


@blueprint.route(f"/networks/<{ID}:network_id>", methods=["GET", "POST"])
@requires("settings.edit")
def network(network_id: int) -> Answer:
    """Change a network."""
    found = stored(Network, network_id)
    form = NetworkForm.of(found)

    def save(session: Session) -> Network:
        services.edit_network(session, found, form.words)
        return found

    if kept(form, "Changed a network", save, found):
        flash("The network is saved.", "success")
        return redirect(url_for("projects.projects"))
    return show_form("projects/network.html", form, network=found)


@blueprint.post(f"/networks/<{ID}:network_id>/delete")
@requires("settings.edit")
def delete_network(network_id: int) -> Response:
    """Delete a network that has no call, no list and nothing else."""
    found = stored(Network, network_id)
    name = str(found.name)
    remove("Deleted a network", lambda session: delete_unused(session, found, name=name), found)
    flash(f"{name} is deleted.", "success")
    return redirect(url_for("projects.projects"))


@blueprint.route(f"/networks/<{ID}:network_id>/calls/new", methods=["GET", "POST"])
@requires("settings.edit")
def new_call(network_id: int) -> Answer:
    """Add a call to a network."""
    found = stored(Network, network_id)
    form = CallForm()
    if kept(form, "Added a call", lambda session: services.add_call(session, found, form.words)):
        flash("The call is added. Add its project next.", "success")
        return redirect(url_for("projects.projects"))
    return show_form("projects/call.html", form, call=None, network=found)


@blueprint.route(f"/calls/<{ID}:call_id>", methods=["GET", "POST"])
@requires("settings.edit")
def call(call_id: int) -> Answer:
    """Change a call."""
    found = stored(Call, call_id)
    form = CallForm.of(found)

    def save(session: Session) -> Call:
        services.edit_call(session, found, form.words)
        return found

    if kept(form, "Changed a call", save, found):
        flash("The call is saved.", "success")
        return redirect(url_for("projects.projects"))
    return show_form("projects/call.html", form, call=found, network=found.network)


@blueprint.post(f"/calls/<{ID}:call_id>/delete")
@requires("settings.edit")
def delete_call(call_id: int) -> Response:
    """Delete a call that has no project."""
    found = stored(Call, call_id)
    name = found.acronym or str(found.title)
    remove("Deleted a call", lambda session: delete_unused(session, found, name=name), found)
    flash(f"{name} is deleted.", "success")
    return redirect(url_for("projects.projects"))
