"""Passing a letter on: the address of its web version, which holds no reader's links.

A forwarded letter carries its owner's tokens; whoever gets it could leave in their name.
"""

from urllib.parse import quote, urlencode

from flask import Blueprint, Response

from outreach.core.db import db
from outreach.core.errors import NotFound, Refusal
from outreach.core.state import state
from outreach.mailings.public import letter_shown, mailing_by_key
from outreach.stakeholders.public.blueprint import page
from outreach.web.access import public

blueprint = Blueprint("forwarding", __name__, url_prefix="/mailings")


@blueprint.get("/<web_key>/forward")
@public
def forward(web_key: str) -> Response:
    """Show what to pass on instead of one's own letter."""
    found = mailing_by_key(db.session(), web_key)
    base_url = state().settings.base_url
    try:
        letter = letter_shown(found)
    except Refusal as refusal:
        raise NotFound from refusal
    address = f"{base_url}/mailings/{web_key}{letter.web_query}"
    mail = urlencode({"subject": letter.title, "body": address}, quote_via=quote)
    list_slug = found.mailing_list.slug
    return page(
        "forward",
        200,
        {
            "address": address,
            "mail": f"mailto:?{mail}",
            "subscribe": f"/subscribe?{urlencode({'list': list_slug})}",
        },
    )
