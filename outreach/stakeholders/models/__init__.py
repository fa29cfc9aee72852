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
from outreach.stakeholders.models.marks import mark, marks_of
from outreach.stakeholders.models.notes import Note, NoteKind
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
    TwoPeople,
)
from outreach.stakeholders.models.rights import (
    OwnLink,
    OwnLinkKind,
    RequestKind,
    RightsRequest,
)
from outreach.stakeholders.models.segments import Segment
from outreach.stakeholders.models.sign_up import ASKED_BY_US, SignUp, SignUpLink
from outreach.stakeholders.models.views import SavedView

__all__ = [
    "ASKED_BY_US",
    "Basis",
    "Consent",
    "ConsentEntry",
    "ConsentState",
    "ImportMemory",
    "Note",
    "NoteKind",
    "OwnLink",
    "OwnLinkKind",
    "Purpose",
    "RequestKind",
    "RightsRequest",
    "Role",
    "SavedView",
    "Segment",
    "SignUp",
    "SignUpLink",
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
    "TwoPeople",
    "WithheldReason",
    "mark",
    "marks_of",
]
