"""Looking for traces of a secret in all that an installation keeps: files, tables and log lines."""

import sqlite3
from base64 import b64encode
from collections.abc import Collection, Iterator
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine

from outreach.core.db import Base

_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_FIRST_WHOLE = (0, 2, 3)
"""Where base64 begins to say nothing of what stands before, by how many bytes (of three) do."""


def writings(secret: bytes) -> set[bytes]:
    """Return a secret's bytes, its hexadecimal digits, and its base64 wherever that may begin."""
    found = {secret, secret.hex().encode(), secret.hex().upper().encode()}
    for before in range(3):
        written = b64encode(bytes(before) + secret)[
            _FIRST_WHOLE[before] : (before + len(secret)) * 8 // 6
        ]
        found |= {written, written.translate(_URL_SAFE)}
    return found


def holds(data: bytes, secrets: Collection[bytes]) -> bool:
    """Say whether one of the secrets stands in `data`, in any writing."""
    return any(written in data for secret in secrets for written in writings(secret))


def files_holding(folder: Path, secrets: Collection[bytes], *, besides: Path) -> set[str]:
    """Return the files of a folder, and of those in it but `besides`, that hold a secret."""
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and besides not in path.parents and holds(path.read_bytes(), secrets)
    }


def columns_holding(engine: Engine, secrets: Collection[bytes]) -> set[str]:
    """Return the columns of all tables in which a secret stands, as "table.column"."""
    with engine.connect() as connection:
        return {
            f"{table.name}.{name}"
            for table in Base.metadata.sorted_tables
            for row in connection.execute(table.select()).mappings()
            for name, value in row.items()
            if any(holds(data, secrets) for data in _bytes_of(value))
        }


def _bytes_of(value: object) -> Iterator[bytes]:
    if isinstance(value, bytes | memoryview):
        yield bytes(value)
    elif value is not None:
        yield str(value).encode()


def back_up(database: Path) -> None:
    """Copy a SQLite file beside itself as the README says, leaving the mailings' keys out."""
    copy = database.with_name("backup.sqlite")
    with closing(sqlite3.connect(database)) as here, closing(sqlite3.connect(copy)) as there:
        here.backup(there)
        there.execute("PRAGMA secure_delete=ON")
        there.execute("DELETE FROM mailing_key")
        there.commit()
        there.execute("VACUUM")
