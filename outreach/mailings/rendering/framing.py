"""What surrounds the parts of a letter: who writes, why, and the reader's own ways (M3)."""

from outreach.mailings.rendering import parts
from outreach.mailings.rendering.context import RenderContext
from outreach.mailings.rendering.links import Unrenderable, sound_address
from outreach.mailings.rendering.parts import Line, Link, merged, plain
from outreach.mailings.rendering.words import phrase


def sheet_of(context: RenderContext, letter: tuple[parts.Part, ...]) -> parts.Sheet:
    frame, reader, language = context.frame, context.reader, context.language
    pixel, web = context.links.pixel(), context.web_address
    page, mark, query = (web or "").partition("?")

    def link(name: str, address: str) -> Link:
        return Link(plain(phrase(name, language)), Line(address))

    return parts.Sheet(
        language=language,
        title=plain(context.title),
        preheader=merged(context.preheader),
        organisation=plain(frame.organisation),
        postal_address=plain(frame.postal_address),
        imprint=plain(frame.imprint),
        logo=own_picture(frame.logo_address, context) if frame.logo_address else None,
        receive=Line(
            phrase("receive", language).format(role=reader.role, list=plain(frame.list_name))
        ),
        not_right=plain(phrase("not_right", language)),
        why=plain(frame.why or phrase("why", language)),
        change=link("change", reader.preferences_address),
        unsubscribe=link("unsubscribe", reader.unsubscribe_address),
        browser=link("browser", context.links.web(web)) if web else None,
        privacy=link("privacy", context.privacy_address),
        measurement=link("measurement", reader.preferences_address),
        forward=link("forward", f"{page}/forward{mark}{query}") if web else None,
        pixel=Line(pixel) if pixel else None,
        parts=letter,
    )


def own_picture(address: str, context: RenderContext) -> Line:
    sound = sound_address(address, "picture")
    if not sound.startswith(f"{context.base_address}/"):
        raise Unrenderable(
            f"The picture {sound} stands at another site, which would learn who reads the letter.",
            "Upload it here instead.",
        )
    return Line(sound)
