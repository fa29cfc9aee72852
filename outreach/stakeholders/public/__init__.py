"""What a stakeholder does without signing in: leave, pause, prefer, sign up, see their data."""

from outreach.stakeholders.public import (
    confirming,
    leaving,
    own,
    own_page,
    own_steps,
    preferring,
    subscribing,
)
from outreach.stakeholders.public.blueprint import blueprint

__all__ = [
    "blueprint",
    "confirming",
    "leaving",
    "own",
    "own_page",
    "own_steps",
    "preferring",
    "subscribing",
]
