"""The second step: the blocks of the letter, each with its form; every button is a form."""

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from flask import flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.errors import Conflict, NotFound, Refusal
from outreach.mailings import blocks, edits
from outreach.mailings.belonging import without_a_part
from outreach.mailings.block_forms import FORMS, BlockForm
from outreach.mailings.blocks import BadContent, Block, Content, Lines
from outreach.mailings.findings import Step
from outreach.mailings.forms import LinesForm
from outreach.mailings.models import Mailing
from outreach.mailings.previewing import VIEWS
from outreach.mailings.queries import log_of, roles_to_choose
from outreach.mailings.sending_forms import ActForm
from outreach.mailings.services import edit_content, step_edits
from outreach.mailings.views.beside import reader_asked
from outreach.mailings.views.blueprint import (
    ID,
    actor,
    blueprint,
    can_edit,
    mailing_in_reach,
    steps_of,
    zone,
)
from outreach.mailings.views.offering import block_form, fields_of, keep_upload, store_files
from outreach.mailings.views.review_links import comments_shown
from outreach.mailings.words import BLOCKS, block_words
from outreach.web.access import requires

Answer = str | Response | tuple[str, int] | tuple[Response, int]
CONTENT = f"/<{ID}:mailing_id>/content"
MOVES = {"up": -1, "down": 1}


@blueprint.get(CONTENT)
@requires("mailings.see")
def content(mailing_id: int) -> str:
    """Show the letter and its blocks; `?block=` opens one, `?add=` a new one."""
    mailing = mailing_in_reach(mailing_id)
    letter = blocks.load(mailing.content)
    block = next((b for b in letter.blocks if b.id == request.args.get("block")), None)
    kind = block.kind if block else request.args.get("add", "")
    said = blocks.said_in(block, _language(letter)) if block else None
    form = block_form(kind, said, mailing) if kind in FORMS and can_edit(mailing) else None
    return _page(mailing, form=form, block=block)


@blueprint.post(f"{CONTENT}/blocks/new/<kind>")
@requires("mailings.edit")
def add_block(mailing_id: int, kind: str) -> Answer:
    """Put a new block after `?after=` or last."""
    mailing = mailing_in_reach(mailing_id)
    if kind not in FORMS:
        raise NotFound
    form = block_form(kind, None, mailing)

    def add(letter: Content) -> Content:
        after = request.args.get("after", "")
        known = {block.id for block in letter.blocks}
        place = letter.place(after) + 1 if after in known else None
        beside = letter.block(after).result if place else ""
        return blocks.add(letter, {**fields_of(form, mailing), "result": beside}, at=place)

    answer = _saved(mailing, form, add)
    return answer or opened(mailing_id, f"b{blocks.load(mailing.content).last}")


@blueprint.post(f"{CONTENT}/blocks/<block_id>")
@requires("mailings.edit")
def save_block(mailing_id: int, block_id: str) -> Answer:
    """Write a block anew; a script that saves by itself is answered with JSON."""
    mailing = mailing_in_reach(mailing_id)
    block = blocks.load(mailing.content).block(block_id)
    form = block_form(block.kind, block, mailing)

    def replace(letter: Content) -> Content:
        fields = fields_of(form, mailing)
        if language := _language(letter):
            return blocks.translate(letter, block_id, language, fields)
        return blocks.replace(letter, block_id, fields)

    answer = _saved(mailing, form, replace, block)
    if answer is None and _is_script():
        return jsonify(saved=_clock(), lock_version=mailing.lock_version)
    return answer or opened(mailing_id, block_id)


@blueprint.post(f"{CONTENT}/blocks/<block_id>/move-<any(up, down):direction>")
@requires("mailings.edit")
def move_block(mailing_id: int, block_id: str, direction: str) -> Answer:
    """Move a block one place."""
    steps = MOVES[direction]
    change(mailing_id, lambda letter: blocks.move(letter, block_id, by=steps))
    return opened(mailing_id, block_id)


@blueprint.post(f"{CONTENT}/blocks/<block_id>/move")
@requires("mailings.edit")
def place_block(mailing_id: int, block_id: str) -> Answer:
    """Move a block to the place `to` (from 0): where it was dropped."""
    place = request.form.get("to", type=int)
    if place is None or not 0 <= place < blocks.MOST_BLOCKS:
        raise NotFound
    change(mailing_id, lambda letter: blocks.move(letter, block_id, to=place))
    return opened(mailing_id, block_id)


@blueprint.post(f"{CONTENT}/<any(undo, redo):direction>")
@requires("mailings.edit")
def step_back(mailing_id: int, direction: str) -> Answer:
    """Undo the last edit of the blocks, or do it again."""
    mailing = mailing_in_reach(mailing_id)
    version = ActForm().lock_version.data or 0
    by = -1 if direction == "undo" else 1
    try:
        with transaction() as session:
            step_edits(session, mailing, by=by, lock_version=version, actor=actor(), now=now())
    except Conflict as refusal:
        flash(str(refusal), "warning")
    return redirect(url_for(".content", mailing_id=mailing_id))


@blueprint.get(f"{CONTENT}/version")
@requires("mailings.see")
def version(mailing_id: int) -> Response:
    """Say which save is the newest and whose it was: two people editing notice each other."""
    mailing = mailing_in_reach(mailing_id)
    last = next(iter(log_of(db.session(), mailing_id, limit=1)), None)
    return jsonify(lock_version=mailing.lock_version, actor=last.actor if last else "")


@blueprint.post(f"{CONTENT}/blocks/<block_id>/duplicate")
@requires("mailings.edit")
def duplicate_block(mailing_id: int, block_id: str) -> Answer:
    """Put a copy of a block right after it."""
    letter = change(mailing_id, lambda letter: blocks.duplicate(letter, block_id))
    return opened(mailing_id, f"b{letter.last}" if letter else block_id)


@blueprint.post(f"{CONTENT}/blocks/<block_id>/remove")
@requires("mailings.edit")
def remove_block(mailing_id: int, block_id: str) -> Answer:
    """Take a block away."""
    if change(mailing_id, lambda letter: blocks.remove(letter, block_id)):
        flash("The block is removed.", "success")
    return redirect(url_for(".content", mailing_id=mailing_id))


def _saved(
    mailing: Mailing,
    form: BlockForm,
    change: Callable[[Content], Content],
    block: Block | None = None,
) -> Answer | None:
    """Save the change; return the page that says what to put right, or None when all is well."""
    status = 422
    if form.validate_on_submit():
        try:
            store_files(form)
            _save(mailing, change, form.lock_version.data or 0, block.id if block else "")
        except BadContent as error:
            form.complain(error)
            keep_upload(form, mailing)
        except Refusal as refusal:
            form.form_errors.append(str(refusal))
            status = refusal.status
        else:
            return None
    if _is_script():
        return jsonify(message=form.first_complaint), status
    return _page(mailing, form=form, block=block), status


def _save(
    mailing: Mailing,
    change: Callable[[Content], Content],
    lock_version: int,
    block_id: str = "",
) -> Content:
    with transaction() as session:
        return edit_content(
            session,
            mailing,
            change,
            lock_version=lock_version,
            actor=actor(),
            now=now(),
            block_id=block_id,
        )


def change(mailing_id: int, change: Callable[[Content], Content]) -> Content | None:
    """Make a change that holds no typed words; what stands in its way is said above the page."""
    mailing = mailing_in_reach(mailing_id)
    form = ActForm()
    try:
        return _save(mailing, change, form.lock_version.data or 0)
    except Conflict:
        flash("Somebody changed this mailing meanwhile. Look at it and try again.", "warning")
        return None


def opened(mailing_id: int, block_id: str) -> Response:
    """Show the page again with a block open, in the language it was looked at."""
    spoken: dict[str, Any] = {"in": request.args.get("in") or None}
    return redirect(
        url_for(".content", mailing_id=mailing_id, block=block_id, _anchor="settings", **spoken)
    )


def _is_script() -> bool:
    return request.accept_mimetypes.best == "application/json"


def _clock() -> str:
    return f"{now().astimezone(ZoneInfo(zone())):%H:%M}"


def _language(letter: Content) -> str:
    """Return the other language the letter is looked at in; "" for its own."""
    asked = request.args.get("in", "")
    return asked if asked in letter.languages else ""


def _page(mailing: Mailing, *, form: BlockForm | None, block: Block | None) -> str:
    letter = blocks.load(mailing.content)
    language = _language(letter)
    roles, reader = roles_to_choose(db.session()), reader_asked()
    wanted = request.args.get("as")
    seen_by = next(
        (role for role in roles if (role.id == reader.role_id if reader else role.slug == wanted)),
        None,
    )
    lines = letter.lines.get(language, Lines())
    return render_template(
        "mailings/content.html",
        mailing=mailing,
        content=letter,
        can_edit=can_edit(mailing),
        steps=steps_of(mailing, Step.CONTENT),
        step=Step.CONTENT,
        kinds=BLOCKS,
        form=form,
        opened=block,
        adding=form is not None and block is None,
        after=request.args.get("after", ""),
        zone=ZoneInfo(zone()),
        edits=edits.steps_of(db.session(), mailing),
        block_words=block_words,
        blocks=blocks,
        language=language,
        lines=LinesForm(data=lines.model_dump()) if language else None,
        roles={role.slug: role for role in roles},
        mentioned=blocks.mentioned_roles(letter),
        seen_by=seen_by,
        reader=None if language else reader,
        views=VIEWS,
        view=request.args.get("view") if request.args.get("view") in VIEWS else "desktop",
        comments=comments_shown(mailing),
        without_a_part=without_a_part(mailing, letter),
    )
