"""DKIM signatures (RFC 6376, RFC 8463), relaxed/relaxed, for those whose relay does not sign.

From is signed once more than it occurs, so that no second one can be added; there is no `l=`, so
that nothing can be appended; and the headers for leaving with one click are signed, as RFC 8058
asks. Our letters are nearly canonical as they are, which is looked at before anything is rewritten.
"""

import base64
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

from outreach.core.errors import ConfigurationError, Conflict
from outreach.mail.letter import Letter

SIGNED = (
    "from", "to", "subject", "date", "message-id", "reply-to", "list-id", "list-unsubscribe",
    "list-unsubscribe-post", "mime-version", "content-type", "auto-submitted",
)  # fmt: skip
RSA_BITS = 2048
_RUNS = re.compile(rb"[ \t]+")


class Algorithm(StrEnum):
    """How a key signs; the names of RFC 6376 and RFC 8463."""

    RSA = "rsa-sha256"
    ED25519 = "ed25519-sha256"


@dataclass(frozen=True)
class DkimKey:
    """A private key, and where receivers find the public one."""

    domain: str
    selector: str
    algorithm: Algorithm
    private: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey

    @property
    def record_name(self) -> str:
        """The name of the DNS record."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def record(self) -> str:
        """The text of the DNS record."""
        public = self.private.public_key()
        if isinstance(public, ed25519.Ed25519PublicKey):
            kind, raw = "ed25519", public.public_bytes_raw()
        else:
            kind = "rsa"
            raw = public.public_bytes(
                serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        return f"v=DKIM1; k={kind}; p={base64.b64encode(raw).decode()}"

    def sign(self, octets: bytes) -> bytes:
        """Return the signature of canonical headers."""
        if isinstance(self.private, ed25519.Ed25519PrivateKey):
            return self.private.sign(sha256(octets).digest())
        return self.private.sign(octets, padding.PKCS1v15(), hashes.SHA256())


class DkimSigner:
    """Signs letters whose From is of a domain (or below one) it has keys for."""

    def __init__(self, keys: Sequence[DkimKey]) -> None:
        self._keys = keys

    def signed(self, letter: Letter) -> Letter:
        """Return the letter with its signatures in front; as it is without a key for its From."""
        end = letter.data.find(b"\r\n\r\n")
        head = letter.data[:end] if end >= 0 else letter.data
        fields = _fields(head)
        keys = [key for key in self._keys if _is_of(fields.get("from", [b""])[-1], key.domain)]
        if not keys:
            return letter
        hashed = _body_hash(letter.data, len(head) + 4, is_canonical=letter.is_canonical)
        digest = base64.b64encode(hashed).decode()
        signatures = [_signature(key, fields, digest) for key in keys]
        return letter._replace(data=b"".join([*signatures, letter.data]))


def read_keys(path: Path) -> tuple[DkimKey, ...]:
    """Read the file `outreach dkim make` wrote; raises ConfigurationError."""
    try:
        rows = json.loads(path.read_text(encoding="ascii"))
        return tuple(_read_key(row) for row in rows)
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"OUTREACH_DKIM is set, but there is no {path}. Run `outreach dkim make DOMAIN`."
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(f"The DKIM keys {path} cannot be read: {error}") from error


@lru_cache(maxsize=8)
def signer_of(path: Path) -> DkimSigner:
    """Return the signer of a key file, read once in the life of a process."""
    return DkimSigner(read_keys(path))


def make_keys(path: Path, domain: str, selector: str) -> tuple[DkimKey, ...]:
    """Add a pair of keys (RSA-2048 and Ed25519) for a domain; raises Conflict for a known one."""
    known = read_keys(path) if path.exists() else ()
    if any((key.domain, key.selector) == (domain, selector) for key in known):
        raise Conflict(
            f"There are keys {selector} for {domain} already.", "Choose another --selector."
        )
    made = (
        DkimKey(domain, selector, Algorithm.RSA, rsa.generate_private_key(65537, RSA_BITS)),
        DkimKey(domain, f"{selector}-ed", Algorithm.ED25519, ed25519.Ed25519PrivateKey.generate()),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        json.dump([_as_row(key) for key in (*known, *made)], file, indent=1)
    draft.replace(path)
    return made


def _as_row(key: DkimKey) -> dict[str, str]:
    private = key.private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return {
        "domain": key.domain,
        "selector": key.selector,
        "algorithm": key.algorithm.value,
        "private": private.decode("ascii"),
    }


def _read_key(row: Mapping[str, str]) -> DkimKey:
    private = serialization.load_pem_private_key(row["private"].encode("ascii"), None)
    if not isinstance(private, rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey):
        raise ValueError("a key is neither RSA nor Ed25519")
    return DkimKey(row["domain"], row["selector"], Algorithm(row["algorithm"]), private)


def _signature(key: DkimKey, fields: Mapping[str, list[bytes]], digest: str) -> bytes:
    # The From named a second time is the one that is not there (RFC 6376 §8.15).
    names = [*(name for name in SIGNED for _ in fields.get(name, ())), "from"]
    canonical = [
        _canonical(name, value) for name in SIGNED for value in reversed(fields.get(name, ()))
    ]
    head = (
        f"v=1; a={key.algorithm}; c=relaxed/relaxed; d={key.domain}; s={key.selector};\r\n"
        f" h={':'.join(names[:6])}:\r\n {':'.join(names[6:])};\r\n bh={digest};\r\n b="
    ).encode("ascii")
    own = _canonical("dkim-signature", head)[:-2]
    mark = base64.b64encode(key.sign(b"".join(canonical) + own))
    folded = b"\r\n ".join(mark[start : start + 72] for start in range(0, len(mark), 72))
    return b"DKIM-Signature: " + head + folded + b"\r\n"


def _fields(head: bytes) -> dict[str, list[bytes]]:
    unfolded = head.replace(b"\r\n ", b" ").replace(b"\r\n\t", b" ")
    found: dict[str, list[bytes]] = {}
    for line in unfolded.split(b"\r\n"):
        name, _, value = line.partition(b":")
        found.setdefault(name.decode("ascii", "replace").strip().lower(), []).append(value)
    return found


@lru_cache(maxsize=256)
def _canonical(name: str, value: bytes) -> bytes:
    """Return a header in its relaxed form; most are the same in all letters of a mailing."""
    unfolded = value.replace(b"\r\n", b"")
    return name.encode("ascii") + b":" + _RUNS.sub(b" ", unfolded).strip() + b"\r\n"


def _body_hash(data: bytes, begins: int, *, is_canonical: bool) -> bytes:
    """Hash the body where it stands, if it is canonical; it is most of a letter, and not copied."""
    is_ended_once = data.endswith(b"\r\n") and not data.endswith(b"\r\n\r\n")
    if is_canonical and is_ended_once and begins + 2 < len(data):
        return sha256(memoryview(data)[begins:]).digest()
    return sha256(_canonical_body(data[begins:], is_canonical=is_canonical)).digest()


def _canonical_body(body: bytes, *, is_canonical: bool) -> bytes:
    if not is_canonical:
        body = body.replace(b"\t", b" ")
        while b"  " in body:
            body = body.replace(b"  ", b" ")
        body = body.replace(b" \r\n", b"\r\n")
    stripped = body.rstrip(b"\r\n")
    return stripped + b"\r\n" if stripped else b""


def _is_of(sender: bytes, domain: str) -> bool:
    address = sender.rpartition(b"@")[2].strip(b" >\r\n\t").decode("ascii", "replace").lower()
    return address == domain or address.endswith(f".{domain}")
