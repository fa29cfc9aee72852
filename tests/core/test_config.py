"""Settings: environment over file, every mistake named at once, nothing half started."""

from pathlib import Path

import pytest

from outreach.core.config import TrackingMode, load_settings
from outreach.core.errors import ConfigurationError


def test_without_any_setting_it_is_sqlite_and_unlinked(tmp_path: Path) -> None:
    settings = load_settings(environment={}, instance=tmp_path)

    assert settings.database_uri == f"sqlite:///{tmp_path}/outreach.sqlite"
    assert settings.tracking is TrackingMode.UNLINKED
    assert not settings.can_send


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('tracking = "off"\nbase_url = "https://file.example.org"')

    settings = load_settings(environment={"OUTREACH_TRACKING": "shared"}, instance=tmp_path)

    assert settings.tracking is TrackingMode.SHARED
    assert settings.base_url == "https://file.example.org"


def test_all_mistakes_are_named_in_one_message(tmp_path: Path) -> None:
    environment = {
        "OUTREACH_MAIL_PORT": "many",
        "OUTREACH_BASE_URL": "outreach.example.org/app",
        "OUTREACH_TRACKING": "everything",
        "OUTREACH_TYPO": "1",
        "OUTREACH_TRUSTED_PROXIES": "10.0.0.1, proxy",
    }

    with pytest.raises(ConfigurationError) as refusal:
        load_settings(environment=environment, instance=tmp_path)

    for name in environment:
        assert name in str(refusal.value)


def test_what_is_malformed_does_not_hide_what_does_not_fit_together(tmp_path: Path) -> None:
    environment = {
        "OUTREACH_MAIL_PORT": "many",
        "OUTREACH_MAIL_SERVER": "smtp.example.org",
        "OUTREACH_MAIL_USERNAME": "somebody",
        "OUTREACH_MAIL_DEFAULT_SENDER": "nobody in particular",
        "OUTREACH_SQLALCHEMY_DATABASE_URI": "mysql://localhost/outreach",
    }

    with pytest.raises(ConfigurationError) as refusal:
        load_settings(environment=environment, instance=tmp_path)

    said = str(refusal.value)
    for words in ("MAIL_PORT", "MAIL_DEFAULT_SENDER: give an address", "DATABASE_URI: give"):
        assert words in said
    assert "MAIL_USERNAME and MAIL_PASSWORD belong together" in said
    assert "MAIL_DEFAULT_SENDER is missing" not in said


def test_settings_that_do_not_fit_together_are_named(tmp_path: Path) -> None:
    environment = {
        "OUTREACH_MAIL_SERVER": "smtp.example.org",
        "OUTREACH_MAIL_USE_TLS": "true",
        "OUTREACH_MAIL_USE_SSL": "true",
        "OUTREACH_SQLALCHEMY_DATABASE_URI": "postgresql://localhost/outreach",
    }

    with pytest.raises(ConfigurationError) as refusal:
        load_settings(environment=environment, instance=tmp_path)

    for word in ("MAIL_DEFAULT_SENDER", "MAIL_USE_TLS", "KEYS"):
        assert word in str(refusal.value)


def test_no_secret_stands_in_the_settings_text(tmp_path: Path) -> None:
    environment = {"OUTREACH_MAIL_USERNAME": "u", "OUTREACH_MAIL_PASSWORD": "hush-hush"}

    assert "hush-hush" not in repr(load_settings(environment=environment, instance=tmp_path))


def test_a_broken_file_is_named_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("tracking = ")

    with pytest.raises(ConfigurationError, match=r"config\.toml"):
        load_settings(environment={}, instance=tmp_path)


def test_a_postgres_address_gets_the_driver_we_ship(tmp_path: Path) -> None:
    environment = {
        "OUTREACH_SQLALCHEMY_DATABASE_URI": "postgres://localhost/outreach",
        "OUTREACH_KEYS": str(tmp_path / "keys.json"),
    }

    settings = load_settings(environment=environment, instance=tmp_path)

    assert settings.database_uri == "postgresql+psycopg://localhost/outreach"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"MAIL_PORT_2": "many", "MAIL_SERVER_2": "b.example"}, "OUTREACH_MAIL_PORT_2: "),
        ({"MAIL_PORT_2": "25"}, "MAIL_SERVER_2 is missing"),
        ({"MAIL_SERVER_2": "b.example", "MAIL_USERNAME_2": "u"}, "MAIL_PASSWORD_2 belong together"),
        ({"MAIL_QUIET_2": "22:00-07:00 UTC"}, "OUTREACH_MAIL_QUIET_2: there is no such setting"),
        ({"MAIL_OAUTH_TOKEN_URL": "http://login.example/"}, "must begin with https://"),
        (
            {"MAIL_OAUTH_TOKEN_URL": "https://login.example/", "MAIL_USERNAME": "u"},
            "needs MAIL_OAUTH_REFRESH_TOKEN",
        ),
        (
            {"MAIL_OAUTH_TOKEN_URL": "https://x.example/", "MAIL_PASSWORD": "p"},
            "choose MAIL_PASSWORD or MAIL_OAUTH_TOKEN_URL",
        ),
    ],
)
def test_what_is_wrong_with_a_mail_server_is_said_by_its_settings_names(
    tmp_path: Path, given: dict[str, str], said: str
) -> None:
    environment = {f"OUTREACH_{name}": value for name, value in given.items()}

    with pytest.raises(ConfigurationError, match=said):
        load_settings(environment=environment, instance=tmp_path)
