"""Uploaded files between their upload and the import: on disk under an unguessable name, for the
user who brought them, for a day at most."""

import json
import re
import secrets
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO

from outreach.core.errors import NotFound

KEPT_SECONDS = 24 * 3600
_is_key = re.compile(r"[A-Za-z0-9_-]{32,64}").fullmatch


STALE_SECONDS = 120


@dataclass(frozen=True)
class Progress:
    """How far an import is that the worker runs."""

    done: int
    is_waiting: bool
    has_stopped: bool
    """Nothing was heard of it for two minutes."""


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
    origin: str = ""
    every_tag: str = ""
    actor: str = ""
    fields: tuple[str, ...] | None = None
    """The field of each column as chosen by hand; None: as recognised by the header."""
    words: dict[str, dict[str, str]] = field(default_factory=dict)
    """What staff said unknown words mean, by field."""
    sheets: tuple[tuple[str, int], ...] = ()
    """(name, rows) of the sheets of a workbook, and which of them are taken, by their place."""
    chosen: tuple[int, ...] = ()
    hidden: tuple[int, ...] = ()
    """The places of sheets that whoever opens the workbook does not see."""
    sections: tuple[tuple[int, int, str], ...] = ()
    rows: int = 0
    report: dict[str, Any] | None = None
    """What the import did; the uploaded file is gone by then."""

    @property
    def left_out(self) -> list[str]:
        """The names of the sheets that are not taken, with what is hidden said so."""
        return [
            f"{name} (hidden)" if place in self.hidden else name
            for place, (name, _rows) in enumerate(self.sheets)
            if place not in self.chosen
        ]


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
        waiting = self.read(note)
        if waiting.user_id != user_id:
            raise NotFound("This import is no longer here.", "Please upload the file again.")
        return waiting

    def read(self, note: Path) -> Waiting:
        """Return what stands on a note."""
        said = json.loads(note.read_text(encoding="utf-8"))
        for name in ("fields", "chosen", "hidden"):
            said[name] = None if said.get(name) is None else tuple(said[name])
        said["hidden"] = said["hidden"] or ()  # a note of an earlier release says nothing of it
        for name in ("sheets", "sections"):
            said[name] = tuple(map(tuple, said[name]))
        return Waiting(**said)

    def change(self, waiting: Waiting, **values: Any) -> Waiting:
        """Keep what was said anew about an upload."""
        changed = replace(waiting, **values)
        self._write(changed)
        return changed

    def claim(self, waiting: Waiting) -> Path:
        """Take the uploaded file to import it; raises NotFound when another request has it."""
        return self._take(self.file(waiting), "running")

    def queue(self, waiting: Waiting) -> None:
        """Leave the uploaded file to the worker; raises NotFound when it is taken already."""
        self._take(self.file(waiting), "queued")

    def next_queued(self) -> tuple[Waiting, Path] | None:
        """Take the next upload that waits for the worker, with where its file is now."""
        for path in sorted(self._folder.glob("*.queued")):
            note = path.with_suffix(".json")
            try:
                return self.read(note), self._take(path, "running")
            except (OSError, NotFound):
                continue  # another worker was faster, or its note was swept away
        return None

    def _take(self, path: Path, state: str) -> Path:
        taken = path.with_suffix(f".{state}")
        try:
            path.rename(taken)
        except FileNotFoundError:
            raise NotFound(
                "This file was imported already.", "Please upload it again if it has changed."
            ) from None
        return taken

    def parts(self, waiting: Waiting) -> Path:
        """Return the folder of a workbook's sheets."""
        return self._folder / f"{waiting.key}.parts"

    def tell(self, waiting: Waiting, done: int) -> None:
        """Say how many rows are done."""
        (self._folder / f"{waiting.key}.progress").write_text(str(done), encoding="ascii")

    def progress(self, waiting: Waiting) -> Progress:
        """Return how far the worker is."""
        path = self._folder / f"{waiting.key}.progress"
        is_waiting = (self._folder / f"{waiting.key}.queued").is_file()
        try:
            age = time.time() - path.stat().st_mtime
            return Progress(int(path.read_text("ascii") or 0), is_waiting, age > STALE_SECONDS)
        except OSError:
            running = self._folder / f"{waiting.key}.running"
            return Progress(0, is_waiting, not is_waiting and not running.is_file())

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
            _delete(path)

    def sweep(self) -> None:
        """Delete what is older than a day."""
        oldest = time.time() - KEPT_SECONDS
        for path in self._folder.glob("*.*"):
            if path.stat().st_mtime < oldest:
                _delete(path)

    def _write(self, waiting: Waiting) -> None:
        note = self._folder / f"{waiting.key}.json"
        draft = note.with_suffix(f".{secrets.token_hex(4)}")
        draft.write_text(json.dumps(asdict(waiting)), encoding="utf-8")
        draft.replace(note)


def _delete(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
