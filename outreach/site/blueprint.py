"""Where the public routes of this room hang, and how its pages answer."""

from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, make_response, render_template, request

from outreach.core.signing import TokenKind
from outreach.core.state import state
from outreach.results.models import DocumentVersion
from outreach.site.saying import Sayer
from outreach.stakeholders.phrases import PHRASES
from outreach.tracking.said import CODE, Said
from outreach.web.i18n import page_language

blueprint = Blueprint("site", __name__)
ID = "int(max=2147483647)"
"""Larger numbers are no id, and no database would take them as one."""


def via() -> str:
    """Return the letter's token the visitor came with; "" for none and for anything forged."""
    token = request.args.get("via", "")
    letters = (TokenKind.PERSONAL, TokenKind.UNLINKED, TokenKind.SHARED)
    return token if token and state().signer.redeem(token, *letters) else ""


def share() -> str:
    """Return the code of the share link the visitor came by; "" for none."""
    code = request.args.get("share", "")
    return code if CODE.fullmatch(code) else ""


def arrived() -> dict[str, str]:
    """Return what the visitor came with and every address of ours carries on."""
    tried = "yes" if Said.of(request.environ).is_tried else ""
    came = {"via": via(), "share": share(), "test": tried}
    return {name: value for name, value in came.items() if value}


def counted_address(version: DocumentVersion) -> str:
    """Return where a version is served, or followed to another site, and counted."""
    return f"/t/d/{state().signer.site(version.document_id)}/{version.id}"


def download_address(version: DocumentVersion) -> str:
    """Return the counted address with all that the visitor came with."""
    return carried(counted_address(version))


def carried(path: str, **arguments: str) -> str:
    """Return a path of ours with these arguments and what the visitor came with."""
    known = {name: value for name, value in {**arguments, **arrived()}.items() if value}
    return f"{path}?{urlencode(known)}" if known else path


def has_page(path: str) -> bool:
    """Say whether a later room serves `path`; links to it are shown only then."""
    return any(rule.rule == path for rule in current_app.url_map.iter_rules())


def page(template: str, *, language: str = "", **values: object) -> Response:
    """Answer with a public page in the visitor's language, or in the one it is written in."""
    sayer = Sayer(language or page_language())
    answer = make_response(
        render_template(
            template,
            language=sayer.language,
            phrase=sayer.phrase,
            said=sayer.said,
            day=sayer.day,
            privacy_label=sayer.phrase("privacy"),
            subscribe_label=PHRASES.say(sayer.language, "subscribe"),
            base_url=state().settings.base_url,
            carried=carried,
            **values,
        )
    )
    answer.vary.add("Accept-Language")
    return answer
