"""The settings of mail: one server or several, how to sign in there, and how fast to send.

The first server's settings are named as Flask-Mail names them (MAIL_SERVER, MAIL_PORT, …), those of
the next ones carry a number (MAIL_SERVER_2, MAIL_PORT_2, …): letters leave by the first that works.
"""

import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

MORE = "mail_more"
"""The field in which the servers with a number are gathered."""
_NUMBERED = re.compile(r"mail_(\w+?)_([2-9])")
_CLOCK = r"(?:[01]\d|2[0-3]):[0-5]\d"


class SignIn(BaseModel):
    """How to sign in somewhere: by password, or by OAuth 2.0 where there is a token address."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    username: str = ""
    password: str = Field("", repr=False)
    oauth_token_url: str = ""
    oauth_client_id: str = ""
    oauth_client_secret: str = Field("", repr=False)
    oauth_refresh_token: str = Field("", repr=False)
    oauth_scope: str = ""

    def sign_in_problems(self, room: str, suffix: str = "") -> Iterator[str]:
        """Say what does not fit together; the settings are named `room`_PASSWORD`suffix`."""
        if self.oauth_token_url:
            yield from self._oauth_problems(room, suffix)
        elif bool(self.username) != bool(self.password):
            yield f"{room}_USERNAME{suffix} and {room}_PASSWORD{suffix} belong together"

    def _oauth_problems(self, room: str, suffix: str) -> Iterator[str]:
        if not _is_private(self.oauth_token_url):
            yield f"{room}_OAUTH_TOKEN_URL{suffix} must begin with https://"
        if self.password:
            yield f"choose {room}_PASSWORD{suffix} or {room}_OAUTH_TOKEN_URL{suffix}, not both"
        if not (self.username and self.oauth_client_id):
            yield (
                f"{room}_OAUTH_TOKEN_URL{suffix} needs {room}_USERNAME{suffix} (the mailbox) and "
                f"{room}_OAUTH_CLIENT_ID{suffix}"
            )
        if not (self.oauth_refresh_token or self.oauth_client_secret):
            yield (
                f"{room}_OAUTH_TOKEN_URL{suffix} needs {room}_OAUTH_REFRESH_TOKEN{suffix}, or "
                f"{room}_OAUTH_CLIENT_SECRET{suffix} for an application that signs in by itself"
            )


class MailServer(SignIn):
    """One SMTP server; the fields are the setting names in lower case, without "mail_"."""

    server: str = ""
    port: int = Field(587, ge=1, le=65535)
    use_tls: bool = False
    use_ssl: bool = False

    def problems(self, suffix: str = "") -> Iterator[str]:
        """Say what does not fit together; `suffix` is the number its settings carry ("_2")."""
        if suffix and not self.server:
            yield f"MAIL_SERVER{suffix} is missing, though other settings of it are there"
        if self.use_tls and self.use_ssl:
            yield (
                f"choose MAIL_USE_TLS{suffix} (usually port 587) or MAIL_USE_SSL{suffix} (465), "
                "not both"
            )
        yield from self.sign_in_problems("MAIL", suffix)


def gathered(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings with those that carry a number together, by number, under MORE."""
    kept: dict[str, Any] = {}
    more: dict[str, dict[str, Any]] = {}
    for name, value in values.items():
        found = _NUMBERED.fullmatch(name)
        if found and found[1] in MailServer.model_fields:
            more.setdefault(found[2], {})[found[1]] = value
        else:
            kept[name] = value
    return {**kept, MORE: dict(sorted(more.items()))} if more else kept


def named(place: tuple[int | str, ...]) -> str:
    """Return the setting's name for a place in the settings: (mail_more, 2, port)."""
    if place[:1] == (MORE,) and len(place) > 1:
        return "_".join(("MAIL", *(str(part) for part in place[2:]), str(place[1]))).upper()
    return ".".join(str(part) for part in place).upper()


def _is_private(address: str) -> bool:
    parts = urlsplit(address)
    if parts.scheme == "https" and parts.hostname:
        return True
    try:
        return parts.scheme == "http" and ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False


def _paces(value: str) -> str:
    for part in filter(None, map(str.strip, value.split(","))):
        if not re.fullmatch(r"[^\s=]+\s*=\s*(?!0+(?:\.0+)?$)\d+(?:\.\d+)?", part):
            raise ValueError(f"{part!r} is not like gmail.com=5 (letters a second)")
    return value


def _hours(value: str) -> str:
    try:
        if value and not re.fullmatch(f"{_CLOCK}-{_CLOCK} \\S+", value):
            raise ValueError
        ZoneInfo(value.split()[1] if value else "UTC")
    except (ValueError, LookupError, OSError) as error:
        raise ValueError("give hours and zone, for example 22:00-07:00 UTC") from error
    return value


Paces = Annotated[str, AfterValidator(_paces)]
"""Letters a second by domain or address: "gmail.com=5, ministry.example=0.5"."""
Hours = Annotated[str, AfterValidator(_hours)]
"""Hours of the day in a zone: "22:00-07:00 Europe/Brussels"."""
