"""What forms of mailings choose from: boxes, and options that stay though offered no more."""

from collections.abc import Iterable
from typing import Any

from wtforms import SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

from outreach.web.forms import choice


class Checks(SelectMultipleField):
    """Several choices as boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


def options(pairs: Iterable[tuple[object, str]], present: Iterable[object] = ()) -> list[Any]:
    """Return choices; what is chosen and no longer offered stays choosable under its own name."""
    offered = {str(value): label for value, label in pairs}
    kept = {str(value): f"{value} (no longer offered)" for value in present}
    return [choice(value, label) for value, label in {**kept, **offered}.items()]
