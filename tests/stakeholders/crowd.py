"""A hundred thousand synthetic people with roles, tags and consents, written by Core statements."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, text

from outreach.core.db import transaction
from outreach.core.keys import KeyRing
from outreach.core.lookups import learn
from outreach.core.text import LocalText
from outreach.projects.models import Call, List, Network, Organisation, Project
from outreach.stakeholders.importing.running import MANY_CAME
from outreach.stakeholders.models import (
    Basis,
    Consent,
    ConsentEntry,
    ConsentState,
    Purpose,
    Role,
    Stakeholder,
    StakeholderRole,
    StakeholderTag,
    Suppression,
    SuppressionReason,
    Tag,
    Tier,
    mark,
)
from outreach.stakeholders.seeds import ROLES
from outreach.stakeholders.texts import search_text_of

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
COUNTRIES = ("BE", "NL", "DE", "FR", "DK", "ES", "IT", "PT", "SE", "PL")
LANGUAGES = ("en", "nl", "de", "fr", "da", "es")
GIVEN = ("Ada", "Ben", "Cleo", "Dora", "Emil", "Fatou", "Gijs", "Hana", "Ilse", "Jan")
FAMILY = ("Janssens", "de Vries", "Müller", "Dupont", "Jensen", "García", "Rossi", "Silva")
ORGANISATIONS = 5_000
LOG_SECONDS = 1.0


def populate(engine: Engine, count: int, ring: KeyRing) -> int:
    """Fill an empty, migrated database with `count` people; returns the list's id."""
    with transaction(engine) as connection:
        list_id = _surroundings(connection)
        role_ids = list(connection.scalars(select(Role.id).order_by(Role.position)))
        tag_ids = list(connection.scalars(select(Tag.id)))
    for start in range(0, count, 10_000):
        with transaction(engine) as connection:
            numbers = range(start + 1, min(start + 10_000, count) + 1)
            _people(connection, numbers, ring)
            _belongings(connection, numbers, role_ids, tag_ids, list_id)
    with engine.connect() as connection:
        connection.execute(text("ANALYZE"))
        connection.commit()
    return list_id


def settle(engine: Engine) -> None:
    """Leave thousands of people as an import does, which lets PostgreSQL look at them at its end.

    The embedded server writes its log a while after a commit, and marks no page as seen by
    everybody before that; one that keeps what it promised has done so by then.
    """
    time.sleep(LOG_SECONDS)
    learn(engine, *MANY_CAME)


def _surroundings(connection: Connection) -> int:
    connection.execute(
        insert(Role),
        [
            {
                "slug": seed.slug,
                "name": seed.name,
                "plural": seed.plural,
                "example": seed.example,
                "position": position,
                "is_public": seed.is_public,
            }
            for position, seed in enumerate(ROLES)
        ],
    )
    connection.execute(insert(Tag), [{"name": f"tag {n}"} for n in range(20)])
    connection.execute(
        insert(Organisation), [{"name": f"Organisation {n}"} for n in range(1, ORGANISATIONS + 1)]
    )
    title = LocalText(en="Bench")
    connection.execute(insert(Network), {"slug": "n", "name": title})
    connection.execute(insert(Call), {"slug": "c", "network_id": 1, "title": title})
    connection.execute(
        insert(Project), {"slug": "p", "call_id": 1, "acronym": "BENCH", "title": title}
    )
    made = connection.execute(
        insert(List).returning(List.id),
        {
            "slug": "bench",
            "project_id": 1,
            "name": title,
            "list_id": "bench.example.org",
            "controller": "Bench",
            "postal_address": "Main Street 1",
        },
    )
    return made.scalar_one()


def email_of(n: int) -> str:
    """Return the address of person `n`."""
    return f"{GIVEN[n % 10].lower()}.{n}@org{n % ORGANISATIONS}.example.org"


def _people(connection: Connection, numbers: range, ring: KeyRing) -> None:
    connection.execute(insert(Stakeholder), [_person(n, ring) for n in numbers])


def _chance(n: int, salt: int) -> int:
    """Return a number that says nothing about the name, between 0 and 9,999."""
    return (n * 2_654_435_761 + salt * 40_503) % 2**32 // 7_919 % 10_000


def _person(n: int, ring: KeyRing) -> dict[str, Any]:
    name = f"{GIVEN[n % 10]} {FAMILY[n * 7 % 8]} {n % 1000}"
    return {
        "id": n,
        "email": email_of(n),
        "fingerprint": ring.fingerprint(email_of(n)),
        "name": name,
        "given_name": GIVEN[n % 10],
        "sort_name": name.lower(),
        "search_text": search_text_of(name, email_of(n), f"Organisation {n % ORGANISATIONS + 1}"),
        "job_title": "Adviser",
        "organisation_id": n % ORGANISATIONS + 1,
        "country": COUNTRIES[_chance(n, 1) % 10],
        "language": LANGUAGES[n % 6],
        "tier": list(Tier)[n % 5] if n % 9 < 2 else None,
        "source": "Bench",
        "created_at": NOW,
        "updated_at": NOW,
    }


def _belongings(
    connection: Connection, numbers: range, roles: list[int], tags: list[int], list_id: int
) -> None:
    held = [
        {
            "stakeholder_id": n,
            "role_id": roles[(_chance(n, 2) + step) % 9],
            "since": NOW - timedelta(days=9),
        }
        for n in numbers
        for step in range(1 + (n % 4 == 0))
    ]
    connection.execute(insert(StakeholderRole), held)
    mark(connection, Stakeholder.id.between(numbers[0], numbers[-1]), now=NOW)
    connection.execute(
        insert(StakeholderTag),
        [{"stakeholder_id": n, "tag_id": tags[_chance(n, 3) % 20]} for n in numbers if n % 3 == 0],
    )
    standing = [_consent(n, list_id) for n in numbers if _chance(n, 4) % 20]
    connection.execute(insert(Consent), [{**row, "since": NOW} for row in standing])
    connection.execute(
        insert(ConsentEntry),
        [
            {**row, "source": "Bench", "actor": "bench", "recorded_at": NOW, "confirmed_at": NOW}
            for row in standing
        ],
    )


def _consent(n: int, list_id: int) -> dict[str, Any]:
    state = ConsentState.ACTIVE
    chance = _chance(n, 5)
    if chance % 25 == 1:
        state = ConsentState.WITHDRAWN
    elif chance % 50 == 2:
        state = ConsentState.PENDING
    return {
        "stakeholder_id": n,
        "list_id": list_id,
        "purpose": Purpose.NEWSLETTER,
        "state": state,
        "basis": Basis.UNKNOWN if chance % 40 == 3 else Basis.CONSENT,
    }


def suppress_some(engine: Engine, count: int, ring: KeyRing) -> None:
    """Put one person in fifty on the do-not-mail list."""
    rows = [
        {
            "fingerprint": ring.fingerprint(email_of(n)),
            "reason": SuppressionReason.BOUNCED,
            "actor": "bench",
            "since": NOW,
        }
        for n in range(1, count + 1, 50)
    ]
    with transaction(engine) as connection:
        connection.execute(insert(Suppression), rows)
