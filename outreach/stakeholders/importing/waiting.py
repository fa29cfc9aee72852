"""Uploaded files between their upload and the import: on disk under an unguessable name, for the
user who brought them, for a day at most."""

import json
import re
import secrets
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from outreach.core.errors import NotFound

KEPT_SECONDS = 24 * 3600
_is_key = re.compile(r"[A-Za-z0-9_-]{32,64}").fullmatch


@dataclass(frozen=True)
class Waiting:
    """An upload and what was said about it."""

    key: str
    user_id: int
    filename: str
    basis: str
    source: str
    list_id: int | None
    every_role: str
    fields: tuple[str, ...] | None = None
    """The field of each column as chosen by hand; None: as recognised by the header."""
    report: dict[str, Any] | None = None
    """What the import did; the uploaded file is gone by then."""


class WaitingRoom:
    """The folder of uploads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def take_in(self, stream: BinaryIO, describe: Callable[[str], Waiting]) -> Waiting:
        """Keep an upload; `describe` makes its note from its new key."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.sweep()
        waiting = describe(secrets.token_urlsafe(32))
        with self.file(waiting).open("xb") as target:
            shutil.copyfileobj(stream, target)
        self._write(waiting)
        return waiting

    def find(self, key: str, user_id: int) -> Waiting:
        """Return an upload of this user; raises NotFound for anybody else's, as for none."""
        note = self._folder / f"{key}.json"
        if not _is_key(key) or not note.is_file():
            raise NotFound("This import is no longer here.", "Please upload the file again.")
        waiting = Waiting(**json.loads(note.read_text(encoding="utf-8")))
        if waiting.user_id != user_id:
            raise NotFound("This import is no longer here.", "Please upload the file again.")
        fields = None if waiting.fields is None else tuple(waiting.fields)
        return replace(waiting, fields=fields)

    def change(self, waiting: Waiting, **values: Any) -> Waiting:
        """Keep what was said anew about an upload."""
        changed = replace(waiting, **values)
        self._write(changed)
        return changed

    def claim(self, waiting: Waiting) -> Path:
        """Take the uploaded file to import it; raises NotFound when another request has it."""
        claimed = self._folder / f"{waiting.key}.running"
        try:
            self.file(waiting).rename(claimed)
        except FileNotFoundError:
            raise NotFound(
                "This file was imported already.", "Please upload it again if it has changed."
            ) from None
        return claimed

    def file(self, waiting: Waiting) -> Path:
        """Return where the uploaded file is."""
        return self._folder / f"{waiting.key}.upload"

    def uploaded(self, waiting: Waiting) -> Path:
        """Return where the uploaded file is; raises NotFound while it is imported, and after."""
        if not self.file(waiting).is_file():
            raise NotFound("This file was imported already.", "The list shows its people.")
        return self.file(waiting)

    def refused_file(self, waiting: Waiting) -> Path:
        """Return where the refused rows are, once it was imported."""
        return self._folder / f"{waiting.key}.refused.csv"

    def discard(self, waiting: Waiting) -> None:
        """Forget an upload altogether."""
        for path in self._folder.glob(f"{waiting.key}.*"):
            path.unlink(missing_ok=True)

    def sweep(self) -> None:
        """Delete what is older than a day."""
        oldest = time.time() - KEPT_SECONDS
        for path in self._folder.glob("*.*"):
            if path.is_file() and path.stat().st_mtime < oldest:
                path.unlink(missing_ok=True)

    def _write(self, waiting: Waiting) -> None:
        note = self._folder / f"{waiting.key}.json"
        draft = note.with_suffix(f".{secrets.token_hex(4)}")
        draft.write_text(json.dumps(asdict(waiting)), encoding="utf-8")
        draft.replace(note)
