"""Makes a mailing that was sent: groups, deliveries, links and a perishable key, row by row."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from flask import Flask
from sqlalchemy import Engine, func, select

from outreach.core.config import TrackingMode
from outreach.core.db import Base, db, transaction
from outreach.core.signing import Signer, TokenKind, nonce_of
from outreach.core.state import state
from outreach.delivery.models import Delivery, DeliveryState, Dispatch, MailingKey, TokenGroup
from outreach.mailings.models import LinkKind, Mailing, MailingLink, MailingState
from outreach.stakeholders.models import Basis, Consent, ConsentState, Purpose, Stakeholder
from outreach.tracking.applier import Applied, apply
from outreach.tracking.counting import Cell, Figures
from outreach.tracking.figure_rows import FIGURE_TABLES, cell_of, columns_of
from outreach.tracking.hits_file import HitsWriter, hits_folder
from outreach.tracking.records import Face, HitRecord, encode
from tests.factories import Factory

KEY = b"k" * 32
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Safari/537.36"
)
_visits = count(1)


@dataclass
class Sent:
    """A mailing that was sent, and ways to pretend that somebody reads it."""

    app: Flask
    make: Factory
    mailing_id: int
    list_id: int
    now: datetime
    mode: TrackingMode = TrackingMode.UNLINKED
    people: dict[int, int] = field(default_factory=dict)
    """{delivery number: stakeholder id}"""
    groups: dict[int, int] = field(default_factory=dict)
    """{delivery number: group number}"""

    @property
    def signer(self) -> Signer:
        return state(self.app).signer

    @property
    def engine(self) -> Engine:
        with self.app.app_context():
            return db.engine

    def personal(self, number: int) -> str:
        """Return the personal measure token of a delivery."""
        return self.signer.delivery_tokens(self.mailing_id, number).personal

    def unlinked(self, number: int) -> str:
        """Return the unlinked measure token of a delivery."""
        return self.signer.unlinked(self.mailing_id, self.groups[number], nonce_of(KEY, number))

    def withdraw(self, number: int, state: ConsentState = ConsentState.WITHDRAWN) -> None:
        """Set a person's consent to be measured."""
        with self.app.app_context(), transaction() as session:
            key = (self.people[number], self.list_id, Purpose.MEASUREMENT)
            session.get_one(Consent, key).state = state

    def settle(self, number: int, state: DeliveryState, at: datetime | None) -> None:
        """Set what became of a letter, and when."""
        with self.app.app_context(), transaction() as session:
            delivery = session.get_one(Delivery, (self.mailing_id, number))
            delivery.state, delivery.settled_at = state, at

    def record(self, face: Face, **values: Any) -> HitRecord:
        """Return a record of the unlinked letter 1's reader unless told otherwise."""
        number = values.pop("delivery", 1)
        is_personal = values.pop("is_personal", False)
        defaults: dict[str, Any] = {
            "at": self.now,
            "kind": TokenKind.PERSONAL if is_personal else TokenKind.UNLINKED,
            "mailing_id": self.mailing_id,
            "number": number if is_personal else self.groups[number],
            "nonce": b"" if is_personal else nonce_of(KEY, number),
            "link_number": 0,
            "document_id": 0,
            "version_id": 0,
            "method": "GET",
            "is_prefetch": False,
            "is_range": False,
            "family": "chrome",
            "visit": next(_visits).to_bytes(8, "big") if is_personal else b"",
        }
        return HitRecord(face=face, **{**defaults, **values})

    def click(self, link: int = 1, *, after: float = 0, **values: Any) -> HitRecord:
        """Return a click on a link, some seconds after the mailing's moment."""
        at = self.now + timedelta(seconds=after)
        return self.record(Face.CLICK, link_number=link, at=at, **values)

    def open(self, *, after: float = 0, **values: Any) -> HitRecord:
        """Return a loading of the picture."""
        return self.record(Face.OPEN, at=self.now + timedelta(seconds=after), **values)

    def download(self, link: int, *, after: float = 0, **values: Any) -> HitRecord:
        """Return a serving of the file behind a link."""
        at = self.now + timedelta(seconds=after)
        return self.record(Face.DOWNLOAD, link_number=link, at=at, **values)

    def on_site(self, version_id: int, *, after: float = 0, **values: Any) -> HitRecord:
        """Return a download by a visitor without a letter, each in a visit of its own."""
        at = self.now + timedelta(seconds=after)
        values.setdefault("visit", next(_visits).to_bytes(8, "big"))
        return self.record(
            Face.DOWNLOAD,
            kind=TokenKind.SITE,
            mailing_id=0,
            number=0,
            nonce=b"",
            version_id=version_id,
            at=at,
            **values,
        )

    def append(self, *records: HitRecord) -> None:
        """Write records to a hits file of their own that nobody writes any more."""
        writer = HitsWriter(hits_folder(state(self.app).settings.worker_folder))
        for record in records:
            assert writer.append(encode(record))
        writer.close()

    def apply(self, *records: HitRecord, at: datetime | None = None) -> Applied:
        """Write records and apply all that waits."""
        if records:
            self.append(*records)
        folder = hits_folder(state(self.app).settings.worker_folder)
        return apply(self.engine, folder, now=at or self.now)

    def figure(self, table: Any, column: str, **key: object) -> int:
        """Return the sum of a figure over the rows with this key (of this mailing by default)."""
        key.setdefault("mailing_id", self.mailing_id)
        statement = select(func.coalesce(func.sum(getattr(table, column)), 0)).filter_by(**key)
        with self.app.app_context():
            return int(db.session.scalars(statement.select_from(table)).one())

    def rows(self, table: type[Base]) -> list[dict[str, Any]]:
        """Return all rows of a table."""
        with self.app.app_context(), db.engine.connect() as connection:
            return [dict(row) for row in connection.execute(select(table.__table__)).mappings()]

    def figures(self) -> Figures:
        """Return all figures that are not nothing."""
        found: Figures = Figures()
        with self.app.app_context(), db.engine.connect() as connection:
            for table in FIGURE_TABLES:
                for row in connection.execute(select(table.__table__)).mappings():
                    for column in columns_of(table)[1]:
                        found[cell_of(table, row, column)] = row[column]
        return Figures({cell: number for cell, number in found.items() if number})


def sent_mailing(
    app: Flask,
    make: Factory,
    now: datetime,
    *,
    unlinked: int = 6,
    personal: int = 2,
    mode: TrackingMode = TrackingMode.UNLINKED,
    links: int = 4,
    roles: tuple[str, ...] = ("ngo",),
) -> Sent:
    """Make a mailing of `unlinked` + `personal` letters (in this order) with click links 1..n.

    Role by role there is one unlinked and one personal group; letters go round the roles.
    """
    project_id = make.project()
    list_id = make.list_of(project_id)
    role_ids = make.roles()
    n = make.number()
    mailing = Mailing(
        slug=f"mailing-{n}",
        list_id=list_id,
        title=f"Mailing {n}",
        web_key=f"web-key-{n}",
        state=MailingState.SENT,
        created_at=now,
        updated_at=now,
    )
    sent = Sent(app, make, make.add(mailing)[0], list_id, now, mode)
    with app.app_context(), transaction() as session:
        session.add(_dispatch(sent, recipients=unlinked + personal))
        session.flush()
        session.add(MailingKey(mailing_id=sent.mailing_id, key=KEY))
        for index, slug in enumerate(roles):
            session.add(_group(sent, 1 + 2 * index, role_ids[slug], unlinked // len(roles)))
            session.add(_group(sent, 2 + 2 * index, role_ids[slug], personal // len(roles)))
        session.flush()
        for number in range(1, unlinked + personal + 1):
            _deliver(
                session, sent, number, is_personal=number > unlinked, roles=roles, ids=role_ids
            )
        session.add_all(_link(sent, number) for number in range(1, links + 1))
    return sent


def _dispatch(sent: Sent, *, recipients: int) -> Dispatch:
    return Dispatch(
        mailing_id=sent.mailing_id,
        fanned_out_at=sent.now,
        recipients=recipients,
        withheld=0,
        transport="catcher",
        tracking=sent.mode.value,
        threshold=5,
    )


def _group(sent: Sent, no: int, role_id: int, size: int) -> TokenGroup:
    """Groups with an even number are of people who may be followed."""
    return TokenGroup(
        mailing_id=sent.mailing_id,
        no=no,
        role_id=role_id,
        country="BE",
        language="en",
        variant="",
        arm="",
        size=size,
        is_personal=no % 2 == 0,
        is_measured=True,
    )


def _link(sent: Sent, number: int) -> MailingLink:
    return MailingLink(
        mailing_id=sent.mailing_id,
        number=number,
        kind=LinkKind.CLICK,
        address=f"https://example.org/{number}",
        label=f"Link {number}",
    )


def _deliver(
    session: Any, sent: Sent, number: int, *, is_personal: bool, roles: tuple[str, ...], ids: Any
) -> None:
    n = sent.make.number()
    person = Stakeholder(
        email=f"person-{n}@example.org",
        fingerprint=f"{n:064d}",
        created_at=sent.now,
        updated_at=sent.now,
    )
    session.add(person)
    session.flush()
    index = number % len(roles)
    group_no = 1 + 2 * index + is_personal
    sent.people[number], sent.groups[number] = person.id, group_no
    session.add(
        Delivery(
            mailing_id=sent.mailing_id,
            number=number,
            stakeholder_id=person.id,
            state=DeliveryState.ACCEPTED,
            roles=[ids[roles[index]]],
            role_id=ids[roles[index]],
            language="en",
            country="BE",
            group_no=group_no,
            is_personal=is_personal,
            settled_at=sent.now - timedelta(hours=1),
        )
    )
    if is_personal:
        session.add(
            Consent(
                stakeholder_id=person.id,
                list_id=sent.list_id,
                purpose=Purpose.MEASUREMENT,
                state=ConsentState.ACTIVE,
                basis=Basis.CONSENT,
                since=sent.now,
            )
        )


def cell(table: Any, *key: Any, column: str) -> Cell:
    """Return a cell of a figure table."""
    return Cell(table, key, column)
