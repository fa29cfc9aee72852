"""A trial connection to the mail server, for `outreach doctor`: nothing is sent."""

from dataclasses import dataclass

from outreach.mail.replies import WHO_ARE_YOU
from outreach.mail.server import SmtpSettings, not_introduced
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
        # Some let anybody in and say only at the first letter that they want TLS or a sign-in.
        code, said = host.docmd("MAIL", "FROM:<>")
        if code == WHO_ARE_YOU:
            raise not_introduced(settings, f"{code} {said.decode('utf-8', 'replace')}")
        host.rset()
        version = getattr(host.sock, "version", None)
        return SignIn(
            greeting=(host.ehlo_resp or host.helo_resp or b"").decode("utf-8", "replace"),
            tls=(version() or "") if version else "",
            features=tuple(sorted(host.esmtp_features)),
            is_signed_in=bool(settings.username),
        )
