"""Makes things for tests with sensible values; each call commits and gives back the id's object."""

from datetime import datetime
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.db import Base, transaction
from outreach.core.state import state
from outreach.core.text import LocalText
from outreach.projects.models import Call, List, Network, Project
from outreach.results.models import Document, DocumentKind, DocumentVersion, Result
from outreach.stakeholders.models import Role


class Factory:
    """Every method takes what matters to the test and fills in the rest; returns the new id."""

    def __init__(self, app: Flask, *, now: datetime) -> None:
        self.app = app
        self.now = now
        self.counted = 0

    def add(self, *things: Base) -> list[int]:
        """Store any objects in one transaction and return their ids."""
        with self.app.app_context(), transaction() as session:
            session.add_all(things)
            session.flush()
            return [thing.id for thing in things]  # type: ignore[attr-defined]  # all have one

    def number(self) -> int:
        """Return a number no other call got."""
        self.counted += 1
        return self.counted

    def project(self, acronym: str = "SmartUrbI", **values: Any) -> int:
        """Make a network, a call, a project and its list `<slug>`; returns the project's id."""
        n = self.number()
        slug = f"{acronym.lower()}-{n}"
        network = Network(slug=f"network-{n}", name=LocalText(en=f"Network {n}"))
        call = Call(slug=f"call-{n}", acronym="ENSUF", title=LocalText(en="Smart Urban Futures"))
        values.setdefault("acknowledgement", LocalText(en=f"{acronym} is supported by the call."))
        values.setdefault("question_address", f"{slug}@example.org")
        project = Project(
            slug=slug, acronym=acronym, title=LocalText(en=f"Title of {acronym}"), **values
        )
        network.calls.append(call)
        call.projects.append(project)
        with self.app.app_context(), transaction() as session:
            session.add(network)
            session.flush()
            session.add(
                List(
                    slug=slug,
                    project_id=project.id,
                    name=LocalText(en=f"{acronym} results"),
                    list_id=f"{slug}.lists.example.org",
                    controller=f"{acronym} consortium",
                    postal_address="Main Street 1, 1000 Brussels, Belgium",
                    reply_address=f"{slug}@example.org",
                )
            )
            return project.id

    def list_of(self, project_id: int) -> int:
        """Return the id of a project's list."""
        with self.app.app_context(), transaction() as session:
            return session.scalars(select(List.id).where(List.project_id == project_id)).one()

    def roles(self) -> dict[str, int]:
        """Make the nine seeded roles unless they are there; returns {slug: id}."""
        with self.app.app_context(), transaction() as session:
            known = dict(session.execute(select(Role.slug, Role.id)).all())
            return known or _make_roles(session)

    def result(self, project_id: int | None = None, **values: Any) -> int:
        """Make a published result of a project."""
        n = self.number()
        values.setdefault("title", LocalText(en=f"Result {n}"))
        values.setdefault("slug", f"result-{n}")
        values.setdefault("published_at", self.now)
        result = Result(
            project_id=project_id or self.project(),
            created_at=self.now,
            updated_at=self.now,
            **values,
        )
        return self.add(result)[0]

    def address_document(
        self, result_id: int, *, kind: DocumentKind = DocumentKind.PAGE, **values: Any
    ) -> int:
        """Make a document that lies at another site."""
        n = self.number()
        document = Document(
            result_id=result_id,
            slug=f"document-{n}",
            kind=kind,
            title=LocalText(en=f"Document {n}"),
            created_at=self.now,
            updated_at=self.now,
        )
        document.versions.append(
            DocumentVersion(
                label="1.0",
                language="en",
                address=values.get("address", f"https://example.org/{n}"),
                created_at=self.now,
            )
        )
        return self.add(document)[0]

    def fingerprint(self, email: str) -> str:
        """Return an address's keyed fingerprint in this installation."""
        return state(self.app).ring.fingerprint(email)


def _make_roles(session: Session) -> dict[str, int]:
    slugs = "policy-maker politician ngo funder practitioner researcher media citizen business"
    roles = [
        Role(
            slug=slug,
            name=LocalText(en=slug),
            plural=LocalText(en=f"{slug}s"),
            position=position,
            is_public=slug in {"policy-maker", "politician"},
        )
        for position, slug in enumerate(slugs.split())
    ]
    session.add_all(roles)
    session.flush()
    return {role.slug: role.id for role in roles}
