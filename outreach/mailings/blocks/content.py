"""The content of a mailing: a versioned document of blocks, and the verbs that edit it.

Every verb takes a Content and returns another; none changes what it was given.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from outreach.core.errors import NotFound
from outreach.mailings.blocks.complaints import BadContent, complaints_of
from outreach.mailings.blocks.kinds import Block, CallsToAction, DocumentCard, Part
from outreach.mailings.blocks.targets import Target, parse_target
from outreach.mailings.blocks.texts import OptionalLine

MOST_BLOCKS = 60
CONDITIONS = ("roles", "instead_of", "texts", "result")
"""What a block's own form does not show."""
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
_block: TypeAdapter[Block] = TypeAdapter(Block)


class Lines(Part):
    """Subject and preview line in another language; empty for the mailing's own."""

    subject: Annotated[OptionalLine, Field(max_length=250)] = ""
    preheader: Annotated[OptionalLine, Field(max_length=250)] = ""


class Content(Part):
    """The blocks of a mailing, in their order."""

    version: Literal[1] = 1
    blocks: Annotated[tuple[Block, ...], Field(strict=False, max_length=MOST_BLOCKS)] = ()
    last: Annotated[int, Field(ge=0)] = 0
    """The highest number ever given to a block, so that no id comes back with another meaning."""
    languages: Annotated[tuple[Language, ...], Field(strict=False, max_length=20)] = ()
    """The languages it is said in besides its own."""
    lines: Annotated[dict[Language, Lines], Field(max_length=20)] = {}

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        ids = [block.id for block in self.blocks]
        if len(ids) != len(set(ids)):
            raise ValueError("give every block an id of its own")
        return self

    @property
    def targets(self) -> tuple[Target, ...]:
        """Where its buttons lead in any variant, each once, in order of appearance."""
        names = (name for block in self.blocks for name in _target_names(block))
        return tuple(dict.fromkeys(map(parse_target, names)))

    def block(self, block_id: str) -> Block:
        """Return the block with this id; raises NotFound."""
        return self.blocks[self.place(block_id)]

    def place(self, block_id: str) -> int:
        """Return the place of a block, from 0; raises NotFound."""
        for place, block in enumerate(self.blocks):
            if block.id == block_id:
                return place
        raise NotFound(
            "This block is no longer there.", "Look at the letter again to see which it has."
        )


def load(data: Mapping[str, Any]) -> Content:
    """Read a stored document; an empty mapping is an empty letter. Raises BadContent."""
    try:
        return Content.model_validate(dict(data))
    except ValidationError as error:
        raise BadContent(complaints_of(error)) from error


def dump(content: Content) -> dict[str, Any]:
    """Return the document as JSON-able values, for the database."""
    return content.model_dump(mode="json")


def compose(blocks: Iterable[Mapping[str, Any]]) -> Content:
    """Make a content of blocks given as {"kind": …, field: value, …}. Raises BadContent.

    Ids are given in order (b1, b2, …) to the blocks that have none.
    """
    numbered = [{"id": f"b{number}", **block} for number, block in enumerate(blocks, start=1)]
    return load({"blocks": numbered, "last": len(numbered)})


def add(content: Content, fields: Mapping[str, Any], *, at: int | None = None) -> Content:
    """Put a new block, given as {"kind": …, field: value, …}, at place `at` (from 0) or last.

    Its id is made here. Raises BadContent.
    """
    block = make_block(fields, block_id=f"b{content.last + 1}")
    place = len(content.blocks) if at is None else at
    blocks = (*content.blocks[:place], block, *content.blocks[place:])
    return _with(content, blocks, last=content.last + 1)


def remove(content: Content, block_id: str) -> Content:
    """Take a block away. Raises NotFound."""
    place = content.place(block_id)
    return _with(content, (*content.blocks[:place], *content.blocks[place + 1 :]))


def move(
    content: Content, block_id: str, *, by: int | None = None, to: int | None = None
) -> Content:
    """Move a block `by` places (-1 is up, 1 is down) or `to` a place (from 0), within the letter.

    Raises NotFound.
    """
    place = content.place(block_id)
    wanted = place + (by or 0) if to is None else to
    others = [block for block in content.blocks if block.id != block_id]
    others.insert(max(0, min(wanted, len(others))), content.blocks[place])
    return _with(content, tuple(others))


def duplicate(content: Content, block_id: str) -> Content:
    """Put a copy, with an id of its own, right after a block. Raises NotFound, BadContent."""
    fields = content.block(block_id).model_dump(mode="json", exclude={"id"})
    return add(content, fields, at=content.place(block_id) + 1)


def replace(content: Content, block_id: str, fields: Mapping[str, Any]) -> Content:
    """Write a block anew; it keeps its id and place, who sees it and its translations.

    Raises NotFound, BadContent.
    """
    place = content.place(block_id)
    kept = content.blocks[place].model_dump(mode="json", include=set(CONDITIONS))
    block = make_block({**kept, **fields}, block_id=block_id)
    return _with(content, (*content.blocks[:place], block, *content.blocks[place + 1 :]))


def show_to(content: Content, block_id: str, roles: Iterable[str]) -> Content:
    """Show a block to these roles only (none: to everybody). Raises NotFound, BadContent."""
    block, chosen = content.block(block_id), list(dict.fromkeys(roles))
    instead_of = block.instead_of if chosen else ""
    fields = block.model_dump(mode="json", exclude={"id"})
    return replace(content, block_id, {**fields, "roles": chosen, "instead_of": instead_of})


def belong(content: Content, block_id: str, result: str) -> Content:
    """Let a block belong to a result, given by its slug ("": to none). Raises NotFound."""
    fields = content.block(block_id).model_dump(mode="json", exclude={"id"})
    return replace(content, block_id, {**fields, "result": result})


def say_otherwise(content: Content, block_id: str, role: str) -> Content:
    """Put a copy right after a block, which takes its place for one role. Raises as `add`."""
    block = content.block(block_id)
    fields = block.model_dump(mode="json", exclude={"id"})
    fields |= {"roles": [role], "instead_of": block.instead_of or block_id}
    return add(content, fields, at=content.place(block_id) + 1)


def translate(content: Content, block_id: str, language: str, fields: Mapping[str, Any]) -> Content:
    """Let a block say `fields` in another language; what is alike in both is kept only once.

    Raises NotFound, BadContent.
    """
    place = content.place(block_id)
    own = content.blocks[place].model_dump(mode="json", exclude={"id", *CONDITIONS})
    said = make_block({**own, **fields}, block_id=block_id).model_dump(mode="json", exclude={"id"})
    words = {name: said[name] for name in own if said[name] != own[name]}
    texts = {**content.blocks[place].texts, language: words}
    block = content.blocks[place].model_copy(update={"texts": texts})
    return _with(content, (*content.blocks[:place], block, *content.blocks[place + 1 :]))


def speak(content: Content, languages: Iterable[str]) -> Content:
    """Say it in these languages besides its own; words in others are kept, in case."""
    return load({**dump(content), "languages": list(dict.fromkeys(languages))})


def entitle(content: Content, language: str, lines: Mapping[str, str]) -> Content:
    """Set subject and preview line in another language. Raises BadContent."""
    stored = dump(content)
    return load({**stored, "lines": {**stored["lines"], language: dict(lines)}})


def retarget(content: Content, new: Mapping[Target, Target]) -> Content:
    """Let calls to action lead elsewhere: from document slugs to ids and back. Pure renaming."""
    return _with(content, tuple(_retargeted(block, new) for block in content.blocks))


def make_block(fields: Mapping[str, Any], *, block_id: str = "new") -> Block:
    """Check one block, as a form gives it; raises BadContent, whose complaints name the fields."""
    try:
        return _block.validate_python({**fields, "id": block_id})
    except ValidationError as error:
        raise BadContent(complaints_of(error)) from error


def _target_names(block: Block) -> list[str]:
    """Return where a block leads, in its own language and in all others."""
    said: list[Mapping[str, Any]] = [block.model_dump(), *block.texts.values()]
    items = [item for fields in said for item in fields.get("items", ())]
    return [part["target"] for part in (*said, *items) if part.get("target")]


def _retargeted(block: Block, new: Mapping[Target, Target]) -> Block:
    if not isinstance(block, CallsToAction | DocumentCard):
        return block
    fields = block.model_dump(mode="json")
    for said in (fields, *fields["texts"].values()):
        for part in (said, *said.get("items", ())):
            if name := part.get("target"):
                target = parse_target(name)
                part["target"] = str(new.get(target, target))
    return type(block).model_validate(fields)


def _with(content: Content, blocks: tuple[Block, ...], *, last: int | None = None) -> Content:
    if len(blocks) > MOST_BLOCKS:
        return load({**dump(content), "blocks": [block.model_dump() for block in blocks]})
    return content.model_copy(
        update={"blocks": blocks, "last": content.last if last is None else last}
    )
