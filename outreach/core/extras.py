"""Optional parts: loaded when they are needed, with the name of the extra when they are not there.

This is the one place where a module is imported late; everything else imports at the top.
"""

from importlib import import_module
from types import ModuleType

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
