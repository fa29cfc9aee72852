"""The demo, loaded once and copied for each test, in the very layout `outreach demo` keeps."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from outreach import create_app
from outreach.cli.demo import demo_environment
from outreach.cli.service import prepare
from outreach.core.clock import now
from outreach.core.config import Settings, load_settings
from outreach.core.db import db
from outreach.demo.load import load
from tests.conftest import QUICK_HASH
from tests.databases import SqliteTemplate, made_once


def settings_of(home: Path) -> Settings:
    """Return the demo's settings in a folder of its own."""
    return load_settings(environment=demo_environment({"OUTREACH_INSTANCE": str(home)}, port=80))


def empty_demo(home: Path, migrated: SqliteTemplate, **outside: str) -> Flask:
    """Return a demo without its people, in `home`; migrating costs as much as a third of them."""
    home.mkdir(exist_ok=True)
    migrated.copy_to(home / "demo.sqlite")
    environment = demo_environment({"OUTREACH_INSTANCE": str(home), **outside}, port=80)
    app = create_app(
        load_settings(environment=environment), SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS=QUICK_HASH
    )
    prepare(app)
    return app


def _close(app: Flask) -> None:
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="session")
def demo_template(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: SqliteTemplate
) -> Path:
    """A folder with the loaded demo: making it takes seconds, copying it none."""
    with made_once(tmp_path_factory, "demo") as (home, is_made):
        if not is_made:
            shutil.rmtree(home, ignore_errors=True)  # half of it, by a worker that is gone
            app = empty_demo(home, sqlite_template)
            with app.app_context():
                load(app, now=now())
            _close(app)
    return home


@pytest.fixture
def demo_home(demo_template: Path, tmp_path: Path) -> Path:
    """A copy of the loaded demo, to be changed."""
    home = tmp_path / "home"
    shutil.copytree(demo_template, home)
    return home


@pytest.fixture
def demo(demo_home: Path) -> Iterator[Flask]:
    """The application over a loaded demo."""
    app = create_app(settings_of(demo_home), SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS=QUICK_HASH)
    app.config["TESTING"] = True
    yield app
    _close(app)
