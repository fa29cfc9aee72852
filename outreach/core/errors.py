"""Refusals: what a person may have done wrong, said so that they know what to do.

Expected outcomes are values; surprises are left alone and become a 500 that names a number.
`outreach.web.errors` turns the tree below into pages, `outreach.cli` into one line on stderr.
"""


class OutreachError(Exception):
    """Anything this product raises on purpose."""


class Refusal(OutreachError):
    """Something asked for cannot be done; the message says why and what to do instead."""

    status = 422

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class NotFound(Refusal):
    """There is no such thing, or it is not for this person: both look the same (S1)."""

    status = 404

    def __init__(
        self, message: str = "There is nothing at this address.", remedy: str = ""
    ) -> None:
        super().__init__(message, remedy)


class Conflict(Refusal):
    """Somebody or something changed it in between, or its state does not allow the move."""

    status = 409


class ConfigurationError(OutreachError):
    """Settings are missing or malformed; the message names all of them at once."""


class ProgrammingError(OutreachError):
    """A rule of the house was broken by our own code."""
