"""The public list of published mailings and its Atom feed (RFC 4287)."""

from dataclasses import asdict

from flask import Blueprint, Response, make_response, render_template, request

from outreach.core.db import db
from outreach.core.state import state
from outreach.mailings import phrases
from outreach.mailings.archive import Shelf, Wanted, published, shelves, shown
from outreach.mailings.freezing import thaw
from outreach.mailings.models import Mailing
from outreach.web.access import public
from outreach.web.i18n import page_language
from outreach.web.phrasebook import day_in

blueprint = Blueprint("archive", __name__)
_MOST_IN_A_FEED = 20


@blueprint.get("/mailings")
@public
def index() -> str:
    """List what was published: all, or of a `?list=`, a `?project=` or a `?network=`."""
    language, wanted = page_language(), _wanted()
    found, owners = published(db.session(), wanted), shelves(db.session())
    return render_template(
        "mailings/archive.html",
        language=language,
        title=_heading(wanted, owners, language),
        lead=phrases.ARCHIVE_LEAD.pick(language),
        nothing=phrases.ARCHIVE_EMPTY.pick(language),
        feed=phrases.ARCHIVE_FEED.pick(language),
        wanted=_query(wanted),
        whose=phrases.ARCHIVE_OF.pick(language),
        all_of_them=phrases.ARCHIVE_ALL.pick(language),
        shelves=[
            (each.name.pick(language), _query(each.wanted), each.wanted == wanted)
            for each in owners
        ],
        mailings=[(each, _title(each, language)) for each in found],
        day_in=day_in,
    )


@blueprint.get("/mailings.atom")
@public
def atom() -> Response:
    """Give the newest of them to feed readers."""
    language, wanted = page_language(), _wanted()
    found = published(db.session(), wanted)[:_MOST_IN_A_FEED]
    base_url = state().settings.base_url
    answer = make_response(
        render_template(
            "mailings/archive.xml",
            base_url=base_url,
            language=language,
            title=_heading(wanted, shelves(db.session()), language),
            wanted=_query(wanted),
            mailings=[(each, _title(each, language)) for each in found],
            updated=max((each.published_at for each in found if each.published_at), default=None),
        )
    )
    answer.headers["Content-Type"] = "application/atom+xml; charset=utf-8"
    return answer


def _heading(wanted: Wanted, owners: list[Shelf], language: str) -> str:
    words = phrases.ARCHIVE.pick(language)
    name = next((each.name.pick(language) for each in owners if each.wanted == wanted), "")
    return f"{words}: {name}" if name else words


def _query(wanted: Wanted) -> dict[str, str | None]:
    return {name: value or None for name, value in asdict(wanted).items()}


def _title(mailing: Mailing, language: str) -> str:
    if mailing.revision is None:
        return mailing.title
    return shown(mailing, thaw(mailing.revision), language, is_archive=True).title


def _wanted() -> Wanted:
    names = (request.args.get(name, "")[:80] for name in ("list", "project", "network"))
    return Wanted(*names)
