"""A frozen letter, and its compilation: the same values give the same bytes."""

from pydantic import BaseModel, ConfigDict

from outreach.mail.slots import SlotKind, slot
from outreach.mailings.blocks import Content, Variant, edition, merge, variant_for, variants_of
from outreach.mailings.rendering import (
    DocumentTarget,
    Frame,
    LinkPlace,
    LinkPlan,
    PageTarget,
    Reader,
    RenderContext,
    RenderedLetter,
    render,
)
from outreach.mailings.subject_test import SubjectTest


class FrozenRole(BaseModel):
    """A stakeholder's role as the letter names it."""

    model_config = ConfigDict(frozen=True)

    slug: str
    name: str
    """In the letter's language."""


class FrozenWords(BaseModel):
    """What a letter says in one more language, besides its blocks."""

    model_config = ConfigDict(frozen=True)

    subject: str
    preheader: str
    list_name: str
    documents: dict[str, DocumentTarget]
    pages: dict[str, PageTarget]
    covers: dict[str, str]
    acknowledgements: dict[str, str]
    roles: dict[int, FrozenRole]
    no_role: str


class FrozenLetter(BaseModel):
    """All a letter is compiled from; compiling it again gives the same bytes."""

    model_config = ConfigDict(frozen=True)

    mailing_id: int
    web_key: str
    language: str
    subject: str
    """May hold merge fields."""
    preheader: str
    content: Content
    base_url: str
    list_id: int
    list_identifier: str
    """RFC 2919 List-Id without the angle brackets."""
    list_name: str
    controller: str
    postal_address: str
    sender_name: str
    sender_address: str
    message_domain: str = ""
    """Under which Message-IDs are made: the sender's. Empty in letters frozen before it was kept,
    whose retries keep the host of `base_url`."""
    reply_address: str
    """The Reply-To; also the address for questions when the project names none."""
    question_address: str
    faq_address: str
    result_ids: tuple[int, ...]
    documents: dict[str, DocumentTarget]
    pages: dict[str, PageTarget]
    pictures: dict[str, str]
    covers: dict[str, str] = {}
    """Addresses of the documents' covers, keyed as `documents` are."""
    acknowledgements: dict[str, str]
    programmes: dict[str, str] = {}
    """What pays for each acknowledged project."""
    roles: dict[int, FrozenRole]
    no_role: str
    """What the letter calls a reader without any role, in its language."""
    translations: dict[str, FrozenWords] = {}
    """By language."""
    accent: str = ""
    """#rrggbb; empty for our own."""
    font: str = "serif"
    logo_address: str = ""
    imprint: str = ""
    is_translated: bool = False
    """Whether this is an edition in another language than the mailing's own."""
    variant_role: str = ""
    """Whose variant this edition is; empty for the one everybody else gets."""
    test: SubjectTest | None = None
    """The subject lines that are tried before all get the best; None without a test."""
    line: str = ""
    """Which of these lines this edition has; empty for the mailing's own, outside of a test."""
    numbers: tuple[tuple[str, int, str], ...] = ()
    """Block, place in it and address of every link, in the order of their numbers: all variants
    count alike. Empty while the letter is a draft."""

    @property
    def calendar_address(self) -> str:
        """Below which the calendar entries of its events are."""
        return f"{self.base_url}/mailings/{self.web_key}"

    @property
    def web_address(self) -> str:
        """Of the web version, without any personal token."""
        return f"{self.calendar_address}{self.web_query}"

    @property
    def web_query(self) -> str:
        """What asks the web version for this edition: its role, its language, or its tried line.

        Only letters in the mailing's own language are tried with lines.
        """
        role = f"as={self.variant_role}" if self.variant_role else ""
        lang = f"lang={self.language}" if self.is_translated else ""
        line = f"line={self.line}" if self.line and not lang else ""
        query = "&".join(filter(None, (role, lang, line)))
        return f"?{query}" if query else ""

    @property
    def ask_address(self) -> str:
        """Of the form for questions, for letters without a measure token."""
        query = f"&lang={self.language}" if self.is_translated else ""
        return f"{self.base_url}/ask?mailing={self.web_key}{query}"

    @property
    def title(self) -> str:
        """The subject with every merge field replaced by its fallback."""
        return merge.to_fallbacks(self.subject)

    @property
    def variants(self) -> tuple[Variant, ...]:
        """All its variants, the fallback first."""
        return variants_of(self.content, self.language)

    def variant_of(self, role_id: int | None, reads: str) -> Variant:
        """Return what a reader with this reporting role, who reads a language, gets."""
        role = self.roles.get(role_id) if role_id is not None else None
        slug = role.slug if role else ""
        return variant_for(self.content, self.language, role=slug, reads=reads)

    def edition(self, variant: Variant) -> "FrozenLetter":
        """Return the letter of one variant, in its language and with nothing else in it."""
        changes: dict[str, object] = {"content": edition(self.content, variant)}
        if variant.role:
            changes["variant_role"] = variant.role
        if variant.language in self.translations:
            words = self.translations[variant.language]
            changes |= {name: getattr(words, name) for name in FrozenWords.model_fields}
            changes |= {"language": variant.language, "translations": {}, "is_translated": True}
        return self.model_copy(update=changes)

    @property
    def own_variants(self) -> tuple[Variant, ...]:
        """Its variants in its own language: a test of subject lines is for their readers."""
        return tuple(each for each in self.variants if each.language == self.language)

    def arms(self, winner: str = "") -> "dict[str, FrozenLetter]":
        """Return this edition with each subject line that is tried, by arm; "" for all others.

        Those get the line of `winner` once there is one.
        """
        if self.test is None or self.is_translated:
            return {"": self}
        lines = self.test.lines(self.subject, self.preheader)
        arms = {
            arm: self.model_copy(
                update={"subject": line.subject, "preheader": line.preheader, "line": arm}
            )
            for arm, line in lines.items()
        }
        return {"": arms.get(winner, self), **arms}

    def role_name(self, role_id: int | None) -> str:
        """Name a reporting role in the letter's language, or a reader who has none."""
        role = self.roles.get(role_id) if role_id is not None else None
        return role.name if role else self.no_role


def render_frozen(
    letter: FrozenLetter,
    links: LinkPlan,
    *,
    reader: Reader | None = None,
    is_web: bool = False,
    numbers: dict[LinkPlace, int] | None = None,
) -> RenderedLetter:
    """Compile a frozen letter, or an edition of it; the same values give the same bytes.

    Of a letter with variants the fallback is compiled. `numbers` is for links counted over several
    editions, when they are not frozen yet.

    With a plan that measures (TrackedLinks) the way to ask carries the measure token, without one
    only the mailing's key. Recipients' facts stay slots unless `reader` gives them.
    """
    letter = letter.edition(Variant("", letter.language))
    if numbers is None:
        numbers = {place: number for number, place in enumerate(letter.numbers, start=1)}
    return render(letter.content, _context(letter, links, reader, is_web=is_web), numbers)


def _context(
    letter: FrozenLetter, links: LinkPlan, reader: Reader | None, *, is_web: bool
) -> RenderContext:
    is_measured = links.pixel() is not None
    token = slot("measure", SlotKind.URL)
    return RenderContext(
        language=letter.language,
        title=letter.title,
        preheader=letter.preheader,
        base_address=letter.base_url,
        frame=Frame(
            list_name=letter.list_name,
            organisation=letter.controller,
            postal_address=letter.postal_address,
            imprint=letter.imprint,
            logo_address=letter.logo_address or None,
            font=letter.font,
            **({"accent": letter.accent} if letter.accent else {}),
        ),
        reader=reader or Reader.in_slots(letter.base_url),
        links=links,
        ask_address=f"{letter.base_url}/ask?via={token}" if is_measured else letter.ask_address,
        faq_address=letter.faq_address,
        question_address=letter.question_address,
        web_address=None if is_web else letter.web_address,
        documents=letter.documents,
        pages=letter.pages,
        pictures=letter.pictures,
        covers=letter.covers,
        calendar_address=letter.calendar_address,
        acknowledgements=letter.acknowledgements,
        programmes=letter.programmes,
    )
