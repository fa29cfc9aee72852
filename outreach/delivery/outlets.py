"""By which servers letters leave, and how fast by each."""

from dataclasses import replace
from hashlib import sha256

from flask import Flask

from outreach.core.config import Settings
from outreach.core.signing import Signer
from outreach.core.state import state
from outreach.delivery.sender import SenderOptions
from outreach.mail.drain import ReturnPath
from outreach.mail.pace import pace_of
from outreach.mail.pacer import Slots
from outreach.mail.relays import Relays
from outreach.mail.server import SmtpSettings

OUTBOX = 0
"""Stands for the mailing in the return path of a single letter; no mailing has this id."""
MARK_BYTES = 4
"""A local part holds 64 characters, with the name of the mailbox."""
PROBE_PER_SECOND = 2.0
RELAYS = "mail_relays"
"""In an application's extensions: what this process has found of the servers."""
PACED = "mail_paced"
"""And its permits to send by each."""


def smtp_servers(settings: Settings) -> tuple[SmtpSettings, ...]:
    """Return where letters go: the catcher while mail is caught, else the servers that are set."""
    if settings.catcher:
        return (SmtpSettings(server="127.0.0.1", port=settings.catcher_port),)
    return SmtpSettings.all_of(settings)


def relays_of(app: Flask) -> Relays:
    """Return the servers of an application, shared by mailings and single letters."""
    servers = smtp_servers(state(app).settings)
    known: Relays | None = app.extensions.get(RELAYS)
    if known is None or known.servers != servers:
        known = app.extensions[RELAYS] = Relays(servers)
    return known


def permits_of(app: Flask, server: SmtpSettings) -> Slots:
    """Return the permits for a server that this process's runs have left."""
    known: dict[str, Slots] = app.extensions.setdefault(PACED, {})
    return known.setdefault(server.where, {})


def options_for(settings: Settings, server: SmtpSettings) -> SenderOptions:
    """Return how to send by a server: a near one answers at once and needs few connections."""
    is_near = settings.catcher or server.is_loopback
    return SenderOptions(connections=4 if is_near else 2, pace=pace_of(settings, server))


def return_path_of(settings: Settings, signer: Signer) -> ReturnPath | None:
    """Return what signs the addresses single letters come back to; None without a mailbox."""
    if not settings.inbox_address:
        return None
    local, _, domain = settings.inbox_address.partition("@")

    def path(letter_id: int, message_id: str) -> str:
        mark = mark_of_letter(message_id)
        return f"{local}+{signer.bounce_local_part(OUTBOX, letter_id, mark)}@{domain}"

    return path


def mark_of_letter(message_id: str) -> bytes:
    """Return what binds a return path to one letter: its row's number comes again once deleted."""
    return sha256(message_id.encode()).digest()[:MARK_BYTES]


def in_the_name_of(options: SenderOptions, address: str) -> SenderOptions:
    """Return the options for letters from an address, which may have a pace of its own."""
    return replace(options, pace=options.pace.of_sender(address))


def for_probe(options: SenderOptions) -> SenderOptions:
    """Return the options for a few letters, one after the other, that show whether it is well."""
    pace = options.pace
    limit = min(pace.per_second or PROBE_PER_SECOND, PROBE_PER_SECOND)
    slow = replace(pace, per_second=limit)
    if not pace.sender:
        slow = replace(slow, sender="a probe", overall=pace.per_second)
    return replace(options, connections=1, pace=slow, is_probe=True)
