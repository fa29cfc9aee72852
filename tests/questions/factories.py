"""Questions, FAQ entries and people for the tests of this room."""

from datetime import datetime
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from outreach.accounts.models import Access, User
from outreach.accounts.services import add_user
from outreach.core.db import transaction
from outreach.core.state import state
from outreach.core.text import LocalText
from outreach.questions.models import (
    Direction,
    FaqEntry,
    Message,
    Question,
    QuestionSource,
)
from outreach.questions.services import About, Asked, ask
from outreach.questions.texts import new_reference, subject_of
from outreach.stakeholders.models import Role, Stakeholder, StakeholderRole
from outreach.stakeholders.roles import seed_roles
from tests.cast import PASSWORD, Cast
from tests.factories import Factory

BASE = "https://outreach.example.org"


class QuestionFactory:
    """Makes what questions need around them; `make` is the tests' common factory."""

    def __init__(self, make: Factory) -> None:
        self.make = make
        with make.app.app_context(), transaction() as session:
            seed_roles(session)
            self.roles = {role.slug: role.id for role in session.scalars(select(Role))}

    def question(self, body: str = "What does a go-between cost?", **values: Any) -> int:
        """Store a question with its first message, and return its id."""
        now = values.pop("now", self.make.now)
        values.setdefault("name", "Jane Doe")
        values.setdefault("email", f"jane{self.make.number()}@example.org")
        values.setdefault("source", QuestionSource.FORM)
        values.setdefault("subject", subject_of(body))
        question = Question(reference=new_reference(), created_at=now, updated_at=now, **values)
        question.messages.append(
            Message(direction=Direction.IN, author=question.name, body=body, at=now)
        )
        return self.make.add(question)[0]

    def ask(
        self, body: str = "What does it cost?", *, now: datetime | None = None, **values: Any
    ) -> int:
        """Ask by the service, as the public form does, and return the question's id."""
        about = values.pop("about", About())
        with self.make.app.app_context(), transaction() as session:
            question = ask(
                session,
                Asked(body=body, **values),
                about=about,
                now=now or self.make.now,
                base_url=BASE,
                ring=state(self.make.app).ring,
            )
            return question.id

    def person(self, email: str, *roles: str) -> int:
        """Make a stakeholder who holds these roles."""
        now = self.make.now
        person = Stakeholder(
            email=email,
            fingerprint=self.make.fingerprint(email),
            name="Jane Doe",
            sort_name="jane doe",
            created_at=now,
            updated_at=now,
        )
        person.roles = [
            StakeholderRole(role_id=self.roles[slug], since=now.replace(year=2025))
            for slug in roles
        ]
        return self.make.add(person)[0]

    def entry(self, project_id: int, **values: Any) -> int:
        """Store a published FAQ entry."""
        n = self.make.number()
        values.setdefault("question", LocalText(en=f"Question {n}?"))
        values.setdefault("answer", LocalText(en=f"Answer **{n}**."))
        values.setdefault("published_at", self.make.now)
        entry = FaqEntry(
            project_id=project_id,
            slug=f"entry-{n}",
            created_at=self.make.now,
            updated_at=self.make.now,
            **values,
        )
        return self.make.add(entry)[0]

    def clerk(self, project_id: int | None = None, access: Access = Access.INBOX) -> FlaskClient:
        """Return a client signed in as somebody who answers (`access`) in one project, or all."""
        email = f"clerk{self.make.number()}@example.org"
        with self.make.app.app_context(), transaction() as session:
            add_user(
                session,
                email,
                access,
                password=PASSWORD,
                now=self.make.now,
                name="Clara",
                project_id=project_id,
            )
        return Cast(self.make, 0, 0).client(email)

    def user_id(self, email: str) -> int:
        """Return a user's id."""
        with self.make.app.app_context(), transaction() as session:
            return session.scalars(select(User.id).where(User.email == email)).one()
