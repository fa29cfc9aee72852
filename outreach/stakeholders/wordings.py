"""What people agreed to, word for word: the proof GDPR Art. 7(1) asks for, by version.

The newest version stands in the forms. A changed wording gets a new version and new phrases; the
old ones stay, since the ledger names them.
"""

from outreach.core.text import LocalText
from outreach.stakeholders.models import ConsentEntry, Purpose
from outreach.stakeholders.phrases import PHRASES

WORDING = "2026-11"
"""The version the forms show."""
_PHRASES = {
    ("2026-11", Purpose.NEWSLETTER): "consent_newsletter",
    ("2026-11", Purpose.MEASUREMENT): "consent_measurement",
    ("2026-11", Purpose.EVENT_INVITATION): "consent_event_invitation",
}


def wording_of(entry: ConsentEntry, list_name: LocalText) -> str:
    """Return what stood on the form when a line was written; "" for a line without a wording."""
    name = _PHRASES.get((entry.wording_version, entry.purpose))
    if name is None:
        return ""
    named = list_name.pick(entry.wording_language)
    gaps = {"list": named} if entry.purpose is Purpose.NEWSLETTER else {}
    return PHRASES.say(entry.wording_language, name, **gaps)
