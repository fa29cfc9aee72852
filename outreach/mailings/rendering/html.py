"""Parts → HTML: Jinja writes MJML, MJML makes the tables mail programs need, CSS goes inline.

Slots must come through all three. MJML writes odd characters of attributes in a notation of its
own and keeps entities as they are, so its source is made pure ASCII; css-inline, which is an HTML
parser, turns the entities back into characters.
"""

from functools import lru_cache

import css_inline
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from mjml import mjml2html

from outreach.core.paths import template_folder
from outreach.mail.slots import split_slots
from outreach.mailings.rendering.colours import Scheme, scheme
from outreach.mailings.rendering.fonts import DEFAULT, OUTLOOK_TEXT, SYSTEM, font_named
from outreach.mailings.rendering.parts import Sheet

LONGEST_SLOT = 80
"""What a filled slot may take in bytes: the longest token, or a long name."""

_templates = Environment(
    loader=FileSystemLoader(template_folder() / "letters"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
_PREVIEW = "display:none;font-size:1px;line-height:1px"
_WHITE_PREVIEW = "display:none;font-size:1px;color:#ffffff;line-height:1px"
_KEPT = '<style data-css-inline="ignore"'


def write_html(sheet: Sheet, *, accent: str, font: str = DEFAULT) -> str:
    """Return the letter as one HTML document, its styles inline."""
    colours = scheme(accent)
    source = _templates.get_template("frame.mjml").render(
        sheet=sheet,
        colours=colours,
        text_font=SYSTEM,
        outlook_text=OUTLOOK_TEXT,
        outlook_headline=font_named(font).outlook,
    )
    html = mjml2html(_ascii(source), fonts={}, disable_comments=False)
    # White words on white paper are what spam filters look for, hidden or not.
    html = html.replace(_WHITE_PREVIEW, _PREVIEW, 1)
    # MJML's resets and the dark scheme stay in the head; only our own rules go inline.
    inlined = _inliner(colours, font).inline(html.replace('<style type="text/css"', _KEPT))
    # Read by itself a letter is a page, which needs its main landmark (axe, landmark-one-main).
    return inlined.replace(_KEPT, "<style").replace('role="article"', 'role="main"', 1)


def size_of(html: str) -> int:
    """Return the bytes of the HTML when every slot is filled with something long."""
    literals, places = split_slots(html)
    return sum(len(literal.encode()) for literal in literals) + LONGEST_SLOT * len(places)


def _ascii(source: str) -> str:
    lines = (line.strip() for line in source.split("\n"))
    compact = "\n".join(line for line in lines if line).replace("\\", "&#92;")
    return compact.encode("ascii", "xmlcharrefreplace").decode("ascii")


@lru_cache(maxsize=64)
def _inliner(colours: Scheme, font: str) -> css_inline.CSSInliner:
    return css_inline.CSSInliner(
        extra_css=_templates.get_template("inline.css").render(
            colours=colours, headline=font_named(font).stack, text_font=SYSTEM
        ),
        # By default it reads style sheets from the network and from local files.
        load_remote_stylesheets=False,
        keep_style_tags=True,
    )
