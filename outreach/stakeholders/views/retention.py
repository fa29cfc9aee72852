"""People not heard of for years: the proposal, and what staff decide."""

from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.accounts.guard import signed_in_user
from outreach.core.changes import ChangeKind, ChangeSet
from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.errors import Refusal
from outreach.core.state import state
from outreach.projects.queries import lists_in_use
from outreach.stakeholders import retention, silence
from outreach.stakeholders.forms import BASES
from outreach.stakeholders.models import Basis
from outreach.stakeholders.sender import Desk
from outreach.stakeholders.views.blueprint import Answer, actor, blueprint
from outreach.web.access import requires
from outreach.web.forms import tidy


def rules() -> silence.Rules:
    """Return the rules of this installation."""
    here = state()
    return silence.Rules.of(here.settings.retention_months, here.contributions.engagements)


@blueprint.get("/retention")
@requires("stakeholders.edit")
def silent() -> str:
    """Propose whom to ask, to keep on a renewed basis, or to erase."""
    return _page()


def _page(refused: str = "") -> str:
    """Show the proposal; after a refusal with what was chosen and typed."""
    count, people = silence.proposal(db.session(), rules(), now=now())
    runs = db.session.scalars(
        select(ChangeSet)
        .where(ChangeSet.kind == ChangeKind.RETENTION)
        .order_by(ChangeSet.id.desc())
        .limit(20)
    ).all()
    settings = state().settings
    return render_template(
        "stakeholders/retention.html",
        count=count,
        people=people,
        runs=runs,
        months=settings.retention_months,
        erases=settings.retention_erase,
        lists=lists_in_use(db.session()),
        bases={basis: BASES[basis] for basis in Basis if basis is not Basis.UNKNOWN},
        zone=signed_in_user().zone,
        refused=refused,
        chosen=_chosen(),
        typed=request.form,
    )


def _chosen() -> list[int]:
    numbers = request.form.getlist("person", type=int)[: silence.PAGE]
    return [number for number in numbers if 0 < number < 2**31]


@blueprint.post("/retention")
@requires("stakeholders.edit")
def decide() -> Answer:
    """Do what staff decided about the people they chose."""
    try:
        with transaction() as session:
            ids = silence.ids_of_silent(session, rules(), _chosen(), now())
            if not ids:
                raise Refusal("Nobody was chosen.", "Tick the people first.")
            batch = _decided(session, ids, request.form.get("act", ""))
            counts = dict(batch.summary["counts"])
    except Refusal as refusal:
        return _page(str(refusal)), refusal.status
    flash(_in_words(counts), "success")
    return redirect(url_for("stakeholders.silent"))


def _in_words(counts: Mapping[str, int]) -> str:
    """Tell what was done, and why some were left alone."""
    said = ", ".join(f"{count:,} {word}" for word, count in counts.items() if count) or "Nobody"
    if not counts.get("left alone"):
        return f"{said}."
    was_asked = "asked" in counts
    why = (
        "was asked before or gets no letters" if was_asked else "left this list or never was on it"
    )
    return f"{said}. Left alone is who {why}."


def _decided(session: Session, ids: list[int], act: str) -> ChangeSet:
    here, moment = state(), now()
    if act == "ask":
        desk = Desk(here.settings.base_url, here.signer, here.ring)
        return retention.ask_once(session, ids, desk=desk, now=moment, actor=actor())
    if act == "renew":
        return _renewed(session, ids)
    if act == "erase" and tidy(request.form.get("word", "")).lower() == "erase":
        steps = here.contributions.erasures
        return retention.erase_silent(
            session, ids, erasures=steps, ring=here.ring, now=moment, actor=actor()
        )
    raise Refusal("Nobody was erased.", "To erase, type the word erase.")


def _renewed(session: Session, ids: list[int]) -> ChangeSet:
    source = tidy(request.form.get("source", ""))[:400]
    known = {basis.value for basis in Basis} - {Basis.UNKNOWN.value}
    basis = request.form.get("basis", "")
    lists = {found.id for found in lists_in_use(session)}
    list_id = request.form.get("list_id", 0, type=int)
    if not source or basis not in known or list_id not in lists:
        raise Refusal("Say on which basis, for which list, and why.", "The law asks for it.")
    return retention.renew(
        session, ids, list_id, basis=Basis(basis), source=source, now=now(), actor=actor()
    )
