"""Lists: what one subscribes to, whose it is, who answers for it."""

from urllib.parse import urlsplit

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from outreach.core.clock import now
from outreach.core.db import db
from outreach.core.slugs import slugify
from outreach.core.state import state
from outreach.projects import lists as services
from outreach.projects.list_forms import ListForm, NewListForm
from outreach.projects.lists import suggested_list_id
from outreach.projects.models import List, Network, Project
from outreach.projects.queries import lists as all_lists
from outreach.projects.queries import owners, senders
from outreach.projects.views.blueprint import ID, Answer, blueprint
from outreach.web.access import requires
from outreach.web.saving import keep, kept, show_form, stored


@blueprint.get("/lists")
@requires("settings.edit")
def lists() -> str:
    """Show the lists, those in use first."""
    return render_template("projects/lists.html", lists=all_lists(db.session()))


@blueprint.route("/lists/new", methods=["GET", "POST"])
@requires("settings.edit")
def new_list() -> Answer:
    """Add a list to a network or project."""
    form = NewListForm(data={"owner": request.args.get("owner", "")})
    networks, projects = owners(db.session())
    form.offer_owners(networks, projects)
    _offer_senders(form)

    def save(session: Session) -> List:
        kind, key = form.owner_id
        owner = (
            session.get_one(Network, key) if kind == "network" else session.get_one(Project, key)
        )
        identifier = form.list_id.data or _list_id(form)
        return services.add_list(session, owner, form.words, list_id=identifier)

    if kept(form, f"Added the list {form.name_en.data}", save):
        flash("The list is added. People can subscribe to it now.", "success")
        return redirect(url_for("projects.lists"))
    return show_form("projects/list.html", form, shown=None, has_owners=bool(networks or projects))


def _list_id(form: NewListForm) -> str:
    host = urlsplit(state().settings.base_url).hostname or ""
    return suggested_list_id(slugify(form.words.name.pick()), host)


def _offer_senders(form: ListForm) -> None:
    known = {sender.id: sender.name for sender in senders(db.session())}
    form.offer_senders(known, state().settings.mail_default_sender)


@blueprint.route(f"/lists/<{ID}:list_id>", methods=["GET", "POST"])
@requires("settings.edit")
def edit_list(list_id: int) -> Answer:
    """Change a list; its identifier and its owner stay."""
    found = stored(List, list_id)
    form = ListForm.of(found)
    _offer_senders(form)

    def save(session: Session) -> List:
        services.edit_list(session, found, form.words)
        return found

    if kept(form, f"Changed the list {found.name}", save, found):
        flash("The list is saved.", "success")
        return redirect(url_for("projects.lists"))
    return show_form("projects/list.html", form, shown=found, has_owners=True)


@blueprint.post(f"/lists/<{ID}:list_id>/archive")
@requires("settings.edit")
def archive_list(list_id: int) -> Response:
    """Take a list out of every choice; nobody can subscribe to it any more."""
    found = stored(List, list_id)

    def save(session: Session) -> List:
        services.archive_list(session, found, now=now())
        return found

    keep(f"Archived the list {found.name}", save, found)
    flash("The list is archived. Its subscribers and what was sent stay.", "success")
    return redirect(url_for("projects.lists"))


@blueprint.post(f"/lists/<{ID}:list_id>/restore")
@requires("settings.edit")
def restore_list(list_id: int) -> Response:
    """Put an archived list back."""
    found = stored(List, list_id)

    def save(session: Session) -> List:
        services.restore_list(session, found)
        return found

    keep(f"Restored the list {found.name}", save, found)
    flash("The list is back among the others.", "success")
    return redirect(url_for("projects.lists"))
