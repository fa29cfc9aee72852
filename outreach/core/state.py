"""What one application carries about: settings, keys, signer and what the rooms contributed."""

from dataclasses import dataclass, field

from flask import Flask, current_app

from outreach.core.config import Settings
from outreach.core.contributions import Contributions
from outreach.core.keys import KeyRing
from outreach.core.signing import Signer


@dataclass
class State:
    """Made once by `create_app`; views, commands and jobs read it at the edge, services never."""

    settings: Settings
    ring: KeyRing
    signer: Signer
    contributions: Contributions = field(default_factory=Contributions)


def state(app: Flask | None = None) -> State:
    """Return the state of `app`, or of the application being served."""
    found: State = (app or current_app).extensions["outreach"]
    return found
