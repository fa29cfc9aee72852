"""What the mailings room contributes to earlier ones."""

from datetime import timedelta

import structlog
from flask import Flask

from outreach.core.clock import now
from outreach.core.contributions import Contribution, MenuEntry, SettingsEntry, Tick
from outreach.core.db import db, transaction
from outreach.core.errors import Refusal
from outreach.core.state import state
from outreach.mailings.digests import due_digests, issue
from outreach.mailings.headcount import take_headcount
from outreach.mailings.letting_go import Outlet, issues_to_let_go, let_go
from outreach.mailings.links import try_waiting
from outreach.mailings.models import Mailing
from outreach.mailings.outlet import installation_sender
from outreach.mailings.sender_domain import look_up_waiting

log = structlog.get_logger()


def _try_links(app: Flask) -> None:
    try_waiting(app)
    look_up_waiting(app)


def _make_issues(app: Flask) -> None:
    """Make the issues of digests that are due; one that fails keeps no other one waiting.

    Those that leave by themselves are promised after it, also when this was killed in between.
    """
    settings, moment = state(app).settings, now()
    outlet = Outlet(installation_sender(settings), settings.base_url, settings.can_send)
    found = due_digests(db.session(), now=moment)
    db.session.rollback()
    for list_id in found:
        try:
            with transaction() as session:
                issue(session, list_id, state(app).contributions.faq, now=moment)
        except Refusal as refusal:
            log.warning("an issue of a digest cannot be made", list=list_id, reason=str(refusal))
    for mailing_id in issues_to_let_go(db.session()):
        try:
            mailing = db.session.get_one(Mailing, mailing_id)
            counted = take_headcount(db.session(), mailing, now=moment)
            with transaction() as session:
                let_go(session, mailing, outlet, counted, now=moment)
        except Refusal as refusal:
            log.warning("an issue cannot leave yet", mailing=mailing_id, reason=str(refusal))
    db.session.rollback()


CONTRIBUTION = Contribution(
    menu=(MenuEntry("Mailings", "mailings.index", "envelope", "mailings.see", 20),),
    settings=(
        SettingsEntry(
            label="Look of letters",
            endpoint="mailings.brands",
            icon="swatch",
            verb="settings.edit",
            sentence="Colour, headlines, logo and imprint of networks and projects.",
            position=45,
        ),
    ),
    ticks=(
        Tick("mailings.links", timedelta(seconds=2), _try_links),
        Tick("mailings.digests", timedelta(seconds=60), _make_issues),
    ),
)
