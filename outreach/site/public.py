"""Home, result, document and privacy pages."""

from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from outreach.core.db import db
from outreach.core.errors import NotFound
from outreach.core.state import state
from outreach.core.text import LANGUAGES
from outreach.mailings.archive import is_anything_published
from outreach.mailings.phrases import ARCHIVE, ARCHIVE_LEAD
from outreach.mailings.rendering.words import phrase as letter_phrase
from outreach.projects.credits import acknowledgement
from outreach.results.models import Document, Result
from outreach.results.queries import latest_published, public_version
from outreach.results.versions import best_version, former_versions, newest_by_language
from outreach.results.words import about_label, kind_label, size_label
from outreach.site import operations
from outreach.site.blueprint import (
    ID,
    arrived,
    blueprint,
    carried,
    counted_address,
    download_address,
    has_page,
    page,
    via,
)
from outreach.site.privacy import PRIVACY
from outreach.site.queries import (
    controllers,
    faq_entries,
    published_document,
    published_result,
)
from outreach.stakeholders.roles import all_roles
from outreach.web.access import public
from outreach.web.i18n import page_language

__all__ = ["blueprint", "operations"]
LATEST = 12


@blueprint.get("/")
@public
def home() -> Response:
    """Say what this site is and show the latest results."""
    subscribe = carried("/subscribe") if has_page("/subscribe") else ""
    return page(
        "site/home.html",
        results=latest_published(db.session(), LATEST),
        subscribe=subscribe,
        archive=_archive(),
    )


def _archive() -> tuple[str, str, str] | None:
    """Return address, name and description of the letters everybody may read; None for none."""
    if not is_anything_published(db.session()):
        return None
    language = page_language()
    return carried("/mailings"), ARCHIVE.pick(language), ARCHIVE_LEAD.pick(language)


@blueprint.get("/results/<slug>")
@public
def result(slug: str) -> Response:
    """Show a published result: what was found, its documents, questions, partners, credit."""
    found = published_result(db.session(), slug)
    if found is None:
        raise NotFound
    if found.slug != slug:
        return _moved("site.result", found)
    # Of an archived result nothing is served either; its page stays for readers of letters.
    offered = [] if found.archived_at else found.documents
    shown = [document for document in offered if document.archived_at is None]
    return page(
        "site/result.html",
        result=found,
        documents=shown,
        faq=faq_entries(db.session(), found),
        ask=_ask_address(found),
        credit=acknowledgement(found.project, page_language()),
        languages=_spoken(found),
        **_document_helpers(),
    )


@blueprint.get("/documents/<slug>")
@public
def document(slug: str) -> Response:
    """Tell about a document of a published result, with a button to get it."""
    found = published_document(db.session(), slug)
    if found is None:
        raise NotFound
    if found.slug != slug:
        return _moved("site.document", found)
    return page(
        "site/document.html",
        document=found,
        result=found.result,
        ask=_ask_address(found.result),
        credit=acknowledgement(found.result.project, page_language()),
        languages=_spoken(found),
        # A letter says its reader's role already.
        roles=[] if via() else all_roles(db.session()),
        arrived=arrived(),
        counted_address=counted_address,
        **_document_helpers(),
    )


@blueprint.get(f"/documents/<slug>/<{ID}:version_id>")
@public
def file(slug: str, version_id: int) -> Response:
    """Lead from a file's readable address, as plain letters show it, to where it is served."""
    found = published_document(db.session(), slug)
    version = public_version(db.session(), found.id, version_id) if found else None
    if version is None or version.file is None:
        raise NotFound
    return redirect(download_address(version))


@blueprint.get("/privacy")
@public
def privacy() -> Response:
    """Say what is measured and why, who is responsible, and which rights people have."""
    language = page_language()
    return page(
        "site/privacy.html",
        say=PRIVACY.speaker(language),
        lists=controllers(db.session()),
        mode=state().settings.tracking.value,
        # The link's own words, as they stand in letters of this language.
        measurement=letter_phrase("measurement", language),
        languages=list(LANGUAGES),
    )


def _moved(endpoint: str, thing: Result | Document) -> Response:
    """Lead from a former address to the present one, with everything that was asked for."""
    asked = urlencode(list(request.args.items(multi=True)))
    address = url_for(endpoint, slug=thing.slug)
    return redirect(f"{address}?{asked}" if asked else address, 301)


def _ask_address(about: Result) -> str:
    return carried("/ask", result=about.slug) if has_page("/ask") or has_page("/ask/") else ""


def _spoken(thing: Result | Document) -> list[str]:
    """Return our languages a title stands in, when there is a choice."""
    spoken = [language for language in LANGUAGES if thing.title.has(language)]
    return spoken if len(spoken) > 1 else []


def _document_helpers() -> dict[str, Any]:
    return {
        "best_version": best_version,
        "newest_by_language": newest_by_language,
        "former_versions": former_versions,
        "kind_label": kind_label,
        "about_label": about_label,
        "size_label": size_label,
        "download_address": download_address,
        "site_of": lambda address: urlsplit(address).hostname,
    }
