"""Made-up readers: what each does with a letter, always the same, and what machines do before them.

The rates are plausible, not measured; they are synthetic, and the demo says so.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from outreach.core.signing import TokenKind
from outreach.mailings.models import LinkKind
from outreach.tracking.records import Face, HitRecord

SEED = 2021
LOOKS = {
    "policy-maker": 0.58,
    "politician": 0.44,
    "ngo": 0.62,
    "funder": 0.55,
    "practitioner": 0.60,
    "researcher": 0.66,
    "media": 0.40,
    "citizen": 0.48,
    "business": 0.36,
}
"""How many of a role look at the letter."""
FOLLOWS = 0.42
"""How many of those who look follow something."""
COMES_BACK = 0.2
HAS_SCANNER = 0.12
"""How many letters a mail scanner opens first, following every link within a second."""
HAS_PRIVACY_LOADING = 0.15
MOST_DAYS = 15
_DAYS = (0.55, 0.2, 0.09, 0.04, 0.04, 0.03, 0.02)
_PROGRAMS = ("chrome", "edge", "firefox", "safari", "outlook", "gmail-proxy")
_BROWSERS = ("chrome", "edge", "firefox", "safari")
_FAVOURITES = (0.5, 0.2, 0.12, 0.1, 0.08)
"""How the links of the letter are liked, in their order."""


@dataclass(frozen=True, slots=True)
class Held:
    """A letter in somebody's hands, as far as its measure token tells."""

    mailing_id: int
    kind: TokenKind
    number: int
    """The delivery of a personal token, the group of any other."""
    nonce: bytes
    role: str
    left_at: datetime


@dataclass(frozen=True, slots=True)
class Way:
    """A numbered link of the letter."""

    number: int
    kind: LinkKind

    @property
    def face(self) -> Face:
        """What following it looks like."""
        return Face.DOWNLOAD if self.kind is LinkKind.DOWNLOAD else Face.CLICK


def hits_of(letters: Sequence[Held], ways: Sequence[Way]) -> list[HitRecord]:
    """Return all that these letters bring, in the order of time."""
    dice = random.Random(SEED)  # noqa: S311 - a fixed crowd, no secret
    found = [record for letter in letters for record in _one(dice, letter, ways)]
    return sorted(found, key=lambda record: record.at)


def _one(dice: random.Random, letter: Held, ways: Sequence[Way]) -> Iterator[HitRecord]:
    if dice.random() < HAS_SCANNER:
        yield from _scanner(dice, letter, ways)
    if dice.random() < HAS_PRIVACY_LOADING:
        moment = letter.left_at + timedelta(seconds=dice.randint(20, 900))
        yield _hit(letter, Face.OPEN, moment, _visit(dice))._replace(family="apple-privacy")
    if dice.random() < LOOKS.get(letter.role, 0.5):
        yield from _person(dice, letter, ways)


def _scanner(dice: random.Random, letter: Held, ways: Sequence[Way]) -> Iterator[HitRecord]:
    begun, visit = letter.left_at + timedelta(seconds=dice.randint(1, 4)), _visit(dice)
    for place, way in enumerate(ways):
        moment = begun + timedelta(milliseconds=120 * place)
        hit = _hit(letter, way.face, moment, visit, way.number)
        yield hit._replace(method=dice.choice(("GET", "HEAD")))


def _person(dice: random.Random, letter: Held, ways: Sequence[Way]) -> Iterator[HitRecord]:
    moment, visit = _moment(dice, letter.left_at), _visit(dice)
    opened = _hit(letter, Face.OPEN, moment, visit)
    yield opened._replace(family=dice.choice(_PROGRAMS))
    if dice.random() >= FOLLOWS:
        return
    browser = dice.choice(_BROWSERS)
    for _ in range(dice.choice((1, 1, 1, 2))):
        moment += timedelta(seconds=dice.randint(15, 200))
        yield _followed(dice, letter, ways, moment, browser, visit)
    if dice.random() < COMES_BACK:
        later = moment + timedelta(hours=dice.randint(2, 70))
        yield _followed(dice, letter, ways, later, browser, _visit(dice))


def _followed(
    dice: random.Random,
    letter: Held,
    ways: Sequence[Way],
    moment: datetime,
    browser: str,
    visit: bytes,
) -> HitRecord:
    weights = [_FAVOURITES[min(place, len(_FAVOURITES) - 1)] for place in range(len(ways))]
    way = dice.choices(ways, weights)[0]
    return _hit(letter, way.face, moment, visit, way.number)._replace(family=browser)


def _moment(dice: random.Random, left_at: datetime) -> datetime:
    """Most look on the first day, within the hours after the letter came; a few weeks later."""
    weights = [*_DAYS, *[0.004] * (MOST_DAYS - len(_DAYS))]
    day = dice.choices(range(MOST_DAYS), weights)[0]
    hours = min(dice.expovariate(1 / 3), 12.0) if day == 0 else dice.uniform(-1.5, 9)
    return left_at + timedelta(days=day, hours=hours, seconds=dice.randint(30, 600))


def _visit(dice: random.Random) -> bytes:
    return dice.randbytes(8)


def _hit(
    letter: Held, face: Face, moment: datetime, visit: bytes, link_number: int = 0
) -> HitRecord:
    return HitRecord(
        at=moment,
        face=face,
        kind=letter.kind,
        mailing_id=letter.mailing_id,
        number=letter.number,
        nonce=letter.nonce,
        link_number=link_number,
        document_id=0,
        version_id=0,
        method="GET",
        is_prefetch=False,
        is_range=False,
        family="chrome",
        visit=b"" if letter.nonce else visit,
    )
