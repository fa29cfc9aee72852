"""The catcher's mailbox: letters that travelled by SMTP and never left this machine."""

import re

from flask import Blueprint, Response, render_template, request, url_for

from outreach.core.db import db
from outreach.core.errors import NotFound
from outreach.core.state import state
from outreach.mail.mailbox import Mailbox
from outreach.stakeholders.roles import all_roles
from outreach.web.access import requires
from outreach.web.headers import as_letter, without_trace

blueprint = Blueprint("mailbox", __name__, url_prefix="/mailbox")
VIEWS = {"html": "HTML", "text": "Text", "source": "Source"}
_HEAD = re.compile(r"<head[^>]*>", re.IGNORECASE)


@blueprint.get("")
@requires("mailbox.see")
def letters() -> str:
    """List the caught letters, newest first, of one role or all."""
    role, query = request.args.get("role", ""), request.args.get("q", "")[:100].strip()
    page = mailbox().letters(role or None, query or None, page=_page_number())
    return render_template(
        "mailbox/letters.html",
        page=page,
        roles=mailbox().roles(),
        role=role,
        query=query,
        names=_role_names(),
    )


@blueprint.get("/<int:number>")
@requires("mailbox.see")
def letter(number: int) -> str:
    """Show one caught letter as HTML, text or source."""
    view = request.args.get("view", "html")
    found, parts = mailbox().letter(number), mailbox().parts(number)
    tabs = [
        {
            "label": label,
            "url": url_for("mailbox.letter", number=number, view=name),
            "is_current": name == view,
        }
        for name, label in VIEWS.items()
    ]
    return render_template(
        "mailbox/letter.html", letter=found, parts=parts, parts_tabs=tabs, view=view,
        source=parts.source.decode("utf-8", "replace"),
    )  # fmt: skip


@blueprint.get("/<int:number>/html")
@requires("mailbox.see")
def letter_html(number: int) -> Response:
    """Give the letter itself, for the frame; its links open outside of it."""
    html = mailbox().parts(number).html
    shown = _HEAD.sub(lambda head: f'{head[0]}<base target="_blank">', html, count=1)
    return without_trace(as_letter(Response(shown, mimetype="text/html")))


def mailbox() -> Mailbox:
    """Return the mailbox; raises NotFound while mail is not caught."""
    settings = state().settings
    if not settings.catcher:
        raise NotFound("Mail is not caught here.", "Letters go to their recipients.")
    return Mailbox(settings.mailbox)


def _role_names() -> dict[str, str]:
    """Return what the roles are called, by the slug that stands in a caught letter."""
    return {role.slug: role.name.pick() for role in all_roles(db.session(), with_archived=True)}


def _page_number() -> int:
    text = request.args.get("page", "1")
    return max(1, min(int(text), 100_000)) if text.isascii() and text.isdigit() else 1
