"""Variants: one mailing said differently to some roles, and in several languages.

A block may be for some roles only, may take another's place for them, and may say other words in
other languages. Whoever is in no role that is mentioned, or reads no language it was translated
into, gets the fallback: what everybody else gets, in the mailing's own language.
"""

import hashlib
from dataclasses import dataclass

from outreach.mailings.blocks.content import Content, make_block
from outreach.mailings.blocks.kinds import Block

EVERYBODY_ELSE = ""
WORDLESS = frozenset({"acknowledgement", "divider", "spacer"})
"""Kinds of block that are the same in every language, or follow it by themselves."""
LONGEST_ROLE = 33
"""Characters of a role in a key, which a delivery keeps in 40."""


@dataclass(frozen=True, slots=True)
class Variant:
    """What readers of one role and one language get."""

    role: str
    """The role's slug; empty for everybody whose role is not mentioned."""
    language: str

    @property
    def key(self) -> str:
        """The short name under which deliveries and figures keep it: "politician.de", "*.en"."""
        role = self.role or "*"
        if len(role) > LONGEST_ROLE:
            # Two long names may begin alike.
            role = f"{role[:24]}-{hashlib.sha256(role.encode()).hexdigest()[:8]}"
        return f"{role}.{self.language}"


def mentioned_roles(content: Content) -> tuple[str, ...]:
    """Return the roles to which anything is said differently, in the order of their mention."""
    return tuple(dict.fromkeys(role for block in content.blocks for role in block.roles))


def variants_of(content: Content, language: str) -> tuple[Variant, ...]:
    """Return every variant of a letter whose own language is given; the fallback comes first."""
    languages = dict.fromkeys((language, *content.languages))
    roles = (EVERYBODY_ELSE, *mentioned_roles(content))
    return tuple(Variant(role, each) for each in languages for role in roles)


def variant_for(content: Content, language: str, *, role: str, reads: str) -> Variant:
    """Return what a reader in `role` (a slug) who reads a language gets."""
    return Variant(
        role if role in mentioned_roles(content) else EVERYBODY_ELSE,
        reads if reads in content.languages else language,
    )


def edition(content: Content, variant: Variant) -> Content:
    """Return the blocks of one variant, without conditions and translations."""
    shown = [block for block in content.blocks if is_shown(content, block, variant.role)]
    return content.model_copy(
        update={
            "blocks": tuple(said_in(block, variant.language) for block in shown),
            "languages": (),
        }
    )


def is_shown(content: Content, block: Block, role: str) -> bool:
    """Say whether readers in `role` (empty: in none that is mentioned) see a block."""
    if block.roles and role not in block.roles:
        return False
    return not any(other.instead_of == block.id and role in other.roles for other in content.blocks)


def said_in(block: Block, language: str) -> Block:
    """Return a block in another language, where it says anything there; it is for everybody."""
    plain = {"roles": (), "instead_of": "", "texts": {}}
    words = block.texts.get(language)
    if not words:
        return block.model_copy(update=plain) if block.roles or block.texts else block
    fields = {**block.model_dump(mode="json", exclude={"id"}), **words, **plain}
    return make_block(fields, block_id=block.id)


def is_untranslated(block: Block, language: str) -> bool:
    """Say whether a block has words of its own that nobody put into a language."""
    return block.kind not in WORDLESS and language not in block.texts
