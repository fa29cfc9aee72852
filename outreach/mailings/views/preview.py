"""The third step: the letter as one reader gets it: wide, narrow, by night, bare, and as text."""

from typing import Any

from flask import Response, make_response, render_template, request, url_for

from outreach.accounts.guard import may
from outreach.core.clock import now
from outreach.core.db import db
from outreach.core.errors import Refusal
from outreach.mailings import blocks
from outreach.mailings.audience import audience_of, judged
from outreach.mailings.findings import Step
from outreach.mailings.freezing import gather
from outreach.mailings.frozen import FrozenLetter
from outreach.mailings.models import Mailing
from outreach.mailings.previewing import VIEWS, Preview, Scheme, facts_of, in_scheme, sample_facts
from outreach.mailings.previewing import preview as make_preview
from outreach.mailings.queries import Person, people_named, roles_to_choose, some_readers
from outreach.mailings.testing_subjects import chosen_test
from outreach.mailings.views.beside import reader_asked
from outreach.mailings.views.blueprint import (
    ID,
    blueprint,
    mailing_in_reach,
    outlet,
    steps_of,
)
from outreach.mailings.views.variants import matrix_of
from outreach.web.access import requires
from outreach.web.forms import tidy
from outreach.web.headers import as_letter

SAMPLE = 10
_PICTURES, _NO_PICTURES = "img-src 'self'", "img-src 'none'"


@blueprint.get(f"/<{ID}:mailing_id>/preview")
@requires("mailings.see")
def preview(mailing_id: int) -> str:
    """Show the letter as a sample of a role or, to who may see people, as a chosen person."""
    mailing = mailing_in_reach(mailing_id)
    reader, role_id, shown = reader_asked(), _role(mailing), _view()
    gathered = _gathered(mailing, reader)
    made, refusal = _made(gathered, reader, role_id)
    spoken = blocks.load(mailing.content).languages
    q = tidy(request.args.get("q", ""))[:100]
    return render_template(
        "mailings/preview.html",
        mailing=mailing,
        steps=steps_of(mailing, Step.PREVIEW),
        step=Step.PREVIEW,
        view=shown,
        views=VIEWS,
        preview=made,
        refusal=refusal,
        roles=roles_to_choose(db.session()),
        role_id=role_id,
        reader=reader,
        can_search=may("stakeholders.see"),
        q=q,
        people=people_named(db.session(), q, now=now()) if q and may("stakeholders.see") else [],
        sample=_sample(mailing),
        lines=_lines(mailing),
        letter_url=url_for(
            ".letter", mailing_id=mailing_id, view=shown, **_as_whom(reader, role_id)
        ),
        languages=(mailing.language, *spoken) if spoken else (),
        reads=request.args.get("in") or mailing.language,
        matrix=matrix_of(mailing, gathered),
    )


@blueprint.get(f"/<{ID}:mailing_id>/preview/letter")
@requires("mailings.see")
def letter(mailing_id: int) -> Response:
    """Give the letter itself, for a frame, under its own sandboxed policy."""
    mailing = mailing_in_reach(mailing_id)
    reader = reader_asked()
    made, refusal = _made(_gathered(mailing, reader), reader, _role(mailing))
    if made is None:
        return as_letter(make_response(render_template("mailings/unready.html", refusal=refusal)))
    shown = _view()
    if shown == "text":
        return as_letter(Response(made.text, mimetype="text/plain"))
    scheme = Scheme.DARK if shown == "dark" else Scheme.LIGHT
    answer = as_letter(make_response(in_scheme(made.html, scheme)))
    if shown == "bare":
        policy = answer.headers["Content-Security-Policy"].replace(_PICTURES, _NO_PICTURES)
        answer.headers["Content-Security-Policy"] = policy
    return answer


def _lines(mailing: Mailing) -> list[tuple[str, str]]:
    """Return the subject and preview lines that are tried besides the mailing's own."""
    test = chosen_test(mailing)
    found = test.lines(mailing.subject, mailing.preheader) if test else {}
    return [(f"Line {arm}", f"{x.subject} · {x.preheader}") for arm, x in found.items()][1:]


def _view() -> str:
    asked = request.args.get("view", "desktop")
    return asked if asked in VIEWS else "desktop"


def _role(mailing: Mailing) -> int:
    """Return the role asked for (0: none); else the first the mailing is for."""
    chosen = audience_of(mailing).role_ids
    first = (role.id for role in roles_to_choose(db.session()) if role.id in chosen)
    asked = request.args.get("role", type=int)
    return next(first, 0) if asked is None else asked


def _sample(mailing: Mailing) -> list[Person]:
    """Return ten of those who would get it, for who may see people and asks for them."""
    if "sample" not in request.args or not may("stakeholders.see"):
        return []
    moment = now()
    found = judged(db.session(), audience_of(mailing), mailing.list_id, moment)
    return some_readers(db.session(), found.recipients, now=moment, limit=SAMPLE)


def _reads(reader: Person | None) -> str:
    return reader.language if reader else request.args.get("in", "")


def _gathered(mailing: Mailing, reader: Person | None) -> FrozenLetter:
    # Under the address it is looked at, or its pictures would be another site's.
    base_url = request.host_url.rstrip("/")
    return gather(
        db.session(),
        mailing,
        sender=outlet()["sender"],
        base_url=base_url,
        spoken=(_reads(reader),),
    )


def _made(
    gathered: FrozenLetter, reader: Person | None, role_id: int
) -> tuple[Preview | None, Refusal | None]:
    try:
        held = reader.role_id if reader else role_id
        edition = gathered.edition(gathered.variant_of(held, _reads(reader)))
        return make_preview(edition, _facts(edition, reader, role_id)), None
    except Refusal as refusal:
        return None, refusal


def _facts(letter: FrozenLetter, reader: Person | None, role_id: int) -> dict[str, str | None]:
    return facts_of(letter, reader) if reader else sample_facts(letter, role_id)


def _as_whom(reader: Person | None, role_id: int) -> dict[str, Any]:
    if reader:
        return {"person": reader.id}
    spoken = {"in": request.args["in"]} if request.args.get("in") else {}
    return {"role": role_id, **spoken}
