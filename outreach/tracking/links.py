"""Where tracking addresses lead, in the memory of a web process: letters work without a database.

The links of a mailing are final once it was fanned out; from then on they are kept. A document's
editions are looked at again after a while, since staff may take a document back; when the database
is away, what was known goes on being used.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from time import monotonic
from typing import Generic, TypeVar
from urllib.parse import urlsplit

import structlog
from sqlalchemy import Connection, Engine, NullPool, create_engine, exists, select
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.urls import iri_to_uri

from outreach.delivery.models import Dispatch
from outreach.mailings.models import LinkKind, Mailing, MailingLink
from outreach.results.models import Document, DocumentVersion, Result, StoredFile
from outreach.tracking.share_models import ShareLink

log = structlog.get_logger()
FRESH_SECONDS = 10.0
AWAY_SECONDS = 5.0
"""How long a database that did not answer is left alone."""
MOST = 2000
"""Mailings, and editions, kept in mind at once."""
LEARNT = 100
"""So many mailings, the newest, are looked up in advance."""
K = TypeVar("K")
V = TypeVar("V")


class Absence(StrEnum):
    """Why a tracking address leads nowhere; the page says it in words."""

    UNKNOWN = "unknown"
    """No letter of ours holds this address."""
    AWAY = "away"
    """It cannot be looked up just now."""
    WITHDRAWN = "withdrawn"
    """The document was taken back."""


@dataclass(frozen=True, slots=True)
class Link:
    """A stored link of a mailing, ready to be answered."""

    address: str
    """ASCII, absolute http(s)."""
    before: str
    """For a page of our own: the address up to where the token goes; else empty."""
    after: str
    is_download: bool
    document_id: int
    version_id: int


@dataclass(frozen=True, slots=True)
class Edition:
    """A document's version: a file of ours, or its address elsewhere."""

    document_id: int
    version_id: int
    sha256: str
    """Empty where `address` leads elsewhere."""
    address: str
    filename: str
    content_type: str
    is_withdrawn: bool


class Memory(Generic[K, V]):
    """The most recently used values, with the moment they were read."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: OrderedDict[K, tuple[float, V]] = OrderedDict()

    def get(self, key: K) -> tuple[float, V] | None:
        """Return how many seconds ago a value was kept, and the value."""
        found = self._values.get(key)
        return None if found is None else (monotonic() - found[0], found[1])

    def keep(self, key: K, value: V) -> None:
        """Keep a value; the oldest goes when there are too many."""
        with self._lock:
            self._values[key] = monotonic(), value
            self._values.move_to_end(key)
            while len(self._values) > MOST:
                self._values.popitem(last=False)


class Targets:
    """Looks up links and editions; made before a fork, used after it."""

    def __init__(self, database_uri: str, base_url: str) -> None:
        self._database_uri = database_uri
        self._base_url = base_url
        self._links: Memory[int, dict[int, Link]] = Memory()
        self._letters: Memory[int, str] = Memory()
        self._editions: Memory[int, Edition | Absence] = Memory()
        self._shares: Memory[str, str | Absence] = Memory()
        self._away_until = 0.0

    @cached_property
    def _engine(self) -> Engine:
        """The engine, made by the first who looks something up: most processes never do."""
        return _engine(self._database_uri)

    def link(self, mailing_id: int, number: int) -> Link | Absence:
        """Return link `number` of a mailing."""
        known = self._links.get(mailing_id)
        if known and (number in known[1] or known[0] < FRESH_SECONDS):
            return known[1].get(number, Absence.UNKNOWN)
        read = self._read(lambda connection: self._load_links(connection, mailing_id))
        if isinstance(read, Absence):
            return read
        links, is_final = read
        if is_final:
            self._links.keep(mailing_id, links)
        return links.get(number, Absence.UNKNOWN)

    def letter(self, mailing_id: int) -> str | Absence:
        """Return where a mailing's letter is read as a page of ours."""
        known = self._letters.get(mailing_id)
        if known:
            return known[1]
        read = self._read(lambda connection: _load_web_key(connection, mailing_id))
        if isinstance(read, Absence):
            return read
        page = f"{self._base_url}/mailings/{read}"
        self._letters.keep(mailing_id, page)
        return page

    def edition(self, version_id: int) -> Edition | Absence:
        """Return a document's version."""
        known = self._editions.get(version_id)
        if known and known[0] < FRESH_SECONDS:
            return known[1]
        read = self._read(lambda connection: _load_edition(connection, version_id))
        if read is Absence.AWAY:
            return known[1] if known else read
        self._editions.keep(version_id, read)
        return read

    def share(self, code: str) -> str | Absence:
        """Return where a share link leads, on our own site."""
        known = self._shares.get(code)
        if known and known[0] < FRESH_SECONDS:
            return known[1]
        read = self._read(lambda connection: _load_share(connection, code))
        if read is Absence.AWAY:
            return known[1] if known else read
        page = f"{self._base_url}{read}?share={code}" if read.startswith("/") else read
        self._shares.keep(code, page)
        return page

    def learn(self, since: datetime) -> None:
        """Look up where the letters lead of mailings that went out `since`, before anybody asks.

        Raises SQLAlchemyError while the database is away.
        """
        sent = select(Dispatch.mailing_id).where(Dispatch.fanned_out_at >= since)
        newest = sent.order_by(Dispatch.fanned_out_at.desc()).limit(LEARNT)
        with self._engine.connect() as connection:
            for mailing_id in connection.scalars(newest).all():
                if self._links.get(mailing_id) is None:
                    self._learn(connection, mailing_id)

    def _learn(self, connection: Connection, mailing_id: int) -> None:
        links, _ = self._load_links(connection, mailing_id)
        for version_id in {link.version_id for link in links.values() if link.version_id}:
            self._editions.keep(version_id, _load_edition(connection, version_id))
        web_key = _load_web_key(connection, mailing_id)
        if not isinstance(web_key, Absence):
            self._letters.keep(mailing_id, f"{self._base_url}/mailings/{web_key}")
        self._links.keep(mailing_id, links)

    def _read(self, load: Callable[[Connection], V]) -> V | Absence:
        if monotonic() < self._away_until:
            return Absence.AWAY
        try:
            with self._engine.connect() as connection:
                return load(connection)
        except SQLAlchemyError as error:
            self._away_until = monotonic() + AWAY_SECONDS
            log.warning("a link could not be looked up", reason=type(error).__name__)
            return Absence.AWAY

    def _load_links(self, connection: Connection, mailing_id: int) -> tuple[dict[int, Link], bool]:
        is_final = connection.scalar(
            select(exists(select(Dispatch.mailing_id).where(Dispatch.mailing_id == mailing_id)))
        )
        rows = connection.execute(
            select(
                MailingLink.number,
                MailingLink.kind,
                MailingLink.address,
                MailingLink.document_id,
                MailingLink.version_id,
            ).where(MailingLink.mailing_id == mailing_id)
        )
        links = {
            number: _link(self._base_url, kind, address, document_id or 0, version_id or 0)
            for number, kind, address, document_id, version_id in rows
            if _is_safe(address)
        }
        return links, bool(is_final)


def _engine(database_uri: str) -> Engine:
    """Return an engine that keeps no connection: look-ups are rare, and forks would share it."""
    options = {"connect_timeout": 2} if database_uri.startswith("postgres") else {"timeout": 2}
    return create_engine(database_uri, poolclass=NullPool, connect_args=options)


def _is_safe(address: str) -> bool:
    """Say whether an address may stand in a Location header: http(s), one line."""
    try:
        return urlsplit(address).scheme in {"http", "https"} and address.isprintable()
    except ValueError:
        return False


def _link(base_url: str, kind: LinkKind, address: str, document_id: int, version_id: int) -> Link:
    address = iri_to_uri(address)
    before = after = ""
    if address == base_url or address.startswith((f"{base_url}/", f"{base_url}?")):
        page, hash_, fragment = address.partition("#")
        before = f"{page}{'&' if '?' in page else '?'}via="
        after = f"{hash_}{fragment}"
    return Link(address, before, after, kind is LinkKind.DOWNLOAD, document_id, version_id)


def _load_web_key(connection: Connection, mailing_id: int) -> str | Absence:
    found = connection.scalar(select(Mailing.web_key).where(Mailing.id == mailing_id))
    return found or Absence.UNKNOWN


def _load_edition(connection: Connection, version_id: int) -> Edition | Absence:
    row = connection.execute(
        select(
            DocumentVersion.document_id,
            DocumentVersion.sha256,
            DocumentVersion.address,
            DocumentVersion.filename,
            StoredFile.content_type,
            Document.archived_at,
            Result.archived_at,
        )
        .join(Document, Document.id == DocumentVersion.document_id)
        .join(Result, Result.id == Document.result_id)
        .outerjoin(StoredFile, StoredFile.sha256 == DocumentVersion.sha256)
        .where(DocumentVersion.id == version_id)
    ).first()
    if row is None:
        return Absence.UNKNOWN
    document_id, sha256, address, filename, content_type, archived_at, result_archived_at = row
    return Edition(
        document_id,
        version_id,
        sha256 or "",
        iri_to_uri(address) if address and _is_safe(address) else "",
        filename,
        content_type or "application/octet-stream",
        bool(archived_at or result_archived_at),
    )


def _load_share(connection: Connection, code: str) -> str | Absence:
    row = connection.execute(
        select(Result.slug, Document.slug)
        .select_from(ShareLink)
        .outerjoin(Document, Document.id == ShareLink.document_id)
        .outerjoin(Result, Result.id == ShareLink.result_id)
        .where(ShareLink.code == code)
    ).first()
    if row is None:
        return Absence.UNKNOWN
    result, document = row
    return f"/documents/{document}" if document else f"/results/{result}"
