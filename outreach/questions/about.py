"""What a question is about and from whom, as far as the way it came can tell."""

from dataclasses import dataclass

from outreach.tracking.origin import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Where a question belongs; everything may be unknown."""

    project_id: int | None = None
    result_id: int | None = None
    mailing_id: int | None = None
    origin: Origin | None = None
    """The letter it came from, as far as its token may tell."""
    stakeholder_id: int | None = None
    """Known only while the person agrees to be measured individually."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody sent by the public form."""

    body: str
    name: str = ""
    email: str = ""
    """As typed; empty when no answer is wanted."""
    role_id: int | None = None
    """As the asker says; it comes before the role the letter was sent to."""
    language: str = "en"
    form_key: str = ""
    """What the form was made with; empty when it came without one."""
    is_suspect: bool = False
    """Whether a robot is likely to have sent it: kept as Spam, never lost."""
