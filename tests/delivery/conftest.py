"""The delivery room's own fixtures."""

from pathlib import Path

import pytest
from flask import Flask

from tests.delivery.kit import Kit
from tests.factories import Factory
from tests.mail.smtp_server import smtp_server

__all__ = ["kit", "smtp_server"]


@pytest.fixture
def kit(app: Flask, make: Factory, database_uri: str, tmp_path: Path) -> Kit:
    """Makes mailings with their people, and tells what became of them."""
    return Kit(app, make, database_uri, tmp_path)
