"""What `doctor` looks at between us and the mail server."""

from collections.abc import Iterator
from dataclasses import replace

from flask import Flask

from outreach.core.config import Settings
from outreach.core.contributions import Finding
from outreach.core.errors import ConfigurationError
from outreach.core.state import state
from outreach.delivery.outlets import smtp_servers
from outreach.mail.addresses import BadAddress, domain_of, parse_addresses
from outreach.mail.dkim import read_keys
from outreach.mail.dns_records import check_domain
from outreach.mail.pace import pace_of
from outreach.mail.server import SmtpSettings, TransportError
from outreach.mail.trial import check_sign_in

PATIENCE = 5
"""Seconds; whoever waits for a doctor's answer wants it now."""
SUBJECT = "Mail server"


def check_mail_server(app: Flask) -> Iterator[Finding]:
    """Greet each mail server, encrypt and sign in as a sender would; no letter is sent."""
    settings = state(app).settings
    if not settings.can_send:
        yield Finding(
            SUBJECT,
            False,
            "None is set, so nothing can be scheduled.",
            "Set OUTREACH_MAIL_SERVER and OUTREACH_MAIL_DEFAULT_SENDER.",
        )
        return
    if settings.catcher:
        yield Finding(SUBJECT, True, "All mail is caught on this machine; nobody is mailed.")
        return
    for server in smtp_servers(settings):
        yield _greet(server, settings)
    yield from _check_sender(settings)


def _greet(server: SmtpSettings, settings: Settings) -> Finding:
    try:
        found = check_sign_in(replace(server, timeout=PATIENCE))
    except TransportError as error:
        return Finding(SUBJECT, False, error.message, error.remedy)
    how = f"in private ({found.tls})" if found.tls else "in clear"
    who = f"{server.username} may sign in" if found.is_signed_in else "nobody has to sign in"
    pace = pace_of(settings, server)
    fast = f"; {pace.per_second:g} letters a second: {pace.why}" if pace.per_second else ""
    return Finding(SUBJECT, True, f"{server.where} answers {how}; {who}{fast}.")


def _check_sender(settings: Settings) -> Iterator[Finding]:
    """Ask DNS about the domain letters come from."""
    if not settings.mail_default_sender:
        return
    try:
        domain = domain_of(parse_addresses(settings.mail_default_sender)[0].email)
        keys = read_keys(settings.dkim_file) if settings.dkim else ()
    except (BadAddress, ConfigurationError) as error:
        yield Finding("Sender", False, str(error), "Correct the setting.")
        return
    yield from check_domain(domain, keys)
