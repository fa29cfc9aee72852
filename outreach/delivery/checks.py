"""What `doctor` looks at between us and the mail server."""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from flask import Flask

from outreach.core.config import Settings
from outreach.core.contributions import Finding
from outreach.core.db import db
from outreach.core.errors import ConfigurationError
from outreach.core.state import state
from outreach.delivery.outlets import smtp_servers
from outreach.mail.addresses import BadAddress, domain_of, parse_addresses
from outreach.mail.dkim import read_keys
from outreach.mail.dns_records import check_alignment, check_domain, check_host, is_reserved
from outreach.mail.pace import pace_of, rate_words
from outreach.mail.server import SmtpSettings, TransportError
from outreach.mail.trial import check_sign_in
from outreach.projects.queries import senders

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
        # A server on this machine sends from its address: that of the public name.
        here = urlsplit(settings.base_url).hostname or ""
        yield from check_host(here if server.is_loopback else server.server)
    yield from _check_senders(settings)


def _greet(server: SmtpSettings, settings: Settings) -> Finding:
    try:
        found = check_sign_in(replace(server, timeout=PATIENCE))
    except TransportError as error:
        return Finding(SUBJECT, False, error.message, error.remedy)
    how = f"in private ({found.tls})" if found.tls else "in clear"
    who = f"{server.username} may sign in" if found.is_signed_in else "nobody has to sign in"
    pace = pace_of(settings, server)
    fast = f"; {rate_words(pace.per_second)}: {pace.why}" if pace.per_second else ""
    return Finding(SUBJECT, True, f"{server.where} answers {how}; {who}{fast}.")


def _check_senders(settings: Settings) -> Iterator[Finding]:
    """Ask DNS about the domains letters come from."""
    written = [settings.mail_default_sender] if settings.mail_default_sender else []
    try:
        own = [parse_addresses(text)[0].email for text in written]
        addresses = [*own, *(sender.from_address for sender in senders(db.session()))]
        domains = dict.fromkeys(domain_of(address) for address in addresses)
        keys = read_keys(settings.dkim_file) if settings.dkim else ()
    except (BadAddress, ConfigurationError) as error:
        yield Finding("Sender", False, str(error), "Correct the setting.")
        return
    finally:
        db.session.rollback()
    for domain in domains:
        yield from check_domain(domain, keys)
        if settings.inbox_address and not is_reserved(domain):
            yield check_alignment(domain, domain_of(settings.inbox_address), keys)
