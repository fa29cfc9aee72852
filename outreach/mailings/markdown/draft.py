"""What a mailing's file says, before it meets the database: everything is named by its slug."""

from dataclasses import dataclass, field

from outreach.core.errors import Refusal
from outreach.mailings.blocks import Content
from outreach.mailings.subject_test import SubjectTest


class UnreadableFile(Refusal):
    """A mailing's file cannot be taken; the message begins with the line, from 1."""

    def __init__(self, line: int, message: str, remedy: str = "") -> None:
        super().__init__(f"Line {line}: {message}", remedy)
        self.line = line


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceChoice:
    """Who shall get it; an empty choice narrows nothing."""

    roles: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    """ISO 3166 alpha-2, capitals."""
    languages: tuple[str, ...] = ()
    """What they read, as codes."""
    segments: tuple[str, ...] = ()
    """By name, which is unique."""
    not_roles: tuple[str, ...] = ()
    not_segments: tuple[str, ...] = ()
    not_mailings: tuple[str, ...] = ()
    """Slugs of mailings whose readers are left out."""
    is_invitation: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When it shall go out, as people say it: wall time and zone."""

    local: str
    """"2026-12-01 09:00"."""
    zone: str
    """"Europe/Brussels"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailingDraft:
    """A mailing as its file describes it; targets of calls to action name documents by slug."""

    title: str
    """The name staff know it by."""
    subject: str
    list: str
    preheader: str = ""
    language: str = "en"
    results: tuple[str, ...] = ()
    audience: AudienceChoice = field(default_factory=AudienceChoice)
    schedule: Schedule | None = None
    test: SubjectTest | None = None
    """The subject lines to try first."""
    content: Content = field(default_factory=Content)
