"""The key ring: one file of separate keys for sessions, tokens, fingerprints and secrets at rest.

Each purpose holds numbered keys; the highest number makes new tokens, older ones still redeem. The
fingerprint key is never rotated silently: without the old one every opt-out kept as a fingerprint
would be forgotten. The file is made once, readable by its owner alone.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from outreach.core.errors import ConfigurationError
from outreach.core.macs import Mac

KEY_BYTES = 32


class KeyPurpose(StrEnum):
    """What a key may be used for; no key serves two purposes."""

    SESSION = "session"
    TOKEN = "token"  # noqa: S105 - the name of a purpose, not a secret
    FINGERPRINT = "fingerprint"
    SECRET = "secret"  # noqa: S105 - the name of a purpose, not a secret


@dataclass(frozen=True)
class KeyRing:
    """The keys of one installation: {purpose: {number: key}}."""

    keys: dict[KeyPurpose, dict[int, bytes]]

    def current(self, purpose: KeyPurpose) -> tuple[int, bytes]:
        """Return the number and the key that make new tokens."""
        number = max(self.keys[purpose])
        return number, self.keys[purpose][number]

    def key(self, purpose: KeyPurpose, number: int) -> bytes | None:
        """Return a key by its number, or None when the ring has no such key."""
        return self.keys[purpose].get(number)

    def fingerprint(self, text: str) -> str:
        """Return the keyed fingerprint (64 hexadecimal digits) of a normalised address."""
        return self._fingerprints.digest(text.encode()).hex()

    @cached_property
    def _fingerprints(self) -> Mac:
        _, key = self.current(KeyPurpose.FINGERPRINT)
        return Mac(key, hashlib.sha256)

    def derive(self, purpose: KeyPurpose, label: str) -> str:
        """Return a secret for a library (hexadecimal), derived from the current key and a label."""
        _, key = self.current(purpose)
        return hmac.new(key, label.encode(), hashlib.sha256).hexdigest()


def new_ring() -> KeyRing:
    """Return a ring with one fresh key for each purpose."""
    return KeyRing({purpose: {1: secrets.token_bytes(KEY_BYTES)} for purpose in KeyPurpose})


def read_ring(path: Path) -> KeyRing:
    """Read a ring; raises ConfigurationError when the file is missing or damaged."""
    try:
        stored = json.loads(path.read_text(encoding="ascii"))
        keys = {
            purpose: {
                int(number): base64.b64decode(key, validate=True)
                for number, key in stored[purpose].items()
            }
            for purpose in KeyPurpose
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigurationError(
            f"The key ring {path} cannot be read ({error}). Restore it from your backup: without "
            "it no link in a letter works and no opt-out of an erased person is recognised."
        ) from error
    if not all(_is_sound(numbered) for numbered in keys.values()):
        raise ConfigurationError(
            f"The key ring {path} is damaged. Restore it from your backup; do not make a new one "
            "for an existing database."
        )
    return KeyRing(keys)


def _is_sound(numbered: dict[int, bytes]) -> bool:
    return bool(numbered) and all(
        0 < number < 16 and len(key) == KEY_BYTES for number, key in numbered.items()
    )


def make_ring(path: Path) -> KeyRing:
    """Write a new ring unless one is there already, and return the one that stands in the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    ring = new_ring()
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        json.dump(_as_json(ring), file)
        file.flush()
        os.fsync(file.fileno())
    try:
        # A link, unlike a rename, never replaces a ring that another process has just made.
        os.link(draft, path)
    except FileExistsError:
        return read_ring(path)
    finally:
        draft.unlink()
    return ring


def _as_json(ring: KeyRing) -> dict[str, dict[str, str]]:
    return {
        purpose: {str(number): base64.b64encode(key).decode() for number, key in numbered.items()}
        for purpose, numbered in ring.keys.items()
    }
