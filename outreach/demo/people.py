"""Made-up stakeholders: all roles and levels, eleven countries, six languages, always the same."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from outreach.core.slugs import slugify
from outreach.demo.texts import TOPIC_NAMES

T = TypeVar("T")
COUNT = 440
SEED = 2019


@dataclass(frozen=True)
class Person:
    """A made-up stakeholder; addresses end in example.org, which RFC 2606 reserves."""

    email: str
    name: str
    given_name: str
    organisation: str
    job_title: str
    country: str
    language: str
    roles: tuple[str, ...]
    tier: str | None
    is_measured: bool
    topics: tuple[str, ...]
    tags: tuple[str, ...]
    standing: str
    """"subscribed", or why no letter may leave: "pending", "left", "bounced", "unknown"."""


@dataclass(frozen=True)
class _Place:
    country: str
    language: str
    weight: int
    given: tuple[str, ...]
    family: tuple[str, ...]
    towns: tuple[str, ...]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


PLACES = (
    _Place("NL", "nl", 17, _words("Anouk Bram Femke Joost Lotte Maarten Sanne Thijs Daan"),
           _words("Dekker Hoekstra Kuipers Verhagen Brouwer Postma Meijer Visser"),
           _words("Lindehaven Nieuwmeer Oosterveld Waterwijk")),
    _Place("DK", "da", 15, _words("Astrid Emil Freja Jeppe Karen Lasse Mette Rasmus Signe Søren"),
           _words("Holm Lund Bæk Friis Dahl Krogh Mølgaard Skov"),
           _words("Bøgeby Fjordstad Nordhavnby Søndermark")),
    _Place("GB", "en", 17, _words("Aisha Callum Eilidh Fiona George Hannah Imran Morag Priya Tom"),
           _words("Abbott Campbell Fraser Hughes Iqbal Marsh Okafor Sinclair"),
           _words("Ashford-Vale Carrick Millbank Thornwick")),
    _Place("DE", "de", 13, _words("Anke Bernd Cem Dorothee Felix Greta Jonas Meike Sabine Uwe"),
           _words("Albrecht Brandt Çelik Hartmann Krüger Lorenz Seidel Vogt"),
           _words("Birkenstadt Hafenau Neuental Rosenheide")),
    _Place("FR", "fr", 9, _words("Amélie Bastien Chloé Damien Fatou Hélène Julien Margaux Noé Zoé"),
           _words("Aubry Benoît Carlier Fontaine Lefèvre Marchand Perrin Rousselle"),
           _words("Clairmont Pontvieux Rivière-Haute Valbrune")),
    _Place("BE", "fr", 6, _words("Arthur Camille Elise Lucas Manon Victor"),
           _words("Dumont Lambert Maes Peeters Renard Wouters"), _words("Bois-le-Pré Zandhoek")),
    _Place("ES", "es", 8, _words("Alba Carlos Elena Íñigo Jordi Lucía Marta Pablo Rocío Sergio"),
           _words("Alonso Bravo Cortés Ferrer Ibáñez Molina Navarro Vidal"),
           _words("Valdeoro Montealto Riofresco")),
    _Place("AT", "de", 4, _words("Brigitte Clemens Elisabeth Florian Theresa"),
           _words("Gruber Leitner Moser Pichler Steiner"), _words("Auental Lindbach")),
    _Place("SE", "en", 5, _words("Agnes Björn Elsa Henrik Linnéa"),
           _words("Åberg Ekström Lindqvist Nyman Sjöberg"), _words("Sjövik Granstad")),
    _Place("PL", "en", 4, _words("Agnieszka Jakub Łukasz Magdalena Zofia"),
           _words("Kowalczyk Lis Mazur Wrona Zając"), _words("Lipowo Nowadolina")),
    _Place("IE", "en", 2, _words("Aoife Ciarán Niamh Oisín"), _words("Byrne Keane Nolan Quinn"),
           _words("Ballyford")),
)  # fmt: skip

_ROLES = (
    (
        "policy-maker",
        26,
        ("Head of urban policy", "Policy officer, neighbourhoods", "Programme lead"),
    ),
    ("politician", 14, ("Councillor", "Alderman for housing", "Member of parliament", "Adviser")),
    ("ngo", 17, ("Director", "Community organiser", "Advocacy officer")),
    ("funder", 8, ("Programme manager", "Grants officer")),
    ("practitioner", 12, ("Neighbourhood worker", "Social designer", "Housing officer")),
    ("researcher", 11, ("Associate professor", "PhD candidate", "Research fellow")),
    ("media", 3, ("Editor", "Freelance journalist")),
    ("citizen", 5, ("", "Volunteer")),
    ("business", 4, ("Consultant", "Head of social housing")),
)
_PUBLIC = {"policy-maker", "politician"}
_TIERS = (("municipality", 48), ("region", 18), ("country", 18), ("eu", 11), ("international", 5))
_AUTHORITIES = {
    "municipality": "City of {town}",
    "region": "Region around {town}",
    "country": "Ministry for cities {country}",
    "eu": "European urban directorate",
    "international": "International habitat office",
}
_ORGANISATIONS = {
    "ngo": "Neighbours of {town}",
    "funder": "Foundation for cities {country}",
    "practitioner": "Community house {town}",
    "researcher": "University of {town}",
    "media": "{town} Courier",
    "citizen": "Residents of {town}",
    "business": "{town} Housing",
}
TOPICS = tuple(topic.pick() for topic in TOPIC_NAMES)
TAGS = (("Forum 2026", 0.12), ("Advisory board", 0.03))
_SECOND_ROLE = {"practitioner": "ngo", "researcher": "practitioner", "citizen": "ngo"}
_STANDINGS = (("subscribed", 915), ("left", 30), ("pending", 20), ("unknown", 20), ("bounced", 15))


def people() -> list[Person]:
    """Return the same made-up stakeholders on every call."""
    dice = random.Random(SEED)  # noqa: S311 - a fixed cast, no secret
    return [_person(dice, number) for number in range(1, COUNT + 1)]


def _person(dice: random.Random, number: int) -> Person:
    place = _pick(dice, [(place, place.weight) for place in PLACES])
    role, titles = _pick(dice, [((slug, titles), weight) for slug, weight, titles in _ROLES])
    tier = _pick(dice, _TIERS) if role in _PUBLIC else None
    given, family = dice.choice(place.given), dice.choice(place.family)
    organisation = _organisation(role, tier, place, dice.choice(place.towns))
    standing = _pick(dice, _STANDINGS)
    return Person(
        email=f"{slugify(given)}.{slugify(family)}{number}@{slugify(organisation)}.example.org",
        name=f"{given} {family}",
        given_name=given,
        organisation=organisation,
        job_title=dice.choice(titles),
        country=place.country,
        language=_language(dice, place),
        roles=_roles(dice, role),
        tier=tier,
        is_measured=standing == "subscribed" and dice.random() < 0.11,
        **_labels(number),
        standing=standing,
    )


def _pick(dice: random.Random, weighted: Sequence[tuple[T, int]]) -> T:
    return dice.choices([thing for thing, _ in weighted], [weight for _, weight in weighted])[0]


def _language(dice: random.Random, place: _Place) -> str:
    if place.country == "BE" and dice.random() < 0.5:
        return "nl"
    return place.language if dice.random() < 0.85 else "en"


def _roles(dice: random.Random, role: str) -> tuple[str, ...]:
    second = _SECOND_ROLE.get(role)
    return (role, second) if second and dice.random() < 0.25 else (role,)


def _labels(number: int) -> dict[str, tuple[str, ...]]:
    """Return what one asked to hear about, and staff's private marks."""
    dice = random.Random(SEED + number)  # noqa: S311 - of its own: others keep their luck
    topics = dice.sample(TOPICS, dice.choice((0, 1, 1, 2)))
    return {
        "topics": tuple(sorted(topics)),
        "tags": tuple(tag for tag, share in TAGS if dice.random() < share),
    }


def _organisation(role: str, tier: str | None, place: _Place, town: str) -> str:
    if tier:
        return _AUTHORITIES[tier].format(town=town, country=place.country)
    return _ORGANISATIONS[role].format(town=town, country=place.country)
