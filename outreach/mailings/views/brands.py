"""How letters look: colour, headline font, logo and imprint of each network and project."""

from flask import flash, redirect, render_template, url_for
from flask_wtf.file import FileField
from werkzeug.wrappers import Response
from wtforms import BooleanField, RadioField, StringField
from wtforms.validators import Length

from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.errors import NotFound, Refusal
from outreach.core.state import state
from outreach.mailings.brand_models import Brand
from outreach.mailings.branding import brand_for, dress, owners
from outreach.mailings.pictures import keep_file, picture_address
from outreach.mailings.rendering.fonts import DEFAULT, FONTS
from outreach.mailings.views.blueprint import ID, blueprint, reach
from outreach.projects.models import Network, Project
from outreach.results.storage import FileKind, Stored, store
from outreach.web.access import requires
from outreach.web.forms import Form, choice

Answer = str | Response | tuple[str, int]


class BrandForm(Form):
    """How letters of one owner look."""

    accent = StringField(
        "Colour",
        [Length(max=7)],
        description="Of headings' marks, links and buttons; such as #0b5d66. Empty for our own. "
        "Where it could not be read it is darkened.",
    )
    font = RadioField(
        "Headlines",
        choices=[choice(key, font.label) for key, font in FONTS.items()],
        default=DEFAULT,
        description="Letters load no font: each of these is on the devices of nearly all readers, "
        "and Outlook gets one that Windows has.",
    )
    logo = FileField("Logo", description="JPEG, PNG or WebP. Shown 160 pixels wide at the top.")
    without_logo = BooleanField("Show no logo")
    imprint = StringField(
        "Imprint",
        [Length(max=400)],
        description="A line below the postal address: who is responsible, a register number.",
    )


@blueprint.get("/brands")
@requires("settings.edit")
def brands() -> str:
    """List whose letters can be dressed."""
    networks, projects = _owners()
    return render_template("mailings/brands.html", networks=networks, projects=projects)


@blueprint.route(f"/brands/<any(network, project):kind>/<{ID}:owner_id>", methods=["GET", "POST"])
@requires("settings.edit")
def brand(kind: str, owner_id: int) -> Answer:
    """Show and set how the letters of one owner look."""
    owner = _owner(kind, owner_id)
    found = _brand(kind, owner_id)
    form = BrandForm(obj=found)
    status = 200
    if form.is_submitted():
        if form.validate():
            try:
                _dressed(kind, owner_id, form)
                return redirect(url_for(".brands"))
            except Refusal as refusal:
                form.form_errors.append(str(refusal))
        status = 422
    logo = found.logo_sha256 if found else None
    return (
        render_template(
            "mailings/brand.html",
            form=form,
            owner=owner,
            logo=picture_address("", logo) if logo else "",
        ),
        status,
    )


def _dressed(kind: str, owner_id: int, form: BrandForm) -> None:
    stored: Stored | None = None
    if form.logo.data:
        stored = store(form.logo.data.stream, state().settings.documents, kind=FileKind.PICTURE)
    with transaction() as session:
        brand = _brand(kind, owner_id) or Brand(**{f"{kind}_id": owner_id})
        shown = dress(
            session,
            brand,
            accent=form.accent.data or "",
            font=form.font.data or "",
            imprint=form.imprint.data or "",
        )
        if stored:
            keep_file(session, stored, now=now())
            brand.logo_sha256 = stored.sha256
        elif form.without_logo.data:
            brand.logo_sha256 = None
    asked = (form.accent.data or "").lower()
    note = f" The colour is shown as {shown}, so that it can be read." if shown != asked else ""
    flash(f"Letters look like this from now on.{note}", "success")


def _owners() -> tuple[list[Network], list[Project]]:
    ids = reach()
    networks, projects = owners(db.session(), None if ids is None else list(ids))
    return list(networks), list(projects)


def _owner(kind: str, owner_id: int) -> str:
    networks, projects = _owners()
    named: dict[int, str] = (
        {each.id: str(each.name) for each in networks}
        if kind == "network"
        else {each.id: each.acronym for each in projects}
    )
    if owner_id not in named:
        raise NotFound
    return named[owner_id]


def _brand(kind: str, owner_id: int) -> Brand | None:
    if kind == "network":
        return brand_for(db.session(), network_id=owner_id)
    return brand_for(db.session(), project_id=owner_id)
