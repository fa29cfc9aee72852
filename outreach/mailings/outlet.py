"""Who letters come from where a list names nobody: the installation's own sender."""

from outreach.core.config import Settings
from outreach.mail.addresses import parse_addresses
from outreach.mail.letter import Address

_CAUGHT = Address("outreach@example.org", "Outreach")
"""Under the catcher nothing leaves the machine; example.org belongs to nobody (RFC 2606)."""


def installation_sender(settings: Settings) -> Address:
    """Return the sender of the settings; an empty address while none is set."""
    if settings.mail_default_sender:
        return parse_addresses(settings.mail_default_sender)[0]
    return _CAUGHT if settings.catcher else Address("")
