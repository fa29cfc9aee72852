"""The domain letters come from: looked up by the worker when somebody asks, judged by pre-flight.

Pre-flight never waits for DNS, and what could not be looked up is never called missing.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.clock import now as present
from outreach.core.db import db, transaction
from outreach.core.errors import ConfigurationError
from outreach.core.state import state
from outreach.mail.addresses import BadAddress, domain_of
from outreach.mail.dkim import read_keys
from outreach.mail.dns_records import Resolve, check_domain, is_reserved, resolve
from outreach.mailings.domain_models import DomainCheck
from outreach.mailings.findings import Finding, Step, block, warning

KNOWN_FOR = timedelta(days=7)
_AWAY = "DNS"
_BLOCKING = frozenset({"DKIM"})
"""A signature that does not fit makes receivers refuse; a missing record makes them wary."""


def domain_to_check(sender_address: str) -> str:
    """Return the domain of a sender; "" where there is none, or none that belongs to anybody."""
    try:
        domain = domain_of(sender_address) if sender_address else ""
    except BadAddress:
        return ""
    return "" if is_reserved(domain) else domain


def ask(session: Session, sender_address: str, *, now: datetime) -> None:
    """Ask for a sender's domain to be looked up anew."""
    if domain := domain_to_check(sender_address):
        session.merge(DomainCheck(domain=domain, asked_at=now, checked_at=None, said={}))


def is_waiting(session: Session, sender_address: str) -> bool:
    """Say whether a domain was asked for and not looked up yet."""
    check = session.get(DomainCheck, domain_to_check(sender_address))
    return check is not None and check.checked_at is None


def about_domain(session: Session, sender_address: str, *, now: datetime) -> Iterator[Finding]:
    """Say what is missing in the DNS of a sender's domain, as far as it was looked up."""
    domain = domain_to_check(sender_address)
    if not domain:
        return
    check = session.get(DomainCheck, domain)
    if check is None or check.checked_at is None or check.checked_at < now - KNOWN_FOR:
        yield warning(
            f"The sender's domain {domain} was not looked up yet: do receivers trust it?",
            "Try links and sender under Checks & test; it takes a moment.",
            Step.CHECKS,
        )
    elif check.said.get("away"):
        yield warning(
            f"The sender's domain {domain} could not be checked: DNS gave no answer.",
            "Try again when this server is online.",
            Step.CHECKS,
        )
    else:
        for subject, message, remedy in check.said.get("faults", ()):
            yield _fault(domain, subject, message, remedy)


def _fault(domain: str, subject: str, message: str, remedy: str) -> Finding:
    said = f"Sender's domain, {subject}: {message}"
    if subject in _BLOCKING:
        return block(said, remedy, Step.CHECKS, code=f"dns:{subject}:{domain}".lower()[:80])
    return warning(said, remedy, Step.CHECKS)


def look_up_waiting(app: Flask, *, ask_dns: Resolve = resolve) -> int:
    """Look up one domain that waits; no transaction is open meanwhile. Returns how many it did."""
    with app.app_context():
        domain = db.session.scalar(
            select(DomainCheck.domain).where(DomainCheck.checked_at.is_(None)).limit(1)
        )
        db.session.rollback()
        if domain is None:
            return 0
        said = _said(app, domain, ask_dns)
        with transaction() as session:
            check = session.get(DomainCheck, domain)
            if check is not None:
                check.said, check.checked_at = said, present()
        return 1


def _said(app: Flask, domain: str, ask_dns: Resolve) -> dict[str, Any]:
    settings = state(app).settings
    try:
        keys = read_keys(settings.dkim_file) if settings.dkim else ()
    except ConfigurationError as error:
        return {"faults": [["DKIM", str(error), "Correct the setting."]]}
    found = [each for each in check_domain(domain, keys, ask=ask_dns) if not each.is_well]
    if any(each.subject == _AWAY for each in found):
        return {"away": True}
    return {"faults": [[each.subject, each.message, each.remedy] for each in found]}
