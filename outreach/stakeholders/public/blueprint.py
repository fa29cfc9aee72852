"""Where the public routes of this room hang, and how its pages answer."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from flask import Blueprint, Response, current_app, make_response, render_template, request
from sqlalchemy.orm import Session

from outreach.core.signing import TokenKind
from outreach.core.state import state
from outreach.core.text import LANGUAGES
from outreach.stakeholders.letters import LOOKUP, Bearer, LetterLookup, bearer_of
from outreach.stakeholders.phrases import PHRASES
from outreach.web.headers import without_trace
from outreach.web.i18n import page_language
from outreach.web.phrasebook import day_in

blueprint = Blueprint("own", __name__)
LARGEST_FORM = 64 * 1024
"""Bytes. Nobody who fills in one of these forms needs more; anybody may send them."""
NOTHING: Mapping[str, object] = MappingProxyType({})


@blueprint.before_request
def keep_small() -> None:
    """Read no more of a form than people write."""
    request.max_content_length = LARGEST_FORM


def bearer(session: Session, token: str, kind: TokenKind) -> Bearer:
    """Return who came by a letter's token; raises UnknownLetter for anything else."""
    lookup: LetterLookup = current_app.extensions[LOOKUP]
    return bearer_of(session, token, kind, signer=state().signer, lookup=lookup)


def page(template: str, status: int = 200, values: Mapping[str, object] = NOTHING) -> Response:
    """Answer with a page in the visitor's language that leaves no trace of its address."""
    language = page_language()
    phrase = PHRASES.speaker(language)
    answer = make_response(
        render_template(
            f"own/{template}.html",
            language=language,
            languages=LANGUAGES,
            phrase=phrase,
            privacy_label=phrase("privacy"),
            subscribe_label=phrase("subscribe"),
            **values,
        ),
        status,
    )
    answer.vary.add("Accept-Language")
    return without_trace(answer)


def day(moment: datetime) -> str:
    """Write the day of a moment as the page's language does."""
    return day_in(page_language(), moment)
