"""Numbers for the links of a letter, in the order in which they are read."""

from outreach.core.errors import Refusal
from outreach.mailings.blocks import one_line, web_address
from outreach.mailings.blocks.merge import to_fallbacks
from outreach.mailings.rendering.context import LinkKind, LinkPlan, TrackedLink
from outreach.mailings.rendering.parts import Line

LONGEST_LABEL = 300


class Unrenderable(Refusal):
    """A letter cannot be made of these blocks: something they refer to is missing or unsafe."""


LinkPlace = tuple[str, int, str]
"""A block, the place of a link in it, and its address: variants that share it share its number."""


class LinkBook:
    """Gives every link of a letter its number and writes it as the plan says.

    `numbers` holds the numbers known from other variants of the letter, and is added to.
    """

    def __init__(self, plan: LinkPlan, numbers: dict[LinkPlace, int] | None = None) -> None:
        self._plan = plan
        self._numbers = {} if numbers is None else numbers
        self._in_block = 0
        self._links: list[TrackedLink] = []
        self._block_id = ""

    @property
    def links(self) -> tuple[TrackedLink, ...]:
        """All links so far."""
        return tuple(self._links)

    def turn_to(self, block_id: str) -> None:
        """Let the links that follow belong to this block."""
        self._block_id, self._in_block = block_id, 0

    def open(
        self,
        address: str,
        label: str,
        *,
        kind: LinkKind = LinkKind.CLICK,
        document_id: int | None = None,
        version_id: int | None = None,
    ) -> Line:
        """Number a link and return its href; raises Unrenderable when the address is none."""
        sound = sound_address(address, label)
        place = (self._block_id, self._in_block, sound)
        number = self._numbers.setdefault(place, len(self._numbers) + 1)
        self._in_block += 1
        link = TrackedLink(
            number,
            kind,
            sound,
            self._block_id,
            to_fallbacks(one_line(label))[:LONGEST_LABEL],
            document_id,
            version_id,
        )
        self._links.append(link)
        return Line(self._plan.href(kind, number, link.address))


def sound_address(address: str, label: str) -> str:
    """Return an http(s) address fit for a letter; raises Unrenderable naming the link."""
    try:
        return web_address(one_line(address))
    except ValueError as error:
        raise Unrenderable(f"“{one_line(label)}” leads to no address.", f"{error}.") from error
