"""What pre-flight can find: each thing with its weight, its place and its remedy."""

from dataclasses import dataclass, replace
from enum import StrEnum

from outreach.core.errors import Refusal
from outreach.mailings.audience import AudienceCount


class Level(StrEnum):
    """What a finding means for sending."""

    BLOCK = "block"
    WARNING = "warning"


class Step(StrEnum):
    """The composer's steps, where findings are put right."""

    DETAILS = "details"
    CONTENT = "content"
    PREVIEW = "preview"
    CHECKS = "checks"
    SCHEDULE = "schedule"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to put right, or to look at."""

    level: Level
    message: str
    remedy: str
    step: Step
    block_id: str = ""
    """The block it concerns; empty when it concerns the whole letter."""
    code: str = ""
    """Under which a reason is kept for sending in spite of it; empty where none would do."""

    def in_spite(self, reason: str, actor: str) -> "Finding":
        """Return it as somebody answered for it."""
        remedy = f"It goes out in spite of it: {reason} ({actor})"
        return replace(self, level=Level.WARNING, remedy=remedy, code="")


@dataclass(frozen=True, slots=True)
class Report:
    """What pre-flight found, blocks first, and how many would get the letter."""

    findings: tuple[Finding, ...]
    audience: AudienceCount
    passed: tuple[str, ...] = ()
    """What was looked at and is in order."""

    @property
    def blocks(self) -> tuple[Finding, ...]:
        """What keeps it from being sent."""
        return tuple(found for found in self.findings if found.level is Level.BLOCK)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What somebody should look at."""
        return tuple(found for found in self.findings if found.level is Level.WARNING)

    def at(self, step: Step) -> tuple[Finding, ...]:
        """Return what is to be put right at one step."""
        return tuple(found for found in self.findings if found.step is step)


class NotReady(Refusal):
    """Pre-flight keeps the mailing back; the message names every reason and its remedy."""

    def __init__(self, blocks: tuple[Finding, ...]) -> None:
        super().__init__(" ".join(f"{found.message} {found.remedy}" for found in blocks))
        self.blocks = blocks


def block(
    message: str, remedy: str, step: Step = Step.CONTENT, block_id: str = "", code: str = ""
) -> Finding:
    """Return what keeps the mailing back; with a `code` somebody may answer for it."""
    return Finding(Level.BLOCK, message, remedy, step, block_id, code)


def warning(message: str, remedy: str, step: Step = Step.CONTENT, block_id: str = "") -> Finding:
    """Return what somebody should look at."""
    return Finding(Level.WARNING, message, remedy, step, block_id)
