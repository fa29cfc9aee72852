"""The rooms in their order: their pages are registered and their contributions collected here."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from flask import Blueprint, Flask, current_app, request, url_for
from flask_security import current_user
from sqlalchemy import Select, select

from outreach.accounts import contributes as accounts_contributes
from outreach.accounts.guard import init_guard, may, required_entry
from outreach.accounts.security import init_security
from outreach.accounts.views import BLUEPRINTS as ACCOUNTS_VIEWS
from outreach.core.contributions import Contribution, MenuEntry
from outreach.core.db import db
from outreach.core.state import State, state
from outreach.dashboards import contributes as dashboards_contributes
from outreach.dashboards.overview import blueprint as dashboards_overview
from outreach.dashboards.sharing import blueprint as dashboards_partner
from outreach.dashboards.views import blueprint as dashboards_views
from outreach.delivery import contributes as delivery_contributes
from outreach.delivery.queries import letter_owner
from outreach.delivery.sending_views import blueprint as delivery_sending
from outreach.delivery.views import blueprint as delivery_views
from outreach.demo.views import blueprint as demo_views
from outreach.demo.views import demo_url
from outreach.inbox import contributes as inbox_contributes
from outreach.inbox.views import blueprint as inbox_views
from outreach.mailings import contributes as mailings_contributes
from outreach.mailings.archive import last_letters
from outreach.mailings.archive_pages import blueprint as mailings_archive
from outreach.mailings.forwarding import blueprint as mailings_forwarding
from outreach.mailings.public import blueprint as mailings_public
from outreach.mailings.review_pages import blueprint as mailings_review
from outreach.mailings.views import blueprint as mailings_views
from outreach.mailings.withholding import offer_letters
from outreach.projects import contributes as projects_contributes
from outreach.projects.views import blueprint as projects_views
from outreach.questions import contributes as questions_contributes
from outreach.questions.public import blueprint as questions_public
from outreach.questions.views import blueprint as questions_views
from outreach.results import contributes as results_contributes
from outreach.results.views import blueprint as results_views
from outreach.site import contributes as site_contributes
from outreach.site.mailbox import blueprint as site_mailbox
from outreach.site.public import blueprint as site_public
from outreach.stakeholders import contributes as stakeholders_contributes
from outreach.stakeholders.letters import LAST_LETTERS, LOOKUP
from outreach.stakeholders.public import blueprint as stakeholders_public
from outreach.stakeholders.segments.kinds import offer_engagements
from outreach.stakeholders.views import blueprint as stakeholders_views
from outreach.stakeholders.views.vocabulary import vocabulary as stakeholders_vocabulary
from outreach.tracking import contributes as tracking_contributes
from outreach.tracking.staff import blueprint as tracking_staff
from outreach.tracking.views import blueprint as tracking_views
from outreach.web.access import PUBLIC
from outreach.web.navigation import NavigationItem, navigation

BLUEPRINTS: tuple[Blueprint, ...] = (
    demo_views,
    projects_views,
    *ACCOUNTS_VIEWS,
    stakeholders_views,
    stakeholders_public,
    stakeholders_vocabulary,
    results_views,
    mailings_views,
    mailings_public,
    mailings_archive,
    mailings_forwarding,
    mailings_review,
    delivery_views,
    delivery_sending,
    tracking_views,
    tracking_staff,
    questions_views,
    questions_public,
    inbox_views,
    site_public,
    site_mailbox,
    dashboards_views,
    dashboards_partner,
    dashboards_overview,
)
CONTRIBUTIONS: tuple[Contribution, ...] = (
    projects_contributes.CONTRIBUTION,
    accounts_contributes.CONTRIBUTION,
    stakeholders_contributes.CONTRIBUTION,
    results_contributes.CONTRIBUTION,
    mailings_contributes.CONTRIBUTION,
    delivery_contributes.CONTRIBUTION,
    tracking_contributes.CONTRIBUTION,
    questions_contributes.CONTRIBUTION,
    inbox_contributes.CONTRIBUTION,
    site_contributes.CONTRIBUTION,
    dashboards_contributes.CONTRIBUTION,
)


def init_rooms(app: Flask) -> None:
    """Register all rooms with `app`, in the order of the pipeline."""
    here = state(app)
    init_security(app, here.ring, is_https=here.settings.base_url.startswith("https"))
    init_guard(app)
    app.extensions[LOOKUP] = letter_owner
    app.extensions[LAST_LETTERS] = last_letters
    for contribution in CONTRIBUTIONS:
        here.contributions.add(contribution)
    offer_engagements(here.contributions.engagements)
    offer_letters(here.contributions.letters)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.context_processor(lambda: _frame(here))


def _frame(here: State) -> dict[str, object]:
    """What the layouts show around a page; for public pages nobody's session is read."""
    frame: dict[str, object] = {
        "catcher_on": here.settings.catcher,
        "demo_url": demo_url(),
        "may": may,
    }
    if not _is_public() and current_user.is_authenticated:
        frame["navigation"] = _navigation(here)
        frame["sign_out_url"] = url_for("security.logout")
        if may("stakeholders.see") and "stakeholders.overview" in current_app.view_functions:
            frame["search_url"] = url_for("stakeholders.overview")
            frame["search_label"] = "Search stakeholders"
    return frame


def _is_public() -> bool:
    if request.endpoint is None:
        return True
    return required_entry(current_app, request.endpoint).verb == PUBLIC


def _navigation(here: State) -> list[NavigationItem]:
    entered = [entry for entry in here.contributions.menu if may(entry.verb)]
    return navigation(entered, _counts(entered))


def _counts(entries: Iterable[MenuEntry]) -> dict[str, int]:
    """Count what waits behind these entries, by end point, in one question to the database."""
    ways = {
        entry.endpoint: way
        for entry in entries
        if entry.count and (way := entry.count(db.session(), current_user.id)) is not None
    }
    if not ways:
        return {}
    return dict(zip(ways, db.session.execute(_together(*ways.values())).one(), strict=True))


@lru_cache(256)
def _together(*ways: Select[int]) -> Select[Any]:
    """Return one question for several; the rooms give the same statements again and again."""
    return select(*(way.scalar_subquery() for way in ways))
