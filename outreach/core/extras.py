"""Parts that are loaded when they are needed: optional ones, with the name of the extra when they
are not there, and large ones that only a few pages or commands use.

This is the one place where a module is imported late; everything else imports at the top.
"""

from importlib import import_module
from types import ModuleType
from typing import Any

from outreach.core.errors import ConfigurationError

EXTRA_OF = {"aiosmtpd": "demo", "psycopg": "postgres"}
"""Which extra of our package brings which module."""


def load(name: str) -> ModuleType:
    """Return the module `name`; raises ConfigurationError that names the extra to install."""
    try:
        return import_module(name)
    except ImportError as error:
        extra = EXTRA_OF.get(name.partition(".")[0], name)
        raise ConfigurationError(
            f"This needs an optional part. Install it with: pip install 'outreach[{extra}]'"
        ) from error


class Late:
    """A module that is imported when something of it is first asked for."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(import_module(self._name), attribute)


def late(name: str) -> Late:
    """Return the module `name`, without importing it yet; raises ImportError at its first use.

    Not `importlib.util.LazyLoader`: two threads that ask at once may get half a module from it
    (CPython issue 114763, mended in 3.11.9 only).
    """
    return Late(name)
