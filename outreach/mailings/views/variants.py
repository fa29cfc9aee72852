"""Who sees what: blocks for some roles, words in other languages, and who gets which variant."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.errors import NotFound, Refusal
from outreach.mailings import blocks
from outreach.mailings.approving import approvals_of, approve
from outreach.mailings.audience import audience_of
from outreach.mailings.belonging import announce_also
from outreach.mailings.blocks import Content, Variant
from outreach.mailings.forms import LinesForm
from outreach.mailings.frozen import FrozenLetter
from outreach.mailings.models import Mailing
from outreach.mailings.queries import roles_to_choose
from outreach.mailings.sending_forms import ActForm
from outreach.mailings.trail_models import MailingApproval
from outreach.mailings.variants import Coverage, coverage
from outreach.mailings.views.blueprint import (
    ID,
    actor,
    blueprint,
    mailing_in_reach,
    may_here,
)
from outreach.mailings.views.content import CONTENT, change, opened
from outreach.stakeholders.models import Role
from outreach.web.access import requires


@dataclass(frozen=True, slots=True)
class Matrix:
    """The variants of a mailing as rows of roles and columns of languages."""

    roles: tuple[tuple[str, Role | None], ...]
    """Slug and role of each row; the last is everybody else."""
    languages: tuple[str, ...]
    coverage: Coverage
    precedence: tuple[Role, ...]
    """Of several roles one holds the first counts."""
    approvals: Mapping[str, MailingApproval]
    may_approve: bool

    @property
    def fallback(self) -> list[tuple[Role | None, int]]:
        """Who gets the words for everybody else, by role; None for who has none that is known."""
        roles = {role.id: role for role in self.precedence}
        return [(roles.get(id_ or 0), number) for id_, number in self.coverage.fallback.items()]

    def variant(self, role: str, language: str) -> Variant:
        """Return the variant of a cell."""
        return Variant(role, language)


def matrix_of(mailing: Mailing, letter: FrozenLetter) -> Matrix | None:
    """Return who gets which variant of a gathered letter; None where everybody gets the same."""
    content = blocks.load(mailing.content)
    if len(blocks.variants_of(content, mailing.language)) == 1:
        return None
    precedence = tuple(roles_to_choose(db.session()))
    known = {role.slug: role for role in precedence}
    rows = [(slug, known.get(slug)) for slug in blocks.mentioned_roles(content)]
    return Matrix(
        roles=(*rows, ("", None)),
        languages=tuple(dict.fromkeys((mailing.language, *content.languages))),
        coverage=coverage(db.session(), letter, audience_of(mailing), mailing.list_id, now=now()),
        precedence=precedence,
        approvals=approvals_of(db.session(), mailing),
        may_approve=mailing.is_editable and may_here("mailings.send", mailing),
    )


@blueprint.post(f"{CONTENT}/blocks/<block_id>/roles")
@requires("mailings.edit")
def show_block_to(mailing_id: int, block_id: str) -> Response:
    """Show a block to the chosen roles only, or to everybody."""
    chosen = _known(request.form.getlist("roles"))
    change(mailing_id, lambda letter: blocks.show_to(letter, block_id, chosen))
    return opened(mailing_id, block_id)


@blueprint.post(f"{CONTENT}/blocks/<block_id>/otherwise")
@requires("mailings.edit")
def say_otherwise(mailing_id: int, block_id: str) -> Response:
    """Begin another block that takes this one's place for one role."""
    chosen = _known(request.form.getlist("role"))
    if not chosen:
        raise NotFound
    letter = change(mailing_id, lambda each: blocks.say_otherwise(each, block_id, chosen[0]))
    return opened(mailing_id, f"b{letter.last}" if letter else block_id)


@blueprint.post(f"{CONTENT}/blocks/<block_id>/result")
@requires("mailings.edit")
def let_block_belong(mailing_id: int, block_id: str) -> Response:
    """Let a block belong to one of the announced results, or to none."""
    chosen = request.form.get("result", "")
    known = {result.slug for result in mailing_in_reach(mailing_id).results}
    if chosen and chosen not in known:
        raise NotFound
    change(mailing_id, lambda letter: blocks.belong(letter, block_id, chosen))
    return opened(mailing_id, block_id)


@blueprint.post(f"{CONTENT}/results/<slug>")
@requires("mailings.edit")
def add_result(mailing_id: int, slug: str) -> Response:
    """Put what is known of one more announced result into the letter."""
    mailing = mailing_in_reach(mailing_id)
    result = next((each for each in mailing.results if each.slug == slug), None)
    if result is None:
        raise NotFound
    try:
        if change(
            mailing_id,
            lambda letter: announce_also(letter, result, mailing.language),
        ):
            flash(f"The parts about “{result.title}” stand before the closing ones.", "success")
    except Refusal as refusal:
        flash(str(refusal), "warning")
    return redirect(url_for(".content", mailing_id=mailing_id))


@blueprint.post(f"{CONTENT}/lines/<language>")
@requires("mailings.edit")
def entitle(mailing_id: int, language: str) -> Response:
    """Set subject and preview line in another language."""
    mailing = mailing_in_reach(mailing_id)
    if language not in blocks.load(mailing.content).languages:
        raise NotFound
    form = LinesForm()
    lines = {"subject": form.subject.data or "", "preheader": form.preheader.data or ""}

    def entitled(letter: Content) -> Content:
        return blocks.entitle(letter, language, lines)

    try:
        if change(mailing_id, entitled):
            flash("Saved.", "success")
    except Refusal as refusal:
        flash(str(refusal), "warning")
    spoken: dict[str, Any] = {"in": language}
    return redirect(url_for(".content", mailing_id=mailing_id, **spoken))


@blueprint.post(f"/<{ID}:mailing_id>/variants/<key>/approve")
@requires("mailings.send")
def approve_variant(mailing_id: int, key: str) -> Response:
    """Say that a variant may leave as it stands."""
    mailing = mailing_in_reach(mailing_id)
    version = ActForm().lock_version.data or 0
    try:
        with transaction() as session:
            approve(session, mailing, key, lock_version=version, actor=actor(), now=now())
    except Refusal as refusal:
        flash(str(refusal), "warning")
    return redirect(url_for(".preview", mailing_id=mailing_id, _anchor="variants"))


def _known(slugs: list[str]) -> list[str]:
    roles = {role.slug for role in roles_to_choose(db.session())}
    return [slug for slug in slugs if slug in roles]
