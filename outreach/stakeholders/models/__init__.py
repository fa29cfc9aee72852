"""The tables of the room: people, and what they agreed to."""

from outreach.stakeholders.models.consent import (
    Basis,
    Consent,
    ConsentEntry,
    ConsentState,
    Purpose,
    Stop,
    Suppression,
    SuppressionReason,
    WithheldReason,
)
from outreach.stakeholders.models.people import (
    ImportMemory,
    Role,
    Stakeholder,
    StakeholderRole,
    StakeholderTag,
    StakeholderTopic,
    Tag,
    Tier,
    Topic,
)

__all__ = [
    "Basis",
    "Consent",
    "ConsentEntry",
    "ConsentState",
    "ImportMemory",
    "Purpose",
    "Role",
    "Stakeholder",
    "StakeholderRole",
    "StakeholderTag",
    "StakeholderTopic",
    "Stop",
    "Suppression",
    "SuppressionReason",
    "Tag",
    "Tier",
    "Topic",
    "WithheldReason",
]
