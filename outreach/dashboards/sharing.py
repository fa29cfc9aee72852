"""Share links of a project: made by staff and partners, one per channel."""

from flask import Response, flash, redirect, render_template, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as Redirect
from wtforms import SelectField
from wtforms.validators import DataRequired

from outreach.accounts.guard import may, signed_in_user
from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.errors import NotFound, Refusal
from outreach.core.state import state
from outreach.dashboards.blueprint import project_in_reach
from outreach.dashboards.partner import blueprint
from outreach.projects.fields import text_line
from outreach.projects.models import Project
from outreach.results.models import Document, Result
from outreach.tracking.share_models import Channel, ShareLink
from outreach.tracking.sharing import (
    CHANNEL_NAMES,
    NewShareLink,
    make_share_link,
    qr_code,
    share_lines,
    visitor_role_lines,
)
from outreach.web.access import requires
from outreach.web.forms import Form, choice

__all__ = ["blueprint"]
LINK = "<int(max=2147483647):link_id>"


class ShareLinkForm(Form):
    """A new share link."""

    target = SelectField("Leads to", [DataRequired("Choose where it leads.")])
    channel = SelectField("Handed on by", [DataRequired("Choose a channel.")])
    label = text_line(
        "Name",
        120,
        DataRequired("Give it a name, so that you know it again."),
        description="For you and your colleagues, for example: Tilburg's newsletter, March.",
    )

    def offer(self, targets: dict[str, str]) -> None:
        """Offer the published pages {"result:1": title} and all channels."""
        self.target.choices = [choice(value, title) for value, title in targets.items()]
        self.channel.choices = [choice(kind.value, name) for kind, name in CHANNEL_NAMES.items()]

    @property
    def words(self) -> NewShareLink:
        """What was chosen."""
        kind, _, number = (self.target.data or "").partition(":")
        return NewShareLink(
            channel=Channel(self.channel.data),
            label=self.label.data or "",
            result_id=int(number) if kind == "result" else None,
            document_id=int(number) if kind == "document" else None,
        )


@blueprint.get("/<slug>/share-links")
@requires("dashboards.see")
def share_links(slug: str) -> str:
    """List a project's share links, with what came by them, and offer to make another."""
    found = project_in_reach(slug)
    return _page(found, _form(found))


@blueprint.post("/<slug>/share-links")
@requires("dashboards.share")
def make_link(slug: str) -> str | Redirect | tuple[str, int]:
    """Make a share link."""
    found = project_in_reach(slug)
    form, project_id, by = _form(found), found.id, signed_in_user().shown_name
    if not form.validate_on_submit():
        return _page(found, form), 422
    try:
        with transaction() as session:
            make_share_link(session, project_id, form.words, by=by, now=now())
    except Refusal as refusal:
        form.form_errors.append(str(refusal))
        return _page(project_in_reach(slug), form), refusal.status
    flash("The share link is ready to be handed on.", "success")
    return redirect(url_for(".share_links", slug=slug))


@blueprint.get(f"/<slug>/share-links/{LINK}.svg")
@requires("dashboards.see")
def share_code(slug: str, link_id: int) -> Response:
    """Give a share link's QR code, for print."""
    found = project_in_reach(slug)
    link = db.session.get(ShareLink, link_id)
    if link is None or link.project_id != found.id:
        raise NotFound
    return Response(qr_code(_address(link)), mimetype="image/svg+xml")


def _page(found: Project, form: ShareLinkForm) -> str:
    lines = share_lines(db.session(), found.id)
    return render_template(
        "dashboards/share_links.html",
        layout="layouts/staff.html" if may("overview.see") else "layouts/partner.html",
        project=found,
        form=form,
        lines=lines,
        addresses={line.link.id: _address(line.link) for line in lines},
        channels=CHANNEL_NAMES,
        # Partners see published figures only; these are live.
        shows_figures=may("reports.see", found.id),
        visitors=visitor_role_lines(db.session(), found.id),
    )


def _form(found: Project) -> ShareLinkForm:
    form = ShareLinkForm()
    form.offer(_targets(found.id))
    return form


def _targets(project_id: int) -> dict[str, str]:
    """Return the project's published pages by what names them in the form."""
    results = db.session.scalars(
        select(Result)
        .where(
            Result.project_id == project_id,
            Result.published_at.is_not(None),
            Result.archived_at.is_(None),
        )
        .order_by(Result.published_at.desc())
    ).all()
    documents = db.session.scalars(
        select(Document)
        .where(Document.result_id.in_([r.id for r in results]), Document.archived_at.is_(None))
        .order_by(Document.result_id, Document.position, Document.id)
    )
    return {
        **{f"result:{result.id}": result.title.pick() for result in results},
        **{f"document:{document.id}": document.title.pick() for document in documents},
    }


def _address(link: ShareLink) -> str:
    return f"{state().settings.base_url}/t/s/{link.code}"
