"""E-mail addresses as we keep them: lower-case, the domain in ASCII, nothing that needs quoting."""

import re
import unicodedata
from functools import lru_cache

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from outreach.mail.addresses import BadAddress, wire_address

LONGEST = 254
_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_is_plain_name = re.compile(rf"{_ATOM}(?:\.{_ATOM})*+").fullmatch
_looks_like_a_domain = re.compile(rf"(?:{_LABEL}\.)+[a-z][a-z0-9-]{{0,61}}[a-z]").fullmatch
_SHARED_NAMES = (
    "info contact office mail post admin secretariat secretary reception hello enquiries press "
    "kontakt buero poststelle sekretariat presse accueil secretariaat onthaal bestuur kommunen "
    "postkasse contacto secretaria prensa communication communications team noreply no-reply "
    "webmaster support general"
)
_SHARED = frozenset(_SHARED_NAMES.split())
_SPECIAL = frozenset(SPECIAL_USE_DOMAIN_NAMES)


def is_acceptable(email: str) -> bool:
    """Say whether a lower-case ASCII address is surely one, without the slow full check.

    False means "not sure": `normalise` decides. The full check is 85 % of a naive import, and
    nearly every address of a real file passes here (measured).
    """
    name, _, domain = email.partition("@")
    return (
        len(email) <= LONGEST
        and len(name) <= 64
        and _is_plain_name(name) is not None
        and _is_plain_domain(domain)
    )


@lru_cache(8_192)
def _is_plain_domain(domain: str) -> bool:
    # Many people share a provider or an employer: their domain is looked at once.
    return (
        "--" not in domain
        and _looks_like_a_domain(domain) is not None
        and domain.rpartition(".")[2] not in _SPECIAL
    )


def is_shared(email: str) -> bool:
    """Say whether an address is an office's rather than a person's: info@, secretariat@, …"""
    return email.partition("@")[0] in _SHARED


def normalise(email: str) -> str:
    """Return `email` in lower case with its domain as A-labels.

    Raises BadAddress for anything a letter cannot be written to: quoted local parts, address
    literals, domains reserved for special use (RFC 6761), line breaks, more than 254 octets.
    """
    plain = email.strip().lower()
    if is_acceptable(plain):
        return plain
    if len(plain) > LONGEST:
        raise _bad(email, "It is longer than 254 characters.")
    try:
        found = validate_email(plain, check_deliverability=False, strict=True)
    except (EmailNotValidError, UnicodeError) as error:
        raise _bad(email, str(error)) from error
    local = unicodedata.normalize("NFC", found.local_part.lower())
    return wire_address(f"{local}@{(found.ascii_domain or found.domain).lower()}")


def masked(email: str | None) -> str:
    """Return an address as a page may show it to whoever holds a letter: a•••@e•••.org."""
    local, at, domain = (email or "").rpartition("@")
    if not at:
        return "•••"
    name, dot, ending = domain.rpartition(".")
    return f"{local[:1]}•••@{name[:1]}•••{dot}{ending}"


def _bad(email: str, why: str) -> BadAddress:
    return BadAddress(
        f"{email.strip()[:80]!r} is no address we can write to: {why}",
        "Write it like ada@example.org.",
    )
