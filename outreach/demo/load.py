"""Loads the demo once: a second call finds it complete and changes nothing."""

import secrets
from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.accounts.models import Access, User
from outreach.accounts.services import add_user, grant
from outreach.core.db import db, transaction
from outreach.core.paths import PACKAGE
from outreach.core.state import state
from outreach.demo.crowd import ACTOR, add_people
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
EXAMPLE = PACKAGE / "mailings" / "example.md"
PUBLISHED = timedelta(days=40)
"""How long before the demo was loaded its result was published."""


def is_loaded() -> bool:
    """Say whether the demo is complete: its users are made last."""
    return db.session.scalar(select(User.id).where(User.is_demo).limit(1)) is not None


def load(app: Flask, *, now: datetime) -> None:
    """Fill an empty, migrated database with the demo; needs an application context."""
    here = state(app)
    with transaction() as session:
        seed_roles(session)
        project = add_project(session)
        demo_list = add_list(session, project)
        add_smarturbi_result(session, project, here.settings.documents, now=now - PUBLISHED)
        add_people(session, demo_list.id, ring=here.ring, now=now - PUBLISHED)
        project_id = project.id
    with transaction() as session:
        import_draft(session, EXAMPLE.read_text(encoding="utf-8"), actor=ACTOR, now=now)
    with transaction() as session:
        _add_users(session, project_id, now)


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
