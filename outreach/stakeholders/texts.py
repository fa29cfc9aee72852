"""Texts as we keep them: one line, no control characters, folded where they are searched."""

import re
import unicodedata

_CONTROLS = dict.fromkeys([*range(9), *range(14, 28), 127, 0xE000, 0xE001, 0xFEFF])
"""Control characters, and the two private ones that mark a letter's slots; what breaks a line is
left to `split`, which takes NEL and U+2028 as well."""
_ACCENTS = re.compile("[\u0300-\u034e\u0350-\u036f]")
"""Combining marks of European letters; U+034F between them is none."""

_ONE_WAY = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i",
     "-": " ", "‐": " ", "–": " ", ".": " ", "'": None, "’": None, "‘": None, "`": None, "´": None}
)  # fmt: skip
"""Letters that no accent makes, and marks that people set or leave out."""
_PARTICLES = frozenset(
    {"da", "das", "de", "del", "den", "der", "di", "do", "dos", "e", "la", "van", "von", "y"}
)


def one_line(text: str, length: int) -> str:
    """Return a text on one line, without control characters, at most `length` long."""
    if not text:
        return text
    # No control, private or lone character is printable, nor any space but the usual one.
    if text.isprintable() and "  " not in text and len(text) <= length:
        return text.strip()
    whole = text.encode("utf-8", "ignore").decode("utf-8")  # a lone surrogate is no text
    return " ".join(whole.translate(_CONTROLS).split())[:length].rstrip()


def folded(text: str) -> str:
    """Return a text in lower case and without accents: "Müller" and "muller" find each other."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold())
    # The usual accents at once: letter by letter is an import's slowest step in "Müller".
    if (usual := _ACCENTS.sub("", plain)).isascii():
        return usual
    return "".join(c for c in plain if not unicodedata.combining(c))


def sort_name_of(name: str, email: str) -> str:
    """Return what the list is ordered by, and whom it finds to have one name: else the address.

    However a name is written, it is one: "José NÚÑEZ", "Jose Nunez"; "Jean-Luc", "Jean Luc";
    "Jan van den Berg", "Jan Berg". Neither the first nor the last word is ever taken for a
    particle.
    """
    # An import asks for every row: most names are two words of letters, and done at once.
    plain = folded(name)
    if not (plain.isascii() and plain.replace(" ", "").isalnum()):
        plain = plain.translate(_ONE_WAY)
    words = plain.split()
    if len(words) > 2:
        between = (word for word in words[1:-1] if word not in _PARTICLES)
        words = [words[0], *between, words[-1]]
    return _cut(" ".join(words) or email, 254, octets=600)


def search_text_of(name: str, email: str, organisation: str) -> str:
    """Return what the list is searched by: all three in lower case and without accents."""
    return _cut(folded(f"{name} {email} {organisation}"), 660, octets=1_200)


def _cut(text: str, length: int, *, octets: int) -> str:
    """Cut a text so that both fit one index row: PostgreSQL takes 2,704 octets."""
    cut = text[:length]
    if cut.isascii():  # octets are no fewer than letters: nothing to cut
        return cut
    return cut.encode("utf-8", "ignore")[:octets].decode("utf-8", "ignore")
