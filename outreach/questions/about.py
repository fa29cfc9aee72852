"""What a question is about and from whom, as far as the way it came can tell."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Where a question belongs; everything may be unknown."""

    project_id: int | None = None
    result_id: int | None = None
    mailing_id: int | None = None
    group_no: int | None = None
    """The token group of the letter it came from; with `number` the very letter."""
    number: int | None = None
    """Known, like `stakeholder_id`, only while the person agrees to be measured individually."""
    stakeholder_id: int | None = None
    role_id: int | None = None
    """The role the letter was sent to; the asker's own word comes before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody sent by the public form."""

    body: str
    name: str = ""
    email: str = ""
    """As typed; empty when no answer is wanted."""
    role_id: int | None = None
    language: str = "en"
    form_key: str = ""
    """What the form was made with; empty when it came without one."""
    is_suspect: bool = False
    """Whether a robot is likely to have sent it: kept as Spam, never lost."""
