"""Makes people and what they agreed to, through the room's own services."""

from datetime import datetime
from typing import Any

from flask import Flask
from sqlalchemy import select

from outreach.core.db import db, transaction
from outreach.core.state import state
from outreach.projects.models import List
from outreach.stakeholders.consents import record_consent
from outreach.stakeholders.models import Basis, ConsentState, Purpose, Stakeholder
from outreach.stakeholders.people import PersonData, enrol
from outreach.stakeholders.roles import seed_roles
from tests.factories import Factory


class People:
    """Every method commits; people are given back by their ids."""

    def __init__(self, app: Flask, make: Factory, *, now: datetime) -> None:
        self.app, self.make, self.now = app, make, now
        with app.app_context(), transaction() as session:
            seed_roles(session)

    def a_list(self) -> int:
        """Make a project with its list; returns the list's id."""
        return self.make.list_of(self.make.project())

    def person(
        self, email: str = "", *, roles: tuple[str, ...] = ("ngo",), gets: int = 0, **values: Any
    ) -> int:
        """Make a person; `gets` is a list whose letters they agreed to get."""
        email = email or f"person{self.make.number()}@example.org"
        with self.app.app_context(), transaction() as session:
            data = PersonData(email=email, **values)
            ring = state(self.app).ring
            found = enrol(session, data, roles=roles, now=self.now, ring=ring).id
        if gets:
            self.consent(found, gets)
        return found

    def consent(
        self,
        stakeholder_id: int,
        list_id: int,
        state: ConsentState = ConsentState.ACTIVE,
        purpose: Purpose = Purpose.NEWSLETTER,
        basis: Basis = Basis.CONSENT,
        **values: Any,
    ) -> None:
        """Record a line of the ledger."""
        values = {"source": "A test", "actor": "a test", "now": self.now, **values}
        with self.app.app_context(), transaction() as session:
            record_consent(session, stakeholder_id, list_id, purpose, state, basis=basis, **values)

    def load(self, stakeholder_id: int) -> Stakeholder:
        """Read a person (inside an application context)."""
        return db.session.get_one(Stakeholder, stakeholder_id, populate_existing=True)

    def id_of(self, email: str) -> int | None:
        """Return the id of whoever has this address."""
        with self.app.app_context():
            return db.session.scalar(select(Stakeholder.id).where(Stakeholder.email == email))

    def list_slug(self, list_id: int) -> str:
        """Return a list's slug."""
        with self.app.app_context():
            return db.session.get_one(List, list_id).slug
