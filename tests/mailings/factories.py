"""People, contents and mailings for the tests of this room."""

from typing import Any

from sqlalchemy import select

from outreach.core.db import transaction
from outreach.core.text import LocalText
from outreach.mail.letter import Address
from outreach.mailings.blocks import compose, dump
from outreach.mailings.models import Mailing, MailingResult
from outreach.projects.models import List, Project
from outreach.results.models import Result
from outreach.stakeholders.models import (
    Basis,
    Consent,
    ConsentState,
    Purpose,
    Role,
    Stakeholder,
    StakeholderRole,
)
from outreach.stakeholders.roles import seed_roles
from outreach.stakeholders.texts import search_text_of
from tests.factories import Factory

SENDER = Address("outreach@example.org", "Outreach")
BASE = "https://outreach.example.org"
OUTLET: dict[str, Any] = {"sender": SENDER, "base_url": BASE, "can_send": True}


class MailingFactory:
    """Makes what a mailing needs around a list; `make` is the tests' common factory."""

    def __init__(self, make: Factory) -> None:
        self.make = make
        with make.app.app_context(), transaction() as session:
            seed_roles(session)
            self.roles = {role.slug: role.id for role in session.scalars(select(Role))}

    def person(
        self, *roles: str, list_id: int | None = None, state: str = "active", **values: Any
    ) -> int:
        """Make a stakeholder with current roles and, with a list, its standing there."""
        n = self.make.number()
        email = values.pop("email", f"person{n}@example.org")
        since = values.pop("since", self.make.now.replace(year=2025))
        person = Stakeholder(
            email=email,
            fingerprint=self.make.fingerprint(email),
            sort_name=email,
            search_text=search_text_of(str(values.get("name", "")), email, ""),
            created_at=self.make.now,
            updated_at=self.make.now,
            **values,
        )
        person.roles = [StakeholderRole(role_id=self.roles[slug], since=since) for slug in roles]
        person_id = self.make.add(person)[0]
        if list_id is not None:
            self.consent(person_id, list_id, state=ConsentState(state))
        return person_id

    def consent(self, person_id: int, list_id: int, **values: Any) -> None:
        """Write where a person stands with a list."""
        row = {
            "purpose": Purpose.NEWSLETTER,
            "state": ConsentState.ACTIVE,
            "basis": Basis.CONSENT,
            "since": self.make.now,
            **values,
        }
        with self.make.app.app_context(), transaction() as session:
            session.add(Consent(stakeholder_id=person_id, list_id=list_id, **row))

    def mailing(
        self,
        project_id: int | None = None,
        *,
        result_id: int | None = None,
        readers: int = 1,
        **values: Any,
    ) -> int:
        """Make a draft that passes every check, for NGOs, announcing a result of the project."""
        n = self.make.number()
        project_id = project_id or self.make.project()
        result_id = result_id or self.make.result(project_id)
        document_id = self.make.address_document(result_id)
        values.setdefault("audience", {"role_ids": [self.roles["ngo"]]})
        values.setdefault("content", self.content(project_id, document_id))
        values.setdefault("list_id", self.make.list_of(project_id))
        for _ in range(readers):
            self.person("ngo", list_id=values["list_id"])
        with self.make.app.app_context(), transaction() as session:
            mailing = Mailing(
                slug=f"mailing-{n}",
                title=values.pop("title", f"Mailing {n}"),
                subject=values.pop("subject", "What a city learns from its go-betweens"),
                preheader=values.pop("preheader", "A policy brief and whom to ask"),
                web_key=f"webkey{n}",
                created_at=self.make.now,
                updated_at=self.make.now,
                **values,
            )
            session.add(mailing)
            session.flush()
            session.add(MailingResult(mailing_id=mailing.id, result_id=result_id))
            return mailing.id

    def content(self, project_id: int, document_id: int) -> dict[str, Any]:
        """Return a letter with a headline, a document, the credit line and the way to ask."""
        with self.make.app.app_context(), transaction() as session:
            slug = session.scalars(select(Project.slug).where(Project.id == project_id)).one()
        blocks: list[dict[str, Any]] = [
            {"kind": "headline", "text": "Learn from go-betweens", "intro": "Dear {name|reader}"},
            {"kind": "text", "markdown": "They [work](https://example.org/work) everywhere."},
            {
                "kind": "calls_to_action",
                "items": [{"label": "View the brief", "target": f"document:{document_id}"}],
            },
            {"kind": "acknowledgement", "project": slug},
            {"kind": "faq_link", "label": "Questions we are asked"},
            {"kind": "ask_us", "text": "Ask us anything."},
        ]
        return dump(compose(blocks))

    def network_list(self, network_id: int) -> int:
        """Make a list that a network owns."""
        n = self.make.number()
        return self.make.add(
            List(
                slug=f"network-list-{n}",
                network_id=network_id,
                name=LocalText(en="Network news"),
                list_id=f"network-{n}.lists.example.org",
                controller="The network",
                postal_address="Square 1, 1000 Brussels",
            )
        )[0]

    def project_of(self, result_id: int) -> int:
        """Return the project a result belongs to."""
        with self.make.app.app_context(), transaction() as session:
            return session.scalars(select(Result.project_id).where(Result.id == result_id)).one()
