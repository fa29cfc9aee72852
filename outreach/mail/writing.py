"""Writes single letters from their folder in `templates/emails`: subject, text and HTML.

Pure, so that a preview shows exactly what leaves.
"""

from dataclasses import dataclass

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from outreach.core.paths import template_folder

_templates = Environment(
    loader=FileSystemLoader(template_folder() / "emails"),
    autoescape=select_autoescape(["html"], default=False),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    auto_reload=False,
)


@dataclass(frozen=True, slots=True)
class Written:
    """A letter's words."""

    subject: str
    text: str
    html: str


def write(name: str, **values: object) -> Written:
    """Write the letter `name`; every value its templates name must be given."""
    subject, text, html = (
        _templates.get_template(f"{name}/{part}").render(**values)
        for part in ("subject.txt", "body.txt", "body.html")
    )
    return Written(" ".join(subject.split()), text, html)
