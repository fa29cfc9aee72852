"""Commands, run in this process against the test's own database."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from outreach import create_app
from outreach.cli import doctor, mailing, rebuild_figures, report, service, stakeholder, user
from outreach.cli.main import outreach
from outreach.core.config import Settings
from outreach.core.db import db
from outreach.core.state import state

Run = Callable[..., Result]


@pytest.fixture
def environment(app: Flask, database_uri: str, tmp_path: Path) -> dict[str, str]:
    """What a shell would set for the test's database; mail is caught, no server is needed."""
    here = state(app).settings
    return {
        "OUTREACH_INSTANCE": str(tmp_path),
        "OUTREACH_SQLALCHEMY_DATABASE_URI": database_uri,
        "OUTREACH_KEYS": str(here.keys_file),
        "OUTREACH_CATCHER": "1",
        "OUTREACH_BASE_URL": "http://localhost",
    }


@pytest.fixture
def run(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command as the console script does, without leaving this process."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    made: list[Flask] = []

    def make_app(*settings: Settings) -> Flask:
        made.append(create_app(*settings))
        return made[-1]

    for module in (doctor, mailing, rebuild_figures, report, service, stakeholder, user):
        monkeypatch.setattr(module, "create_app", make_app)

    def called(*arguments: object) -> Result:
        result = CliRunner().invoke(outreach, [str(argument) for argument in arguments])
        while made:
            with made.pop().app_context():
                db.engine.dispose()
        return result

    return called
