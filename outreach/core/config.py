"""Configuration: `instance/config.toml`, overruled by environment variables, checked at once.

Names and meanings stand in the README. A mistake never starts half a program: every missing or
malformed setting is named in one message.
"""

import ipaddress
import os
import tomllib
from collections.abc import Mapping, Sequence
from email.utils import parseaddr
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from outreach.core.errors import ConfigurationError
from outreach.core.mail_settings import Hours, MailServer, Paces, SignIn, gathered, named

PREFIX = "OUTREACH_"
OUTSIDE_SETTINGS = frozenset({"INSTANCE", "TEST_BROWSER", "TEST_POSTGRES"})
"""Read before or beside the settings: where they are, and what the tests require."""


class TrackingMode(StrEnum):
    """How letters are counted for people who did not agree to be measured (README, Tracking)."""

    UNLINKED = "unlinked"
    SHARED = "shared"
    INDIVIDUAL = "individual"
    OFF = "off"


def _split(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


_STANDS_FOR = {"mail_default_sender": "somebody@example.org"}
"""What is put in the place of a malformed setting while the others are compared."""
Addresses = Annotated[tuple[str, ...], BeforeValidator(_split)]


class Settings(BaseModel):
    """All settings of an installation; field names are the setting names in lower case."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    instance: Path
    sqlalchemy_database_uri: str = ""
    keys: Path | None = None
    catcher: bool = False
    catcher_port: int = Field(0, ge=0, le=65535)
    documents_dir: Path | None = None
    worker_dir: Path | None = None
    base_url: str = "http://127.0.0.1:8000"
    mail_server: str = ""
    mail_port: int = Field(587, ge=1, le=65535)
    mail_username: str = ""
    mail_password: str = Field("", repr=False)
    mail_use_tls: bool = False
    mail_use_ssl: bool = False
    mail_oauth_token_url: str = ""
    mail_oauth_client_id: str = ""
    mail_oauth_client_secret: str = Field("", repr=False)
    mail_oauth_refresh_token: str = Field("", repr=False)
    mail_oauth_scope: str = ""
    mail_more: dict[int, MailServer] = Field(default_factory=dict)
    """Servers for when the first fails: MAIL_SERVER_2, MAIL_PORT_2, … by their number."""
    mail_default_sender: str = ""
    dkim: bool = False
    mail_per_second: float = Field(0, ge=0, le=100_000)
    mail_per_hour: int = Field(0, ge=0)
    mail_per_domain: Paces = ""
    mail_per_sender: Paces = ""
    mail_quiet: Hours = ""
    inbox_server: str = ""
    inbox_port: int = Field(993, ge=1, le=65535)
    inbox_username: str = ""
    inbox_password: str = Field("", repr=False)
    inbox_oauth_token_url: str = ""
    inbox_oauth_client_id: str = ""
    inbox_oauth_client_secret: str = Field("", repr=False)
    inbox_oauth_refresh_token: str = Field("", repr=False)
    inbox_oauth_scope: str = ""
    inbox_address: str = ""
    trusted_proxies: Addresses = ()
    tracking: TrackingMode = TrackingMode.UNLINKED
    disclosure_threshold: int = Field(5, ge=2, le=1000)
    disclosure_threshold_public: int = Field(10, ge=2, le=1000)
    retention_months: int = Field(36, ge=1, le=240)
    retention_erase: bool = False

    @field_validator("base_url")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("give the public address, for example https://outreach.example.org")
        if parts.path.strip("/") or parts.query or parts.fragment:
            raise ValueError("give scheme and host only, without a path")
        return value.rstrip("/")

    @field_validator("sqlalchemy_database_uri")
    @classmethod
    def _is_a_database(cls, value: str) -> str:
        try:
            kind = make_url(value).get_backend_name() if value else "sqlite"
        except (ArgumentError, ValueError):
            kind = ""
        if kind not in {"sqlite", "postgresql", "postgres"}:
            raise ValueError(
                "give postgresql://user:password@host/name, or leave it empty for SQLite"
            )
        return value

    @field_validator("mail_default_sender", "inbox_address")
    @classmethod
    def _is_a_mail_address(cls, value: str) -> str:
        try:
            if value:
                validate_email(parseaddr(value)[1], check_deliverability=False)
        except EmailNotValidError as error:
            raise ValueError("give an address, for example results@example.org") from error
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for part in value:
            try:
                ipaddress.ip_network(part, strict=False)
            except ValueError as error:
                raise ValueError(f"{part!r} is no IP address or network") from error
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        problems = list(self.mail_servers[0].problems())
        for number, server in self.mail_more.items():
            problems.extend(server.problems(f"_{number}"))
        problems.extend(self.inbox_sign_in.sign_in_problems("INBOX"))
        if self.mail_server and not self.mail_default_sender:
            problems.append("MAIL_DEFAULT_SENDER is missing: who are the letters from?")
        if self.is_postgresql and self.keys is None:
            problems.append(
                "KEYS is missing: with PostgreSQL several hosts share one key ring; give its file"
            )
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def mail_servers(self) -> tuple[MailServer, ...]:
        """The servers letters leave by, the first that works; the first may have no name."""
        first = {name: getattr(self, f"mail_{name}") for name in MailServer.model_fields}
        return (MailServer(**first), *self.mail_more.values())

    @property
    def inbox_sign_in(self) -> SignIn:
        """How to sign in to the mailbox of bounces and replies."""
        return SignIn(**{name: getattr(self, f"inbox_{name}") for name in SignIn.model_fields})

    @property
    def database_uri(self) -> str:
        """The SQLAlchemy address; SQLite in the instance folder unless one is given."""
        if not self.sqlalchemy_database_uri:
            return f"sqlite:///{self.instance / 'outreach.sqlite'}"
        scheme, separator, rest = self.sqlalchemy_database_uri.partition("://")
        if scheme in {"postgres", "postgresql"}:
            scheme = "postgresql+psycopg"
        return f"{scheme}{separator}{rest}"

    @property
    def is_postgresql(self) -> bool:
        """Whether the database is PostgreSQL (shared by hosts) and not SQLite (embedded)."""
        return self.sqlalchemy_database_uri.startswith("postgres")

    @property
    def keys_file(self) -> Path:
        """Where the key ring is."""
        return self.keys or self.instance / "keys.json"

    @property
    def documents(self) -> Path:
        """Where uploaded documents are kept; several hosts share this folder."""
        return self.documents_dir or self.instance / "documents"

    @property
    def worker_folder(self) -> Path:
        """Where this host's senders keep their journals and its web processes their hits files."""
        return self.worker_dir or self.instance / "worker"

    @property
    def dkim_file(self) -> Path:
        """Where the keys are that sign letters, if OUTREACH_DKIM asks for it."""
        return self.instance / "dkim.json"

    @property
    def mailbox(self) -> Path:
        """Where the catcher keeps the letters it caught."""
        return self.instance / "mailbox"

    @property
    def can_send(self) -> bool:
        """Whether any letter can leave: an SMTP server is set, or the catcher takes its place."""
        return self.catcher or bool(self.mail_server)


def load_settings(
    *, environment: Mapping[str, str] | None = None, instance: Path | None = None, **overrides: Any
) -> Settings:
    """Read and check the settings; `overrides` win over the environment, that over the file.

    Raises ConfigurationError naming every missing or malformed setting at once.
    """
    variables = os.environ if environment is None else environment
    folder = Path(instance or variables.get(f"{PREFIX}INSTANCE") or "instance").absolute()
    given = {**_from_file(folder / "config.toml"), **_from_environment(variables), **overrides}
    values = gathered(given)
    try:
        return Settings(instance=folder, **values)
    except ValidationError as error:
        found = error.errors()
        raise ConfigurationError(_describe([*found, *_clashes(folder, values, found)])) from error


def _clashes(
    folder: Path, values: Mapping[str, Any], found: Sequence[ErrorDetails]
) -> Sequence[ErrorDetails]:
    """Return what does not fit together among the settings that are sound by themselves."""
    broken = {str(problem["loc"][0]) for problem in found if problem["loc"]}
    if not broken:
        return []
    # One that is there but malformed must not be called missing as well.
    kept = {name: _STANDS_FOR.get(name, "") if name in broken else values[name] for name in values}
    sound = {name: value for name, value in kept.items() if value != ""}
    try:
        Settings(instance=folder, **sound)
    except ValidationError as error:
        return error.errors()
    return []


def _from_environment(variables: Mapping[str, str]) -> dict[str, str]:
    names = (name for name in variables if name.startswith(PREFIX))
    settings = {name.removeprefix(PREFIX): variables[name] for name in names}
    return {
        name.lower(): value
        for name, value in settings.items()
        if name not in OUTSIDE_SETTINGS and value != ""
    }


def _from_file(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}") from error
    return {name.lower().removeprefix(PREFIX.lower()): value for name, value in values.items()}


def _describe(problems: Sequence[ErrorDetails]) -> str:
    lines = ["Outreach cannot start; these settings need your attention:"]
    for problem in problems:
        where = named(problem["loc"])
        name = f"{PREFIX}{where}" if where else "settings"
        message = problem["msg"].removeprefix("Value error, ")
        if problem["type"] == "extra_forbidden":
            message = "there is no such setting (a typing mistake?)"
        lines.append(f"  {name}: {message}")
    return "\n".join(lines)
