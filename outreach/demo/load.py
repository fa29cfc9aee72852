"""Loads the demo once: a second call finds it complete and changes nothing."""

import secrets
from datetime import datetime, timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.accounts.models import Access, User
from outreach.accounts.services import add_user, grant
from outreach.core.db import db, transaction
from outreach.core.paths import PACKAGE
from outreach.core.state import State, state
from outreach.dashboards.snapshots import publish
from outreach.demo.asked import ask_questions
from outreach.demo.crowd import add_people
from outreach.demo.past import count_hits, end_past_mailing, moment_of, send_past_mailing
from outreach.demo.project import add_list, add_project, add_smarturbi_result
from outreach.mailings.importing import import_draft
from outreach.stakeholders.roles import seed_roles

OFFICER = "officer@demo.example.org"
PARTNER = "partner@demo.example.org"
ADMINISTRATOR = "administrator@demo.example.org"
SEEN_AS = {
    OFFICER: "Communication officer",
    PARTNER: "Partner of SmartUrbI",
    ADMINISTRATOR: "Administrator",
}
NAME = SEEN_AS[OFFICER]
"""Under which the demo's past acts are kept."""
EXAMPLE = PACKAGE / "mailings" / "example.md"
PUBLISHED = timedelta(days=40)
"""How long before the demo was loaded its result was published."""


def is_loaded() -> bool:
    """Say whether the demo is complete: its users are made last."""
    return db.session.scalar(select(User.id).where(User.is_demo).limit(1)) is not None


def load(app: Flask, *, now: datetime) -> None:
    """Fill a migrated database with the demo, wholly or not at all; needs an application context.

    A database that holds it is left as it is.
    """
    here = state(app)
    if is_loaded():
        _leave_mark(here)
        return
    with transaction() as session:
        seed_roles(session)
        project = add_project(session)
        demo_list = add_list(session, project)
        add_smarturbi_result(session, project, here.settings.documents, now=now - PUBLISHED)
        add_people(session, demo_list.id, ring=here.ring, now=now - PUBLISHED)
        _add_past_mailing(session, here, now)
        import_draft(session, EXAMPLE.read_text(encoding="utf-8"), actor=NAME, now=now)
        publish(
            session,
            project.id,
            threshold=here.settings.disclosure_threshold,
            by=NAME,
            now=now,
        )
        _add_users(session, project.id, now)
    _leave_mark(here)


def mark_of(here: State) -> Path:
    """Return the file that says, without asking the database, that this copy holds the demo."""
    return here.settings.instance / "demo.loaded"


def _leave_mark(here: State) -> None:
    mark_of(here).touch()


def _add_past_mailing(session: Session, here: State, now: datetime) -> None:
    mailing, letters = send_past_mailing(session, here, actor=NAME, sent_at=moment_of(now))
    count_hits(session, mailing.id, letters)
    ask_questions(session, here, mailing, letters, actor=NAME)
    end_past_mailing(session, mailing)


def _add_users(session: Session, project_id: int, now: datetime) -> None:
    """Three users whose passwords nobody knows: the demo signs in by one click on loopback."""
    accesses = {
        OFFICER: (Access.EDITOR, None),
        PARTNER: (Access.PARTNER, project_id),
        ADMINISTRATOR: (Access.ADMINISTRATOR, None),
    }
    for email, (access, limited_to) in accesses.items():
        user = add_user(
            session,
            email,
            access,
            password=secrets.token_urlsafe(24),
            now=now,
            name=SEEN_AS[email],
            project_id=limited_to,
            is_demo=True,
        )
        if email == OFFICER:
            grant(session, user, Access.SENDER)
