"""How people came to us, in people's words, and what follows from it: basis, evidence, notice."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from outreach.stakeholders.models import Basis

NOTICE_WITHIN = timedelta(days=30)
"""GDPR Art. 14(3): at the first letter, and within one month at the latest."""


class Origin(StrEnum):
    """The answer to "How do these people come to us?"."""

    SIGNED_UP = "signed_up"
    MET = "met"
    PUBLIC_OFFICE = "public_office"
    PARTNER = "partner"
    NOT_KNOWN = "not_known"


@dataclass(frozen=True)
class Proposal:
    """What we propose for an origin; staff may choose another basis, with their own reason."""

    label: str
    example: str
    """What to write as the source."""
    basis: Basis
    needs_notice: bool
    """Whether the person must be told where we have the address from (GDPR Art. 14)."""
    why: str


PROPOSALS = {
    Origin.SIGNED_UP: Proposal(
        "They signed up themselves",
        "Say when and where: “form on our website, 2023 to 2025”.",
        Basis.CONSENT,
        needs_notice=False,
        why="Consent. Keep the proof of it: the form, the list they signed, the confirmations.",
    ),
    Origin.MET: Proposal(
        "We met them at our event or in our work",
        "Say which: “cards given at the forum in Ghent, March 2026”.",
        Basis.LEGITIMATE_INTEREST,
        needs_notice=False,
        why="Legitimate interest. A public authority needs another basis for its own tasks.",
    ),
    Origin.PUBLIC_OFFICE: Proposal(
        "They hold a public office and the address is published",
        "Say where: “members’ page of the city council of Tilburg”.",
        Basis.PUBLIC_TASK,
        needs_notice=True,
        why="Public task. They must be told where you have the address from.",
    ),
    Origin.PARTNER: Proposal(
        "A partner passed them on",
        "Say who: “Roskilde University’s stakeholder list, with their agreement”.",
        Basis.LEGITIMATE_INTEREST,
        needs_notice=True,
        why="Legitimate interest. They must be told where you have the address from.",
    ),
    Origin.NOT_KNOWN: Proposal(
        "We do not know",
        "Say what you do know: “old mailing list of the secretariat”.",
        Basis.UNKNOWN,
        needs_notice=False,
        why="They are kept and shown, but never mailed, until a basis is recorded.",
    ),
}


def notice_due(origin: str, now: datetime) -> datetime | None:
    """Return until when the people must be told, or None where nothing is due."""
    proposal = PROPOSALS.get(Origin(origin)) if origin else None
    return now + NOTICE_WITHIN if proposal and proposal.needs_notice else None
