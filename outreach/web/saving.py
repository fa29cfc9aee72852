"""How settings pages save: in one transaction, noted in the history, refusals on the form."""

from collections.abc import Callable
from typing import TypeVar

from flask import render_template
from flask_security import current_user
from sqlalchemy.orm import Session

from outreach.core.changes import Actor, facts_of, note
from outreach.core.clock import now
from outreach.core.db import Base, db, transaction
from outreach.core.errors import NotFound, Refusal
from outreach.web.forms import Form

M = TypeVar("M", bound=Base)


def present_actor() -> Actor:
    """Return the signed-in user as the history names them."""
    return Actor(current_user.id, current_user.shown_name)


def stored(model: type[M], key: int) -> M:
    """Return a row; raises NotFound when there is none."""
    found = db.session.get(model, key)
    if found is None:
        raise NotFound
    return found


def keep(label: str, save: Callable[[Session], M], thing: M | None = None) -> M:
    """Save in a transaction and write `label` into the history; raises what `save` raises.

    `save` returns what it saved; `thing` is that same row when it was there before.
    """
    with transaction() as session:
        before = facts_of(thing)
        saved = save(session)
        # What the history keeps is what the database holds, defaults included.
        session.flush()
        note(session, label, saved, before=before, actor=present_actor(), now=now())
    return saved


def kept(form: Form, label: str, save: Callable[[Session], M], thing: M | None = None) -> M | None:
    """Validate a form and keep what it says; None when it was not sent or is refused.

    A refusal stands on the form, which keeps what was typed.
    """
    if not form.validate_on_submit():
        return None
    try:
        return keep(label, save, thing)
    except Refusal as refusal:
        form.form_errors.append(str(refusal))
        return None


def remove(label: str, delete: Callable[[Session], object], thing: Base) -> None:
    """Delete in a transaction and write `label` into the history; raises what `delete` raises."""
    with transaction() as session:
        note(
            session,
            label,
            thing,
            before=facts_of(thing),
            after={},
            actor=present_actor(),
            now=now(),
        )
        delete(session)


def show_form(template: str, form: Form, **values: object) -> tuple[str, int]:
    """Show a form, refused (422) when it was sent."""
    return render_template(template, form=form, **values), 422 if form.is_submitted() else 200
