"""Staff pages of sign-up links: make one, show its QR code, end it; and the form to embed."""

import io
from typing import TYPE_CHECKING

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from sqlalchemy import select

from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.errors import NotFound
from outreach.core.extras import late
from outreach.core.state import state
from outreach.core.text import LANGUAGES
from outreach.projects.queries import lists_in_use
from outreach.stakeholders.eligibility import holds_now
from outreach.stakeholders.invitations import end_link, invite
from outreach.stakeholders.link_forms import SignUpLinkForm
from outreach.stakeholders.models import SignUpLink, Stakeholder, StakeholderRole, Topic
from outreach.stakeholders.phrases import PHRASES
from outreach.stakeholders.public.subscribing import about_list
from outreach.stakeholders.roles import all_roles
from outreach.stakeholders.views.blueprint import ID, Answer, actor, blueprint
from outreach.web.access import requires

if TYPE_CHECKING:
    import segno
else:
    segno = late("segno")

SHOWN = 200
LINK = f"/sign-up-links/<{ID}:link_id>"


@blueprint.get("/sign-up-links")
@requires("stakeholders.see")
def sign_up_links() -> str:
    """List the links, the form to embed, and roles people named in their own words."""
    session = db.session()
    links = session.scalars(
        select(SignUpLink).order_by(SignUpLink.expires_at.desc(), SignUpLink.id.desc()).limit(SHOWN)
    ).all()
    own_words = session.scalars(
        select(Stakeholder)
        .where(
            Stakeholder.other_role.is_not(None),
            Stakeholder.id.not_in(select(StakeholderRole.stakeholder_id).where(holds_now(now()))),
        )
        .order_by(Stakeholder.id.desc())
        .limit(SHOWN)
    ).all()
    lists = lists_in_use(session)
    asked = request.args.get("form", "")
    language = asked if asked in LANGUAGES else LANGUAGES[0]
    return render_template(
        "stakeholders/sign_up_links.html",
        links=links,
        now=now(),
        own_words=own_words,
        lists=lists,
        about={found.slug: about_list(found, language) for found in lists},
        roles=all_roles(session),
        base_url=state().settings.base_url,
        languages=LANGUAGES,
        form_language=language,
        phrase=PHRASES.speaker(language),
    )


@blueprint.route("/sign-up-links/new", methods=["GET", "POST"])
@requires("stakeholders.edit")
def new_sign_up_link() -> Answer:
    """Make a link for an occasion."""
    session, form = db.session(), SignUpLinkForm()
    topics = session.scalars(select(Topic).order_by(Topic.slug)).all()
    form.offer(lists_in_use(session), all_roles(session), topics, now().date())
    if not form.validate_on_submit():
        page = render_template("stakeholders/new_sign_up_link.html", form=form)
        return page, 422 if form.is_submitted() else 200
    with transaction() as writing:
        link_id = invite(
            writing,
            form.label.data or "",
            list_id=int(form.list_id.data),
            roles=tuple(form.roles.data or ()),
            topic_id=int(form.topic.data) if form.topic.data else None,
            expires_at=form.expires_at,
            now=now(),
            actor=actor(),
        ).id
    return redirect(url_for("stakeholders.sign_up_link", link_id=link_id))


@blueprint.get(LINK)
@requires("stakeholders.see")
def sign_up_link(link_id: int) -> str:
    """Show a link with its QR code, large enough to be shown to a room or printed."""
    link = _link(link_id)
    return render_template(
        "stakeholders/sign_up_link.html", link=link, address=_address(link), now=now()
    )


@blueprint.get(f"{LINK}/qr.svg")
@requires("stakeholders.see")
def sign_up_link_code(link_id: int) -> Response:
    """Give the QR code as a picture that can be printed at any size."""
    picture = io.BytesIO()
    segno.make(_address(_link(link_id)), error="m").save(
        picture, kind="svg", scale=8, border=4, dark="#000", light="#fff"
    )
    answer = make_response(picture.getvalue())
    answer.content_type = "image/svg+xml"
    return answer


@blueprint.post(f"{LINK}/end")
@requires("stakeholders.edit")
def end_sign_up_link(link_id: int) -> Answer:
    """Let a link no longer lead to its own form."""
    _link(link_id)
    with transaction() as session:
        end_link(session.get_one(SignUpLink, link_id), now=now())
    flash("The link has ended. It leads to the ordinary form from now on.", "success")
    return redirect(url_for("stakeholders.sign_up_links"))


def _link(link_id: int) -> SignUpLink:
    found = db.session.get(SignUpLink, link_id)
    if found is None:
        raise NotFound
    return found


def _address(link: SignUpLink) -> str:
    return f"{state().settings.base_url}{url_for('own.subscribe', key=link.key)}"
