"""Benchmark of people: an import of a hundred thousand rows, the list's page, counts of audiences.

    python -m tests.bench.people [--count 1000000] [--database sqlite]

Each database is measured in a process of its own, so that the peak of memory is its own. The file
has a role, tags, a country and an organisation in every row, 2 % doubled addresses and 0.5 % that
are none; a consent and the change set are written with each person. PostgreSQL is the tests'
embedded server, which forgets durability: trust CPU and ratios there. Times are medians.
"""

import csv
import multiprocessing
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import click
from flask import Flask
from sqlalchemy.orm import Session

from outreach import create_app
from outreach.core.db import db, transaction
from outreach.core.state import state
from outreach.mailings.audience import Audience
from outreach.mailings.audience import count as audience_count
from outreach.stakeholders.facets import counts
from outreach.stakeholders.filtering import PeopleFilter
from outreach.stakeholders.importing.mapping import chosen
from outreach.stakeholders.importing.reading import recognise
from outreach.stakeholders.importing.reports import Batch
from outreach.stakeholders.importing.running import run
from outreach.stakeholders.models import Basis, Tier
from outreach.stakeholders.roles import seed_roles
from outreach.stakeholders.segments.numbers import number_selected
from outreach.stakeholders.segments.rules import Rule
from outreach.stakeholders.status import Status
from tests.cast import make_cast
from tests.databases import PostgresTemplate, SqliteTemplate, postgres_server, settings_for
from tests.factories import Factory
from tests.stakeholders.crowd import COUNTRIES, FAMILY, GIVEN, NOW, email_of, populate, settle

PAGES = {
    "first page": "",
    "search": "?q=dora+muller",
    "role and country": "?role=ngo&country=BE",
    "tag and status": "?tag=3&status=left",
    "level, three roles": "?level=eu&role=ngo&role=politician&role=funder",
}
FILTERS = {
    "everything": PeopleFilter(),
    "role and country": PeopleFilter(roles=("ngo",), countries=("BE",)),
    "tag and status": PeopleFilter(tags=(3,), statuses=(Status.LEFT,)),
}
Asked = dict[str, object]
ROLES = ["ngo", "politician", "policy-maker", "funder", "researcher", "media"]
COUNTRY: Asked = {"kind": "country", "values": ["BE", "NL"]}
LEVEL: Asked = {"kind": "level", "values": ["eu", "country"]}
TAGS: Asked = {"kind": "tag", "values": ["3", "4", "5"]}
MANY_TAGS: Asked = {"kind": "tag", "values": [str(n) for n in range(1, 11)]}
ONE_ROLE: Asked = {"kind": "role", "values": ROLES[:1]}
THREE_ROLES: Asked = {"kind": "role", "values": ROLES[:3]}
SIX_ROLES: Asked = {"kind": "role", "values": ROLES}
NOT: Asked = {"is_not": True}
SEGMENTS: dict[str, tuple[Asked, ...]] = {
    "one role": (ONE_ROLE,),
    "three roles": (THREE_ROLES,),
    "six roles": (SIX_ROLES,),
    "not a role": (ONE_ROLE | NOT,),
    "not a country": (COUNTRY | NOT,),
    "a level": (LEVEL,),
    "three tags": (TAGS,),
    "ten tags": (MANY_TAGS,),
    "none of three tags": (TAGS | NOT,),
    "none of ten tags": (MANY_TAGS | NOT,),
    "role, country, tag, level": (THREE_ROLES, COUNTRY, TAGS, LEVEL | NOT),
    "six roles, a country": (SIX_ROLES, COUNTRY),
    "six roles, a level": (SIX_ROLES, LEVEL),
    "six roles, ten tags": (SIX_ROLES, MANY_TAGS),
    "six roles, none of three tags": (SIX_ROLES, TAGS | NOT),
    "six roles, none of ten tags": (SIX_ROLES, MANY_TAGS | NOT),
    "no role, country, tag, level": tuple(one | NOT for one in (SIX_ROLES, COUNTRY, TAGS, LEVEL)),
    "may get the list": ({"kind": "gets", "values": ["1"]},),
}
EITHER: dict[str, tuple[Asked, ...]] = {
    "six roles or a country": (SIX_ROLES, COUNTRY),
    "a country or a level": (COUNTRY, LEVEL),
    "three roles or tags": (THREE_ROLES, TAGS),
    "six roles, ten tags or a level": (SIX_ROLES, MANY_TAGS, LEVEL),
}
AUDIENCES = {
    "one role": Audience(role_ids=(3,)),
    "three roles, a country": Audience(role_ids=(1, 2, 3), countries=("BE",)),
    "public roles of a level": Audience(role_ids=(1, 2), tiers=(Tier.EU,)),
}


def write_file(path: Path, count: int) -> None:
    """Write the file that is imported."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("email", "name", "role", "tags", "country", "organisation"))
        for n in range(1, count + 1):
            email = email_of(n - 1 if n % 50 == 0 else n) if n % 200 else "not an address"
            name = f"{GIVEN[n % 10]} {FAMILY[n * 7 % 8]} {n % 1000}"
            role = ("ngo", "politician", "funder; NGO", "Policy-maker")[n % 4]
            tag = f"tag {n % 20}"
            writer.writerow((email, name, role, tag, COUNTRIES[n % 10], f"Org {n % 5_000}"))


def measure_import(app: Flask, folder: Path, count: int) -> None:
    """Import the file into an empty database, and once more when all are known."""
    write_file(folder / "people.csv", count)
    make = Factory(app, now=NOW)
    make.project()
    before = _peak()
    with app.app_context():
        with transaction() as session:
            seed_roles(session)
        _import(folder / "people.csv", count, "import")
        _import(folder / "people.csv", count, "the same again")
    click.echo(f"  {'peak memory of the process':34} {_peak():8.0f} MB (before {before:.0f})")


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _import(path: Path, count: int, name: str) -> None:
    started, spent = time.perf_counter(), time.process_time()
    table = recognise(path)
    batch = Batch(path, table, chosen(table.header, ()), Basis.CONSENT, "Bench", list_id=1)
    report = run(db.session(), db.engine, batch, ring=state().ring, now=NOW, actor="bench")
    took, cpu = time.perf_counter() - started, time.process_time() - spent
    done = ", ".join(f"{n:,} {fate}" for fate, n in report.counts.items())
    click.echo(
        f"  {name:34} {count / took:8,.0f} rows/s {cpu / count * 1e6:6.1f} us CPU a row ({done})"
    )


def measure_pages(app: Flask) -> None:
    """Ask for the list as a browser would, with its counts after it."""
    client = make_cast(Factory(app, now=NOW)).ada
    for name, query in PAGES.items():
        _print(f"page: {name}", partial(client.get, f"/staff/stakeholders{query}"))
    for name, query in PAGES.items():
        _print(f"counts: {name}", partial(client.get, f"/staff/stakeholders/counts{query}"))


def measure_counts(session: Session, list_id: int) -> None:
    """Count audiences, and all that stands beside the filters."""
    for name, audience in AUDIENCES.items():
        _print(f"audience: {name}", partial(audience_count, session, audience, list_id, NOW))
    for match, segments in (("all", SEGMENTS), ("any", EITHER)):
        for name, conditions in segments.items():
            group = {"match": match, "conditions": conditions}
            rule = Rule.model_validate({"groups": [group]})
            _print(f"segment: {name}", partial(number_selected, session, rule, NOW))
    for name, wanted in FILTERS.items():
        _print(f"facets: {name}", partial(counts, session, wanted, now=NOW))


def _print(name: str, act: Callable[[], object], times: int = 9) -> None:
    act()
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        act()
        taken.append((time.perf_counter() - started) * 1000)
    click.echo(f"  {name:34} {statistics.median(taken):8.1f} ms (slowest {max(taken):.1f})")


@contextmanager
def empty_databases(kind: str, folder: Path) -> Iterator[tuple[str, str]]:
    """Give the addresses of two empty, migrated databases."""
    for name in ("one", "two"):
        (folder / name).mkdir()
    with ExitStack() as stack:
        if kind == "sqlite":
            # Migrating takes 20 MB, which no import has beside it: in a process of its own.
            file = folder / "template.sqlite"
            making = multiprocessing.get_context("spawn").Process(
                target=SqliteTemplate.migrated, args=(file,)
            )
            making.start()
            making.join()
            template = SqliteTemplate(file)
            yield tuple(  # type: ignore[misc]  # two of them
                stack.enter_context(template.copy(folder / name)) for name in ("one", "two")
            )
            return
        server = stack.enter_context(postgres_server())
        templates = [PostgresTemplate(server, folder / f"template-{n}") for n in range(2)]
        for each in templates:
            stack.callback(each.close)
        yield tuple(stack.enter_context(t.copy(folder)) for t in templates)  # type: ignore[misc]  # two


def _app(uri: str, folder: Path) -> Flask:
    return create_app(settings_for(uri, folder, catcher=True, base_url="http://localhost"))


def measure(kind: str, count: int) -> None:
    """Measure one kind of database in this process."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with empty_databases(kind, folder) as (first, second):
            click.echo(f"{kind}, {count:,} people")
            app = _app(first, folder / "one")
            measure_import(app, folder, count)
            _close(app)
            crowded = _app(second, folder / "two")
            with crowded.app_context():
                list_id = populate(db.engine, count, state().ring)
                settle(db.engine)
                db.session.remove()
                measure_counts(db.session(), list_id)
            measure_pages(crowded)
            _close(crowded)


def _close(app: Flask) -> None:
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@click.command()
@click.option("--count", default=100_000, show_default=True)
@click.option("--database", type=click.Choice(["sqlite", "postgresql"]))
def main(count: int, database: str | None) -> None:
    """Measure one database, or each in a process of its own."""
    if database:
        measure(database, count)
        return
    for kind in ("sqlite", "postgresql"):
        command = [sys.executable, "-m", "tests.bench.people", f"--count={count}"]
        subprocess.run([*command, f"--database={kind}"], check=True)


if __name__ == "__main__":
    main()
