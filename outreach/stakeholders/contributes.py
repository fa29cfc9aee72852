"""What the stakeholders room contributes to earlier ones."""

from collections.abc import Iterator
from datetime import timedelta

from flask import Flask

from outreach.core.clock import now
from outreach.core.contributions import (
    Contribution,
    Erasure,
    Finding,
    MenuEntry,
    SettingsEntry,
    Tick,
)
from outreach.core.db import db, transaction
from outreach.core.state import state
from outreach.mail.outbox import forget_settled
from outreach.stakeholders.changed import changed_timeline
from outreach.stakeholders.erasing import OWN_TABLES, erase_own_tables
from outreach.stakeholders.importing.claimed import import_queued
from outreach.stakeholders.levels import end_levels_of_past_office
from outreach.stakeholders.notes import forget_notes, notes_timeline
from outreach.stakeholders.profile import own_timeline
from outreach.stakeholders.promised import waiting
from outreach.stakeholders.retention import erase_silent
from outreach.stakeholders.rights import forget_old_links, late_requests
from outreach.stakeholders.signing_up import forget_expired
from outreach.stakeholders.silence import Rules, unanswered
from outreach.stakeholders.undoing import undo_begun

IMPORT_EVERY = timedelta(seconds=2)


SHORT_LETTERS = ("sign_up", "still_wanted", "own_data", "own_erase", "own_address", "own_moved")
LETTERS_KEPT = timedelta(days=30)
"""Long enough to say whether one was sent; their links run out within days."""


def forget_sign_ups(_app: Flask) -> None:
    """Delete sign-ups nobody confirmed in time, links nobody can use any more, and their letters.

    Many of those addresses are nobody's whom we know: a slip of the keyboard, or somebody else's.
    """
    with transaction() as session:
        forget_expired(session, now=now())
        forget_old_links(session, now=now())
        forget_settled(session, SHORT_LETTERS, before=now() - LETTERS_KEPT)


def erase_unanswered(app: Flask) -> None:
    """Erase whoever was asked whether to go on and did not answer, where that is switched on."""
    here, moment = state(app), now()
    if not here.settings.retention_erase:
        return
    rules = Rules.of(here.settings.retention_months, here.contributions.engagements)
    with transaction() as session:
        ids = unanswered(session, rules, now=moment)
        if ids:
            steps = here.contributions.erasures
            erase_silent(
                session, ids, erasures=steps, ring=here.ring, now=moment, actor="retention"
            )


def end_levels(_app: Flask) -> None:
    """Take the level from those whose office came to its known end."""
    with transaction() as session:
        end_levels_of_past_office(session, now=now())


def check_requests(_app: Flask) -> Iterator[Finding]:
    """Look whether anybody waits longer for an answer than the law allows (GDPR Art. 12(3))."""
    late = late_requests(db.session(), now=now())
    yield Finding(
        "Requests of people",
        not late,
        f"{late} wait longer than a month." if late else "Nobody waits longer than a month.",
        "Answer them at /staff/stakeholders/requests." if late else "",
    )


CONTRIBUTION = Contribution(
    doctor=(check_requests,),
    ticks=(
        Tick("stakeholders.import", IMPORT_EVERY, import_queued),
        Tick("stakeholders.undo", IMPORT_EVERY, undo_begun),
        Tick("stakeholders.levels", timedelta(minutes=5), end_levels),
        Tick("stakeholders.sign_ups", timedelta(hours=1), forget_sign_ups),
        Tick("stakeholders.retention", timedelta(hours=6), erase_unanswered),
    ),
    timeline=(own_timeline, changed_timeline, notes_timeline),
    erasures=(
        Erasure(OWN_TABLES, erase_own_tables),
        Erasure(("note",), forget_notes),
    ),
    menu=(
        MenuEntry(
            "Stakeholders", "stakeholders.overview", "users", "stakeholders.see", 10, count=waiting
        ),
    ),
    settings=(
        SettingsEntry(
            "Roles",
            "vocabulary.roles",
            "identification",
            "settings.edit",
            "Policy-maker, politician, NGO, funder, … and roles of your own, in their order.",
            50,
        ),
        SettingsEntry(
            "Topics",
            "vocabulary.topics",
            "hashtag",
            "settings.edit",
            "What people can ask to hear about.",
            60,
        ),
    ),
)
