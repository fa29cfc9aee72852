"""The server that letters go to, and what can be wrong with it."""

import ipaddress
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

from outreach.core.config import Settings
from outreach.core.errors import Refusal
from outreach.mail.oauth import OAuth
from outreach.mail.replies import Stage

_ENDED, _UNKNOWN_AUTHORITY, _OTHER_NAME = {9, 10}, {18, 19, 20, 21}, {62, 64}
"""Verdicts on a certificate (OpenSSL's X509_V_ERR_*), told apart by what to do about them."""


class TransportError(Refusal):
    """The letter could not even be offered; the message says what the operator can do."""

    status = 503


class ServerUnreachable(TransportError):
    """No connection, or none that greets us."""


class TlsRefused(TransportError):
    """The connection cannot be made private, or the server cannot prove its name."""


class SignInRefused(TransportError):
    """The server does not accept user name and password."""


def not_introduced(settings: "SmtpSettings", said: str) -> TransportError:
    """Return what a server's 530 means that wants TLS or a sign-in before any letter."""
    answer = f"{settings.where} takes no letter from us as we come: {said}"
    if "tls" in said.lower() and not (settings.use_tls or settings.use_ssl):
        tls, ssl = settings.setting("USE_TLS"), settings.setting("USE_SSL")
        return TlsRefused(answer, f"Set {tls}=true (port 587) or {ssl}=true (port 465).")
    name = settings.setting("USERNAME")
    if settings.username:
        return SignInRefused(answer, f"Ask who runs it what {settings.username} may send.")
    return SignInRefused(answer, f"Set {name} and {settings.setting('PASSWORD')}.")


class ConnectionLost(TransportError):
    """The connection broke in the middle of a letter."""

    def __init__(self, stage: Stage, *, in_doubt: bool, reason: str) -> None:
        doubt = " It may have arrived all the same." if in_doubt else ""
        super().__init__(
            f"The connection to the mail server was lost at {stage} ({reason}).{doubt}",
            "The letter is tried again by itself, with the same Message-ID.",
        )
        self.stage = stage
        self.in_doubt = in_doubt
        """Whether the final dot was written and no reply came."""


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """Where letters go; the same fields as OUTREACH_MAIL_*."""

    server: str
    port: int
    username: str = ""
    password: str = field(default="", repr=False)
    use_tls: bool = False
    """STARTTLS, required."""
    use_ssl: bool = False
    """TLS from the first byte."""
    timeout: float = 30
    """Seconds to wait for any reply but the last."""
    final_timeout: float = 300
    """Seconds to wait after the final dot; giving up sooner makes doubles (RFC 5321 §4.5.3.2.6)."""
    local_hostname: str = "localhost"
    """What we call ourselves in EHLO; never asked of DNS, which is slow and tells the host name."""
    ca_file: str = ""
    """Certificates to trust instead of the system's."""
    oauth: OAuth | None = None
    """Signs in by tokens (XOAUTH2) instead of the password."""
    suffix: str = ""
    """What its settings' names end with: "_2" for OUTREACH_MAIL_SERVER_2."""

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the first server that the installation's settings name."""
        return cls.all_of(settings)[0]

    @classmethod
    def all_of(cls, settings: Settings) -> tuple[Self, ...]:
        """Return every server of the settings, in the order in which they are tried."""
        suffixes = ("", *(f"_{number}" for number in settings.mail_more))
        return tuple(
            cls(
                server=one.server,
                port=one.port,
                username=one.username,
                password=one.password,
                use_tls=one.use_tls,
                use_ssl=one.use_ssl,
                local_hostname=urlsplit(settings.base_url).hostname or "localhost",
                oauth=OAuth.of(
                    one,
                    instance=settings.instance,
                    settings=f"OUTREACH_MAIL_OAUTH_*{suffix}",
                ),
                suffix=suffix,
            )
            for suffix, one in zip(suffixes, settings.mail_servers, strict=True)
        )

    @property
    def where(self) -> str:
        """Host and port, as a person reads them."""
        return f"{self.server}:{self.port}"

    def setting(self, name: str) -> str:
        """Return the name of one of its settings: OUTREACH_MAIL_PORT_2."""
        return f"OUTREACH_MAIL_{name}{self.suffix}"

    @property
    def is_loopback(self) -> bool:
        """Whether the server is on this machine, where nobody listens in."""
        try:
            return ipaddress.ip_address(self.server).is_loopback
        except ValueError:
            return self.server == "localhost"


def tls_remedy(settings: SmtpSettings, code: int) -> str:
    """Say what to do about a certificate; `code` is OpenSSL's verdict on it, 0 for none."""
    server = settings.setting("SERVER")
    if code in _ENDED:
        return (
            f"Ask who runs {settings.server} to renew its certificate; if it is current, set the "
            "clock of this machine right."
        )
    if code in _UNKNOWN_AUTHORITY:
        return (
            f"Is {server} the right one? If an authority of your own signs its certificate, add "
            "that to those this machine trusts, or name a file with all of them in SSL_CERT_FILE."
        )
    if code in _OTHER_NAME:
        return f"Set {server} to the name on its certificate, as whoever runs it tells you."
    return (
        f"Check that {server} is the name on its certificate, that the certificate is valid, and "
        f"that port and {settings.setting('USE_TLS')} or _USE_SSL belong together."
    )


def silence_remedy(settings: SmtpSettings, error: Exception) -> str:
    """Say what else to look at when a server said nothing; "" when that cannot be it.

    One that waits for TLS from the first byte greets nobody, like one behind a firewall.
    """
    is_silent = any(isinstance(one, TimeoutError) for one in (error, error.__cause__))
    if settings.use_ssl or not is_silent:
        return ""
    return f" Port 465 needs {settings.setting('USE_SSL')}=true in place of _USE_TLS."
