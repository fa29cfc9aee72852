"""Settings pages of roles and topics."""

from flask import Blueprint, flash, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from outreach.core.clock import now
from outreach.core.db import db
from outreach.core.uses import delete_unused
from outreach.stakeholders import vocabulary as services
from outreach.stakeholders.models import Role, Topic
from outreach.stakeholders.roles import all_roles
from outreach.stakeholders.views.blueprint import ID, Answer
from outreach.stakeholders.vocabulary_forms import RoleForm, TopicForm
from outreach.web.access import requires
from outreach.web.saving import keep, kept, remove, show_form, stored

vocabulary = Blueprint("vocabulary", __name__, url_prefix="/staff/settings")


@vocabulary.get("/roles")
@requires("settings.edit")
def roles() -> str:
    """List the roles in their order of precedence."""
    found = all_roles(db.session(), with_archived=True)
    return render_template(
        "stakeholders/roles.html",
        roles=[role for role in found if role.archived_at is None],
        archived=[role for role in found if role.archived_at],
        holders=services.holders(db.session(), now()),
    )


@vocabulary.route("/roles/new", methods=["GET", "POST"])
@requires("settings.edit")
def new_role() -> Answer:
    """Add a role."""
    form = RoleForm()
    label = f"Added the role {form.words.name}"
    if kept(form, label, lambda session: services.add_role(session, form.words)):
        flash("The role is added, last in the order.", "success")
        return redirect(url_for("vocabulary.roles"))
    return show_form("stakeholders/role.html", form, role=None)


@vocabulary.route(f"/roles/<{ID}:role_id>", methods=["GET", "POST"])
@requires("settings.edit")
def role(role_id: int) -> Answer:
    """Reword a role."""
    found = stored(Role, role_id)
    form = RoleForm.of(found)

    def save(session: Session) -> Role:
        services.edit_role(session, found, form.words)
        return found

    if kept(form, f"Changed the role {found.name}", save, found):
        flash("The role is saved.", "success")
        return redirect(url_for("vocabulary.roles"))
    return show_form("stakeholders/role.html", form, role=found)


@vocabulary.post(f"/roles/<{ID}:role_id>/<any(up, down):direction>")
@requires("settings.edit")
def move_role(role_id: int, direction: str) -> Response:
    """Let a role change places with the one before or after it."""
    found = stored(Role, role_id)

    def save(session: Session) -> Role:
        services.move_role(session, found, up=direction == "up")
        return found

    keep(f"Moved the role {found.name}", save, found)
    return redirect(url_for("vocabulary.roles"))


@vocabulary.post(f"/roles/<{ID}:role_id>/<any(archive, restore):wanted>")
@requires("settings.edit")
def set_role_archived(role_id: int, wanted: str) -> Response:
    """Offer a role no more, or again."""
    found = stored(Role, role_id)

    def save(session: Session) -> Role:
        if wanted == "archive":
            services.archive_role(session, found, now=now())
        else:
            services.restore_role(session, found)
        return found

    keep(f"{wanted.capitalize()}d the role {found.name}", save, found)
    flash(f"The role is {wanted}d.", "success")
    return redirect(url_for("vocabulary.roles"))


@vocabulary.get("/topics")
@requires("settings.edit")
def topics() -> str:
    """List the topics with how many people asked for them."""
    return render_template(
        "stakeholders/topics.html",
        topics=services.all_topics(db.session()),
        listeners=services.listeners(db.session()),
    )


@vocabulary.route("/topics/new", methods=["GET", "POST"])
@requires("settings.edit")
def new_topic() -> Answer:
    """Add a topic."""
    form = TopicForm()
    label = f"Added the topic {form.topic_name}"
    if kept(form, label, lambda session: services.save_topic(session, form.topic_name)):
        flash("The topic is added.", "success")
        return redirect(url_for("vocabulary.topics"))
    return show_form("stakeholders/topic.html", form, topic=None)


@vocabulary.route(f"/topics/<{ID}:topic_id>", methods=["GET", "POST"])
@requires("settings.edit")
def topic(topic_id: int) -> Answer:
    """Reword a topic."""
    found = stored(Topic, topic_id)
    form = TopicForm.of(found)

    def save(session: Session) -> Topic:
        return services.save_topic(session, form.topic_name, found)

    if kept(form, f"Changed the topic {found.name}", save, found):
        flash("The topic is saved.", "success")
        return redirect(url_for("vocabulary.topics"))
    return show_form("stakeholders/topic.html", form, topic=found)


@vocabulary.post(f"/topics/<{ID}:topic_id>/delete")
@requires("settings.edit")
def delete_topic(topic_id: int) -> Response:
    """Delete a topic nobody asked for."""
    found = stored(Topic, topic_id)
    name = str(found.name)
    remove(
        f"Deleted the topic {name}", lambda session: delete_unused(session, found, name=name), found
    )
    flash(f"{name} is deleted.", "success")
    return redirect(url_for("vocabulary.topics"))
