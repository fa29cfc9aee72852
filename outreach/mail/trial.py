"""A trial connection to the mail server, for `outreach doctor`: nothing is sent."""

from dataclasses import dataclass

from outreach.mail.server import SmtpSettings
from outreach.mail.transport import connection


@dataclass(frozen=True, slots=True)
class SignIn:
    """What a trial connection found, for `outreach doctor`."""

    greeting: str
    tls: str
    """The TLS version; empty for a connection in clear."""
    features: tuple[str, ...]
    is_signed_in: bool


def check_sign_in(settings: SmtpSettings) -> SignIn:
    """Connect and sign in without sending. Raises ServerUnreachable, TlsRefused, SignInRefused."""
    with connection(settings) as opened:
        host = opened.host
        assert host is not None
        version = getattr(host.sock, "version", None)
        return SignIn(
            greeting=(host.ehlo_resp or host.helo_resp or b"").decode("utf-8", "replace"),
            tls=(version() or "") if version else "",
            features=tuple(sorted(host.esmtp_features)),
            is_signed_in=bool(settings.username),
        )
