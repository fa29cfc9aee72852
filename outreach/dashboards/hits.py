"""Every hit of a mailing, with how it was judged and why."""

from typing import Any

from flask import render_template, request, url_for

from outreach.core.db import db
from outreach.dashboards.blueprint import MAILING, blueprint, mailing_in_reach
from outreach.mailings.words import LEVELS, variant_words
from outreach.tracking.hit_list import HitLine, hit_page
from outreach.tracking.models import HitKind, HitLabel
from outreach.web.access import requires
from outreach.web.filters import country_name

KIND_NAMES = {
    HitKind.OPEN: "Picture loaded",
    HitKind.CLICK: "Link followed",
    HitKind.DOWNLOAD: "File asked for",
    HitKind.WEB_VIEW: "Letter viewed in a browser",
    HitKind.QUESTION: "Question",
    HitKind.UNSUBSCRIBE: "Unsubscribed",
    HitKind.RETURN: "Took leaving back",
    HitKind.COMPLAINT: "Complaint",
}
LABEL_NAMES = {
    HitLabel.HUMAN: "Person",
    HitLabel.PROXY: "Image proxy",
    HitLabel.UNCLEAR: "Unclear",
    HitLabel.MACHINE: "Machine",
}
LONGEST_NUMBER = 18


@blueprint.get(f"/mailings/{MAILING}/hits")
@requires("reports.see")
def hits(mailing_id: int) -> str:
    """List the hits of a mailing, newest first."""
    found = mailing_in_reach(mailing_id)
    kind, label = _asked(HitKind, "kind"), _asked(HitLabel, "label")
    page = hit_page(db.session(), found.id, kind=kind, label=label, before=_before())
    return render_template(
        "dashboards/hits.html",
        mailing=found,
        page=page,
        kinds=KIND_NAMES,
        labels=LABEL_NAMES,
        group_words=_group_words,
        kind=kind,
        label=label,
        is_first=_before() is None,
        older=url_for(
            "reports.hits", mailing_id=found.id, kind=kind, label=label, before=page.older
        )
        if page.older
        else None,
    )


def _group_words(hit: HitLine) -> str:
    """Return level, country and variant of the letter, as far as its group tells them."""
    parts = (
        LEVELS[hit.tier] if hit.tier else "",
        country_name(hit.country) if hit.country else "",
        variant_words(hit.variant) if hit.variant else "",
    )
    return " · ".join(part for part in parts if part)


def _asked(words: Any, name: str) -> Any:
    text = request.args.get(name, "")
    return words(text) if text in set(words) else None


def _before() -> int | None:
    text = request.args.get("before", "")
    is_number = text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER
    return int(text) if is_number else None
