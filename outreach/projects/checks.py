"""What people type into forms about projects and results, checked and brought into one shape.

Every function returns the value to keep or raises Refusal in words for the person who typed it.
"""

import re
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email
from markdown_it.common.normalize_url import normalizeLink

from outreach.core.countries import country_code
from outreach.core.errors import Refusal

LONGEST_ADDRESS = 1_500
_BREAKS = re.compile(r"[\s\u0085\u2028\u2029]+")
_NOT_IN_AN_ADDRESS = re.compile(r"[^!#-&*-;=?-Z_a-z~]")
_BRACKETS = str.maketrans({"(": "%28", ")": "%29", "'": "%27"})
_DOI = re.compile(r"10\.\d{4,9}/[^\s<>\"]{1,180}")
_DOI_PREFIX = re.compile(r"^(https?://(dx\.)?doi\.org/|doi:\s*)", re.IGNORECASE)
_ROR_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32: neither i, l, o nor u."""
_ROR = re.compile(r"0[a-hj-km-np-tv-z0-9]{6}\d{2}")
_LIST_ID = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")


def one_line(text: str) -> str:
    """Return a text on one line; no break of any alphabet can end a mail header (S9)."""
    return _BREAKS.sub(" ", text).strip()


def https_address(text: str) -> str:
    """Return an https address with its host as an A-label; "" stays empty.

    A name or a password before the host is refused, since it disguises where the address leads.
    """
    if not text.strip():
        return ""
    address = normalizeLink(text.strip()).translate(_BRACKETS)
    try:
        parts = urlsplit(address)
        is_sound = parts.scheme == "https" and "." in (parts.hostname or "") and parts.port != 0
    except ValueError:
        is_sound = False
    if not is_sound or "@" in parts.netloc or _NOT_IN_AN_ADDRESS.search(address):
        raise Refusal(
            "Write a whole address that begins with https://, for example "
            "https://example.org/brief."
        )
    if len(address) > LONGEST_ADDRESS:
        raise Refusal(f"Use a shorter address, of at most {LONGEST_ADDRESS} characters.")
    return address


def mail_address(text: str) -> str:
    """Return an e-mail address in lower case; "" stays empty."""
    if not text.strip():
        return ""
    try:
        return validate_email(text.strip(), check_deliverability=False).normalized.lower()
    except EmailNotValidError as error:
        raise Refusal(f"This is no e-mail address: {error}") from error


def doi(text: str) -> str:
    """Return a DOI without its resolver (10.5281/zenodo.1234); "" stays empty."""
    bare = _DOI_PREFIX.sub("", text.strip())
    if bare and not _DOI.fullmatch(bare):
        raise Refusal("A DOI looks like 10.5281/zenodo.1234, with or without https://doi.org/.")
    return bare


def ror_id(text: str) -> str | None:
    """Return a ROR id as https://ror.org/0… (0, six characters, two check digits); None for none.

    The check digits are ISO 7064 over the number the characters stand for, so that a slip of the
    keyboard is noticed.
    """
    bare = text.strip().lower().removeprefix("https://").removeprefix("http://")
    bare = bare.removeprefix("www.").removeprefix("ror.org/").rstrip("/")
    if not bare:
        return None
    if not _ROR.fullmatch(bare):
        raise Refusal("A ROR id looks like https://ror.org/04b8v1s79.")
    number = 0
    for character in bare[1:7]:
        number = number * 32 + _ROR_DIGITS.index(character)
    if 98 - number * 100 % 97 != int(bare[7:]):
        raise Refusal(f"{bare} is no ROR id: its check digits do not fit. Copy it from ror.org.")
    return f"https://ror.org/{bare}"


def country(text: str) -> str | None:
    """Return an ISO 3166-1 alpha-2 code; takes the EU's EL and UK as GR and GB; None for none."""
    code = country_code(text)
    if text.strip() and code is None:
        raise Refusal("Choose a country, or give its two letters, for example BE.")
    return code


def list_id(text: str) -> str:
    """Return an RFC 2919 list identifier without its angle brackets, in lower case."""
    bare = text.strip().strip("<>").lower()
    if len(bare) > 200 or not _LIST_ID.fullmatch(bare):
        raise Refusal("A list identifier looks like results.example.org: words, hyphens and dots.")
    return bare
