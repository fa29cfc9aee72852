"""Digests: which lists have one, and how it is made."""

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.errors import NotFound, Refusal
from outreach.core.state import state
from outreach.mailings.audience import Audience, count
from outreach.mailings.audience_form import People, asked_audience
from outreach.mailings.digest_form import DigestForm
from outreach.mailings.digest_models import Digest
from outreach.mailings.digests import choose_digest, news_of
from outreach.mailings.queries import lists_to_choose, roles_to_choose
from outreach.mailings.views.blueprint import ID, actor, blueprint, reach, zone
from outreach.mailings.words import REASONS
from outreach.projects.models import List
from outreach.web.access import requires

Answer = str | Response | tuple[str, int]


@blueprint.get("/digests")
@requires("mailings.see")
def digests() -> str:
    """List the lists with the state of their digests."""
    lists = lists_to_choose(db.session(), reach())
    found = db.session.scalars(
        select(Digest).where(Digest.list_id.in_([each.id for each in lists]))
    )
    return render_template(
        "mailings/digests.html",
        lists=lists,
        digests={digest.list_id: digest for digest in found},
        zone=zone(),
    )


@blueprint.get(f"/digests/<{ID}:list_id>")
@requires("mailings.see")
def digest(list_id: int) -> str:
    """Show how a list's digest is made, and what the next issue would hold."""
    its_list = _list(list_id)
    return _page(its_list, _form(list_id))


@blueprint.post(f"/digests/<{ID}:list_id>")
@requires("mailings.send")
def save_digest(list_id: int) -> Answer:
    """Switch a list's digest on or off, and say how it is made."""
    its_list, form = _list(list_id), _form(list_id)
    if not form.validate_on_submit():
        return _page(its_list, form), 422
    try:
        with transaction() as session:
            kept = choose_digest(session, its_list, form.words, actor=actor(), now=now())
            said = "The digest is on." if kept.is_on else "The digest is off."
    except Refusal as refusal:
        form.form_errors.append(str(refusal))
        return _page(its_list, form), refusal.status
    flash(said, "success")
    return redirect(url_for(".digests"))


@blueprint.get(f"/digests/<{ID}:list_id>/audience")
@requires("mailings.see")
def digest_audience(list_id: int) -> str:
    """Count who would get an issue now, as a fragment: of what is saved, or `?chosen=1` asked."""
    its_list, session = _list(list_id), db.session()
    roles = {role.id: role for role in roles_to_choose(session)}
    saved = session.get(Digest, list_id)
    wanted = Audience.model_validate(saved.audience) if saved else Audience()
    if "chosen" in request.args:
        wanted = asked_audience(request.args, set(roles))
    return render_template(
        "mailings/audience.html",
        mailing=None,
        is_saved=False,
        may_see_people=False,
        wanted=wanted,
        counted=count(session, wanted, its_list.id, now()),
        roles=roles,
        reasons=REASONS,
    )


def _form(list_id: int) -> DigestForm:
    session = db.session()
    return DigestForm.of(session.get(Digest, list_id), zone(), People.known(session, reach()))


def _list(list_id: int) -> List:
    found = next((x for x in lists_to_choose(db.session(), reach()) if x.id == list_id), None)
    if found is None:
        raise NotFound
    return found


def _page(its_list: List, form: DigestForm) -> str:
    found = db.session.get(Digest, its_list.id)
    is_on = found is not None and found.is_on
    sources = state().contributions.faq
    return render_template(
        "mailings/digest.html",
        its_list=its_list,
        form=form,
        digest=found,
        news=news_of(db.session(), found, sources, now=now()) if found and is_on else None,
        zone=zone(),
        examples={str(role.id): str(role.example) for role in roles_to_choose(db.session())},
    )
