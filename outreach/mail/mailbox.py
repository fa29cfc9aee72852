"""Caught letters on disk: a file each, and an index that several processes may read.

<directory>/20260302/17.eml
<directory>/index.sqlite
"""

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesParser, HeaderParser
from email.utils import parseaddr
from pathlib import Path
from typing import Generic, TypeVar

from outreach.core.errors import NotFound

ROLE_HEADER = "X-Outreach-Role"
"""Names the reader's role, so that the demo's letters can be sorted by it."""
PER_PAGE = 50
_SCHEMA = """
CREATE TABLE IF NOT EXISTS letter (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    received_at TEXT NOT NULL, sender TEXT NOT NULL, recipient TEXT NOT NULL,
    recipient_name TEXT NOT NULL, subject TEXT NOT NULL, message_id TEXT NOT NULL,
    role TEXT NOT NULL, size INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS ix_letter_role ON letter (role, id);
"""
_INSERT = "INSERT INTO letter VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)"
_SELECTED = """
FROM letter WHERE (:role = '' OR role = :role) AND (:query = ''
    OR instr(lower(recipient), lower(:query)) OR instr(lower(recipient_name), lower(:query)))
"""
_COUNT = "SELECT count(*)" + _SELECTED
_PAGE = "SELECT *" + _SELECTED + "ORDER BY id DESC LIMIT :limit OFFSET :offset"
_ONE = "SELECT * FROM letter WHERE id = ?"
_FOLD = re.compile(r"\r?\n(?=[ \t])")
_PARSER_FAULTS = (MessageError, ValueError, TypeError, LookupError, AttributeError, AssertionError)
"""What Python's parser raises on real mail (B9)."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CaughtLetter:
    """A line of the mailbox."""

    id: int
    received_at: datetime
    sender: str
    """Of the envelope."""
    recipient: str
    recipient_name: str
    subject: str
    message_id: str
    role: str
    size: int
    """In bytes."""


@dataclass(frozen=True, slots=True)
class CaughtParts:
    """A letter opened; a part that it has not is empty."""

    html: str
    text: str
    source: bytes
    headers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A page of a longer list; the first page is 1."""

    items: tuple[T, ...]
    page: int
    pages: int
    total: int


class MailboxWriter:
    """Keeps letters, one at a time; it may be made in one thread and used in another."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        self._index = sqlite3.connect(
            _index_of(directory), isolation_level=None, timeout=10, check_same_thread=False
        )
        self._index.execute("PRAGMA journal_mode=WAL")
        # A demo's mail need not outlive a power cut, and the demo should be quick.
        self._index.execute("PRAGMA synchronous=OFF")
        self._index.executescript(_SCHEMA)

    def keep(self, sender: str, recipients: Sequence[str], data: bytes, *, now: datetime) -> int:
        """Store a letter and return its id; when this returns, every process sees it."""
        row = (now.isoformat(), sender, ", ".join(recipients), *_described(data), len(data))
        self._index.execute("BEGIN IMMEDIATE")
        try:
            number = self._index.execute(_INSERT, row).lastrowid
            assert number is not None
            _write(_file_of(self._directory, number, now), data)
            self._index.execute("COMMIT")
        except BaseException:
            self._index.execute("ROLLBACK")
            raise
        return number

    def close(self) -> None:
        """Close the index."""
        self._index.close()


class Mailbox:
    """Reads caught letters; changes nothing."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def letters(
        self, role: str | None = None, query: str | None = None, page: int = 1
    ) -> Page[CaughtLetter]:
        """Return a page of letters, newest first.

        `query` is looked for in the recipient's address and name, `role` is matched whole.
        """
        selected: dict[str, str | int] = {"role": role or "", "query": (query or "").strip()}
        with self._reading() as index:
            (total,) = index.execute(_COUNT, selected).fetchone()
            pages = max(1, -(-total // PER_PAGE))
            page = min(max(page, 1), pages)
            window = {"limit": PER_PAGE, "offset": (page - 1) * PER_PAGE}
            rows = index.execute(_PAGE, selected | window)
            return Page(tuple(map(_letter, rows)), page, pages, total)

    def roles(self) -> list[tuple[str, int]]:
        """Return the roles that got letters, with how many, in alphabetical order."""
        with self._reading() as index:
            rows = index.execute(
                "SELECT role, count(*) FROM letter WHERE role <> '' GROUP BY role ORDER BY role"
            )
            return [(role, count) for role, count in rows]

    def letter(self, number: int) -> CaughtLetter:
        """Return one letter. Raises NotFound."""
        with self._reading() as index:
            row = index.execute(_ONE, (number,)).fetchone()
        if row is None:
            raise NotFound("There is no such letter.", "Look for it in the list of caught mail.")
        return _letter(row)

    def parts(self, number: int) -> CaughtParts:
        """Return what a letter holds. Raises NotFound."""
        caught = self.letter(number)
        path = _file_of(self._directory, number, caught.received_at)
        try:
            source = path.read_bytes()
        except FileNotFoundError as error:
            raise NotFound(f"The file of this letter is gone: {path.name}.") from error
        return open_letter(source)

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        path = _index_of(self._directory)
        # Before the first letter there is nothing to read, and reading makes no files.
        with closing(sqlite3.connect(path if path.exists() else ":memory:", timeout=10)) as index:
            if not path.exists():
                index.executescript(_SCHEMA)
            index.execute("PRAGMA query_only=ON")
            yield index


def _letter(row: tuple[int, str, str, str, str, str, str, str, int]) -> CaughtLetter:
    number, received_at, *words, size = row
    sender, recipient, name, subject, message_id, role = map(str, words)
    moment = datetime.fromisoformat(received_at)
    return CaughtLetter(
        number, moment, sender, recipient, name, subject, message_id, role, int(size)
    )


def _described(data: bytes) -> tuple[str, str, str, str]:
    """Return recipient's name, subject, Message-ID and role as the headers tell them."""
    head = HeaderParser().parsestr(data.partition(b"\r\n\r\n")[0].decode("utf-8", "replace"))
    name, _ = parseaddr(_unfolded(head["To"]))
    subject, role = _unfolded(head["Subject"]), _unfolded(head[ROLE_HEADER])
    return _decoded(name), _decoded(subject), _unfolded(head["Message-ID"]), _decoded(role)


def _unfolded(value: str | None) -> str:
    return _FOLD.sub("", value or "").strip()


def _decoded(words: str) -> str:
    if "=?" not in words:
        return words
    try:
        return str(make_header(decode_header(words)))
    except _PARSER_FAULTS:
        return words


def open_letter(source: bytes) -> CaughtParts:
    """Return what a letter's octets hold; a part that cannot be read is empty."""
    message = BytesParser(policy=policy.default).parsebytes(source)
    return CaughtParts(
        html=_content(message, "html"),
        text=_content(message, "plain"),
        source=source,
        headers=tuple(
            (name, _decoded(_unfolded(str(value)))) for name, value in message.raw_items()
        ),
    )


def _content(message: EmailMessage, kind: str) -> str:
    try:
        part = message.get_body((kind,))
        return "" if part is None else str(part.get_content()).replace("\r\n", "\n")
    except _PARSER_FAULTS:
        return ""


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    unfinished = path.with_suffix(".tmp")
    unfinished.write_bytes(data)
    unfinished.replace(path)


def _file_of(directory: Path, number: int, received_at: datetime) -> Path:
    return directory / f"{received_at:%Y%m%d}" / f"{number}.eml"


def _index_of(directory: Path) -> Path:
    return directory / "index.sqlite"
