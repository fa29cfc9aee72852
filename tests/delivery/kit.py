"""Mailings with their people, made quickly, and questions about what became of them."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from outreach.core import clock
from outreach.core.db import db, transaction
from outreach.core.state import state
from outreach.delivery.models import Delivery
from outreach.delivery.worker import run_due
from outreach.mailings import blocks
from outreach.mailings.audience import Audience
from outreach.mailings.frozen import FrozenLetter, FrozenRole, render_frozen
from outreach.mailings.models import LinkKind, Mailing, MailingLink, MailingRevision, MailingState
from outreach.mailings.rendering import TrackedLinks
from outreach.projects.models import List
from outreach.stakeholders.models import (
    Basis,
    Consent,
    ConsentState,
    Purpose,
    Role,
    Stakeholder,
    StakeholderRole,
)
from tests.factories import Factory

BASE = "http://localhost"
ADDRESS = "mail.example.org"
CONTENT = blocks.compose(
    [
        {"kind": "headline", "text": "Cities that listen", "intro": "Dear {name|colleague},"},
        {"kind": "text", "markdown": "Read it at [our site](https://example.org/brief)."},
        {"kind": "ask_us", "text": "Write to us."},
    ]
)


@dataclass
class Kit:
    """One list and its people; `recipients` are the addresses of all who were made."""

    app: Flask
    make: Factory
    uri: str
    folder: Path
    recipients: list[str] = field(default_factory=list)
    _list_id: int = 0

    @property
    def list_id(self) -> int:
        """The only list."""
        self._list_id = self._list_id or self.make.list_of(self.make.project())
        return self._list_id

    def remember_list(self, list_id: int) -> None:
        """Take a list that was put back for the only one."""
        self._list_id = list_id

    def people(
        self, number: int, *, role: str = "ngo", measured: bool = False, **values: Any
    ) -> list[int]:
        """Make subscribers with one role; returns their ids."""
        role_id = self.make.roles()[role]
        first = self.make.number() * 1_000_000
        ids = list(range(first, first + number))
        people = [self._person(one, values) for one in ids]
        purposes = [Purpose.NEWSLETTER, *([Purpose.MEASUREMENT] if measured else [])]
        list_id, since = self.list_id, self.make.now
        with self.app.app_context(), transaction() as session:
            session.execute(insert(Stakeholder), people)
            session.execute(
                insert(StakeholderRole),
                [{"stakeholder_id": one, "role_id": role_id, "since": since} for one in ids],
            )
            session.execute(
                insert(Consent),
                [
                    {
                        "stakeholder_id": one,
                        "list_id": list_id,
                        "purpose": purpose,
                        "state": ConsentState.ACTIVE,
                        "basis": Basis.CONSENT,
                        "since": since,
                    }
                    for one in ids
                    for purpose in purposes
                ],
            )
        self.recipients += [person["email"] for person in people]
        return ids

    def mailing(
        self,
        *,
        recipients: int = 0,
        due_at: datetime | None = None,
        content: blocks.Content = CONTENT,
        subject: str = "Cities that listen, {name|colleague}",
    ) -> int:
        """Make a scheduled mailing to everybody; with `recipients`, make as many people first."""
        if recipients:
            self.people(recipients)
        due_at = due_at or clock.now() - timedelta(seconds=1)
        list_id = self.list_id
        with self.app.app_context(), transaction() as session:
            roles = session.scalars(select(Role)).all()
            number = self.make.number()
            mailing = Mailing(
                slug=f"mailing-{number}",
                list_id=list_id,
                title="Cities that listen",
                subject=subject,
                content=blocks.dump(content),
                audience=Audience(role_ids=tuple(r.id for r in roles)).model_dump(mode="json"),
                state=MailingState.SCHEDULED,
                due_at=due_at,
                created_at=self.make.now,
                updated_at=self.make.now,
                web_key=f"key{number}",
            )
            session.add(mailing)
            session.flush()
            _freeze(session, mailing, content, roles)
            return mailing.id

    def start(self, mailing_id: int) -> None:
        """Let a mailing stand as if somebody had just fanned it out by hand."""
        with self.app.app_context(), transaction() as session:
            session.execute(
                update(Mailing)
                .where(Mailing.id == mailing_id)
                .values(state=MailingState.SENDING, started_at=self.make.now)
            )

    def deliveries(self, mailing_id: int) -> list[Delivery]:
        """Return all deliveries of a mailing, by number."""
        with self.app.app_context():
            return list(
                db.session.scalars(
                    select(Delivery)
                    .where(Delivery.mailing_id == mailing_id)
                    .order_by(Delivery.number)
                )
            )

    def deliveries_made(self, mailing_id: int) -> list[int]:
        """Begin a mailing without sending a letter; returns its people's ids."""
        stop = threading.Event()
        stop.set()
        run_due(self.app, stop=stop)
        made = self.deliveries(mailing_id)
        return [one.stakeholder_id for one in made if one.stakeholder_id is not None]

    def doubted(self) -> set[str]:
        """Return the addresses of all who may have got a letter twice."""
        with self.app.app_context():
            return set(
                db.session.scalars(
                    select(Stakeholder.email)
                    .join(Delivery, Delivery.stakeholder_id == Stakeholder.id)
                    .where(Delivery.doubted_at.is_not(None))
                )
            )

    def fingerprints(self, emails: Iterable[str]) -> list[str]:
        """Return the keyed fingerprints of addresses."""
        ring = state(self.app).ring
        return [ring.fingerprint(email) for email in emails]

    def _person(self, number: int, values: dict[str, Any]) -> dict[str, Any]:
        email = f"person{number}@{ADDRESS}"
        return {
            "id": number,
            "email": email,
            "fingerprint": state(self.app).ring.fingerprint(email),
            "name": f"Person {number}",
            "given_name": "Person",
            "sort_name": f"person {number}",
            "language": "en",
            "created_at": self.make.now,
            "updated_at": self.make.now,
            **values,
        }


def frozen(mailing: Mailing, content: blocks.Content, roles: Iterable[Role]) -> FrozenLetter:
    """Return the letter of a mailing of tests."""
    its_list: List = mailing.mailing_list
    return FrozenLetter(
        mailing_id=mailing.id,
        web_key=mailing.web_key,
        language="en",
        subject=mailing.subject,
        preheader=mailing.preheader,
        content=content,
        base_url=BASE,
        list_id=its_list.id,
        list_identifier=its_list.list_id,
        list_name=its_list.name.pick("en"),
        controller=its_list.controller,
        postal_address=its_list.postal_address,
        sender_name="SmartUrbI",
        sender_address="news@smarturbi.example.org",
        message_domain="smarturbi.example.org",
        reply_address=its_list.reply_address,
        question_address=its_list.reply_address,
        faq_address=f"{BASE}/results/listening#faq",
        result_ids=(),
        documents={},
        pages={},
        pictures={},
        acknowledgements={},
        roles={role.id: FrozenRole(slug=role.slug, name=role.name.pick("en")) for role in roles},
        no_role="subscriber",
    )


def _freeze(
    session: Session, mailing: Mailing, content: blocks.Content, roles: Iterable[Role]
) -> None:
    letter = frozen(mailing, content, roles)
    revision = MailingRevision(
        mailing_id=mailing.id,
        created_at=mailing.created_at,
        letter=letter.model_dump(mode="json"),
    )
    session.add(revision)
    session.add_all(
        MailingLink(
            mailing_id=mailing.id,
            number=link.number,
            kind=LinkKind(link.kind.value),
            address=link.address,
            label=link.label,
        )
        for link in render_frozen(letter, TrackedLinks(BASE)).links
    )
    session.flush()
    mailing.revision_id = revision.id
