"""A mailing that was sent, and pretended hits on its letters."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from flask import Flask
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from outreach.core.config import TrackingMode
from outreach.core.db import Base, db, transaction
from outreach.core.signing import Signer, TokenKind, nonce_of
from outreach.core.state import state
from outreach.core.text import LocalText
from outreach.delivery.models import Delivery, DeliveryState
from outreach.mailings.models import LinkKind, MailingLink
from outreach.results.models import Document, DocumentKind, DocumentVersion, StoredFile
from outreach.results.storage import path_of
from outreach.stakeholders.models import Consent, ConsentState, Purpose, Stakeholder
from outreach.tracking.applier import Applied, apply
from outreach.tracking.counting import Figures
from outreach.tracking.figure_rows import FIGURE_TABLES, cell_of, columns_of
from outreach.tracking.hits_file import HitsWriter, hits_folder
from outreach.tracking.models import DocumentFigure
from outreach.tracking.records import Face, HitRecord, encode
from tests.factories import Factory

KEY = b"k" * 32
SAMPLE = b"%PDF-1.4\n" + bytes(range(256)) * 40
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
            delivery = self.delivery(session, number)
            delivery.state, delivery.settled_at = state, at

    def delivery(self, session: Session, number: int) -> Delivery:
        """Return a delivery."""
        return session.get_one(Delivery, (self.mailing_id, number))

    def person(self, session: Session, number: int) -> Stakeholder:
        """Return whose letter it is."""
        return session.get_one(Stakeholder, self.people[number])

    def link_document(self, number: int, **values: Any) -> int:
        """Let a link lead to a file (or, with `address`, to a document elsewhere): version id."""
        document = Document(
            result_id=self.make.result(),
            slug=f"document-{self.make.number()}",
            kind=DocumentKind.POLICY_BRIEF,
            title=LocalText(en="Policy brief"),
            created_at=self.now,
            updated_at=self.now,
        )
        with self.app.app_context(), transaction() as session:
            if "address" not in values:
                values.setdefault("filename", "brief.pdf")
                values["sha256"] = _stored_file(session, self.app, self.now)
            version = DocumentVersion(label="1.0", language="en", created_at=self.now, **values)
            document.versions.append(version)
            session.add(document)
            session.flush()
            link = session.get_one(MailingLink, (self.mailing_id, number))
            link.kind = LinkKind.CLICK if version.address else LinkKind.DOWNLOAD
            link.address = version.address or f"http://localhost/documents/{document.slug}"
            link.document_id, link.version_id = document.id, version.id
            return version.id

    def relink(self, number: int, address: str) -> None:
        """Let a link lead elsewhere."""
        with self.app.app_context(), transaction() as session:
            session.get_one(MailingLink, (self.mailing_id, number)).address = address

    def document_of(self, version_id: int) -> int:
        """Return the document of a version."""
        with self.app.app_context():
            return db.session.get_one(DocumentVersion, version_id).document_id

    def archive(self, version_id: int) -> None:
        """Take a version's document back."""
        with self.app.app_context(), transaction() as session:
            session.get_one(DocumentVersion, version_id).document.archived_at = self.now

    def downloads(self, version_id: int) -> int:
        """Return the downloads of a version by visitors without a letter."""
        return self.figure(DocumentFigure, "downloads", mailing_id=0, version_id=version_id)

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


def _stored_file(session: Session, app: Flask, now: datetime) -> str:
    """Keep the sample file where uploads are kept."""
    sha256 = hashlib.sha256(SAMPLE).hexdigest()
    path = path_of(state(app).settings.documents, sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(SAMPLE)
    if session.get(StoredFile, sha256) is None:
        session.add(
            StoredFile(
                sha256=sha256, size=len(SAMPLE), content_type="application/pdf", created_at=now
            )
        )
    return sha256
