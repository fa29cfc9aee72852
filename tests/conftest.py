"""The fixtures all tests share: two databases, an application, the fixed cast, a still clock."""

import gc
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings
from sqlalchemy.orm import Session

from outreach import create_app
from outreach.core.collecting import without_collecting
from outreach.core.db import db
from outreach.core.extras import late
from tests.cast import Cast, make_cast
from tests.databases import (
    PostgresTemplate,
    SqliteTemplate,
    folder_of_run,
    made_once,
    postgres_server,
    settings_for,
)
from tests.factories import Factory
from tests.quick_apps import make_apps_quickly, share_templates
from tests.quick_collecting import import_in_turn
from tests.quick_connections import keep_connections

if TYPE_CHECKING:
    from playwright.sync_api import Browser

browsers = late("tests.web.style_guide.browser")
make_apps_quickly()
keep_connections()
# No test fails because a machine is slow; what hangs meets the time-out.
settings.register_profile("outreach", deadline=None)
settings.load_profile("outreach")
DATABASES = ("sqlite", "postgresql")
QUICK_HASH = {"argon2__rounds": 1, "argon2__memory_cost": 8, "argon2__parallelism": 1}
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Iterator[None]:
    """Begin with the modules no other worker begins with; pytest goes on as always."""
    with without_collecting():
        import_in_turn(session.config)
        return (yield)


def pytest_collection_finish() -> None:
    """Modules and tests stay until the end: the collector need not look at them again and again."""
    gc.collect()
    gc.freeze()
    # At Python's own thresholds a quarter of the suite's time went into looking for cycles.
    gc.set_threshold(100_000, 20, 20)


@pytest.fixture(scope="session", autouse=True)
def _shared_templates(tmp_path_factory: pytest.TempPathFactory) -> None:
    share_templates(folder_of_run(tmp_path_factory) / "templates")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> SqliteTemplate:
    with made_once(tmp_path_factory, "template.sqlite") as (file, is_made):
        return SqliteTemplate(file) if is_made else SqliteTemplate.migrated(file)


@pytest.fixture(scope="session")
def postgres_template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresTemplate]:
    with postgres_server() as uri:
        template = PostgresTemplate(uri, tmp_path_factory.mktemp("postgres") / "template")
        yield template
        template.close()


@pytest.fixture(params=DATABASES)
def database_uri(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh, migrated database; every test that asks for it runs on both kinds."""
    template = request.getfixturevalue(
        "sqlite_template" if request.param == "sqlite" else "postgres_template"
    )
    with template.copy(tmp_path) as uri:
        yield uri


@pytest.fixture
def app(database_uri: str, tmp_path: Path) -> Iterator[Flask]:
    """An application on a fresh database, with the catcher in the place of an SMTP server."""
    application = create_app(
        settings_for(database_uri, tmp_path, catcher=True, base_url="http://localhost"),
        SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS=QUICK_HASH,
    )
    application.config["TESTING"] = True
    application.config["PROPAGATE_EXCEPTIONS"] = False
    yield application
    with application.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def context(app: Flask) -> Iterator[None]:
    """An application context around the test, for services that are called directly."""
    with app.app_context():
        yield


@pytest.fixture
def session(context: None) -> Session:
    """The reading session; writes go through `transaction()`."""
    return db.session()


@pytest.fixture(scope="session")
def started_browser() -> Iterator["Browser"]:
    """A Chromium for all tests of a worker: starting one takes a second of the machine."""
    with browsers.chromium() as started:
        yield started


@pytest.fixture
def browser(started_browser: "Browser") -> Iterator["Browser"]:
    """A Chromium in which no page of another test is open, and none stays."""
    yield started_browser
    for context in started_browser.contexts:
        context.close()


@pytest.fixture
def make(app: Flask) -> Factory:
    """Makes stakeholders, results, mailings, …: `make.stakeholder(role="ngo")`."""
    return Factory(app, now=NOON)


@pytest.fixture
def now() -> datetime:
    """The tests' moment: Monday 2 March 2026, noon, UTC."""
    return NOON


@pytest.fixture
def visitor(app: Flask) -> FlaskClient:
    """Somebody who is not signed in."""
    return app.test_client()


@pytest.fixture
def cast(make: Factory) -> Cast:
    """Ada edits, Ben is a partner, Cleo a partner of another project, Dora administers."""
    return make_cast(make)
