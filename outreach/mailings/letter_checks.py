"""What pre-flight finds in the letter itself: its blocks, variants, links and words."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from outreach.core.errors import Refusal
from outreach.mailings.belonging import without_a_part
from outreach.mailings.blocks import (
    Acknowledgement,
    Content,
    Faq,
    FaqLink,
    is_untranslated,
    merge,
    variants_of,
)
from outreach.mailings.findings import Finding, Step, block, warning
from outreach.mailings.following import UNCHECKED
from outreach.mailings.frozen import FrozenLetter, render_frozen
from outreach.mailings.line_checks import (
    fallback_remedy,
    fields_remedy,
    no_fallback,
    no_field,
    without_fallback,
)
from outreach.mailings.links import digest_of
from outreach.mailings.models import LinkCheck, Mailing
from outreach.mailings.rendering import LARGEST_LETTER, RenderedLetter, TrackedLinks
from outreach.mailings.trail_models import MailingApproval
from outreach.mailings.traits import disguised, repeated, says_any, spam_like, two_faced
from outreach.projects.models import Programme, Project
from outreach.web.filters import language_name

_NAMES_ITS_GRANT = frozenset({Programme.H2020, Programme.HORIZON_EUROPE})
_THE_UNION = (
    "European Union",
    "Europäische Union",
    "Europäischen Union",
    "Union européenne",
    "Europese Unie",
    "Europæiske Union",
    "Unión Europea",
)
"""Its name in the languages of letters, also as German declines it."""


def about_content(mailing: Mailing, content: Content) -> Iterator[Finding]:
    """Look at the blocks one by one."""
    if not content.blocks:
        yield block("The letter is empty.", "Add a headline and a text.")
    yield from _about_credits(mailing, content)
    yield from _about_belonging(mailing, content)
    for part in content.blocks:
        is_link = isinstance(part, FaqLink) or (isinstance(part, Faq) and part.label)
        if is_link and not mailing.results:
            yield block(
                "The FAQ link leads nowhere: the mailing announces no result.",
                "Choose a result under Details & audience, or remove the block.",
                block_id=part.id,
            )
        texts = tuple(_texts(part.model_dump()))
        for field in without_fallback(*texts):
            yield warning(no_fallback(field), fallback_remedy(field), block_id=part.id)
        for braced in merge.look_alikes(*texts):
            yield warning(no_field(braced), fields_remedy(), block_id=part.id)


def _about_credits(mailing: Mailing, content: Content) -> Iterator[Finding]:
    # A block only some roles see credits nobody before the others.
    named = {
        part.project
        for part in content.blocks
        if isinstance(part, Acknowledgement) and not part.roles
    }
    for project in dict.fromkeys(result.project for result in mailing.results):
        if project.slug in named:
            if project.acknowledgement:
                yield from _about_wording(project, (mailing.language, *content.languages))
            continue
        message = f"The acknowledgement of {project.acronym}'s funder is missing."
        remedy = "Add the acknowledgement block for everybody; its words come from the project."
        # A programme of the EU wants its credit line in every letter, in words of its own.
        if project.acknowledgement or project.call.programme is not Programme.OWN:
            yield block(message, remedy, code=f"credit:{project.slug}"[:80])
        else:
            yield warning(message, remedy)


def _about_belonging(mailing: Mailing, content: Content) -> Iterator[Finding]:
    """Look for results no block is about, and for blocks about results that are not announced."""
    for result in without_a_part(mailing, content):
        yield warning(
            f"No block is about “{result.title}”: its partners will see no visits.",
            "Add its parts under Content, or say of a block that it belongs to it.",
        )
    announced = {"", *(result.slug for result in mailing.results)}
    for part in content.blocks:
        if part.result not in announced:
            yield warning(
                "A block belongs to a result that the mailing does not announce.",
                "Open it and choose another, or announce the result under Details & audience.",
                block_id=part.id,
            )


def _about_wording(project: Project, languages: Iterable[str]) -> Iterator[Finding]:
    """Hold the project's own words against what its programme asks for, in every language.

    H2020 (Art. 29.4) and Horizon Europe (Art. 17) name the Union and the grant; a cofund or a
    network is credited by its call, its name or the cofund's number.
    """
    call = project.call
    number = project.grant_number or call.grant_number
    said = {project.acknowledgement.pick(each): each for each in reversed(tuple(languages))}
    for words, language in reversed(said.items()):
        name = f" in {language_name(language)}" if len(said) > 1 else ""
        if call.programme in _NAMES_ITS_GRANT:
            if not says_any(words, _THE_UNION) or (number and number not in words):
                yield block(
                    f"The acknowledgement of {project.acronym}{name} does not say what its "
                    f"programme asks for: the European Union and grant agreement {number or '…'}.",
                    "Correct the words of the project in the settings.",
                    code=f"wording:{project.slug}"[:80],
                )
        elif not says_any(words, (call.acronym, str(call.title), str(call.network.name), number)):
            yield warning(
                f"The acknowledgement of {project.acronym}{name} names neither its call nor its "
                "network.",
                "Correct the words of the project in the settings.",
            )


def about_variants(
    mailing: Mailing, content: Content, approvals: Mapping[str, MailingApproval]
) -> Iterator[Finding]:
    """Look for what is not translated, and for variants nobody approved."""
    for language in content.languages:
        name = language_name(language)
        missing = [part for part in content.blocks if is_untranslated(part, language)]
        if missing:
            yield warning(
                f"{_several(len(missing), 'block')} not in {name}: its readers get the words in "
                f"{language_name(mailing.language)}.",
                f"Open them under Content in {name}.",
                block_id=missing[0].id,
            )
    variants = variants_of(content, mailing.language)
    waiting = [each for each in variants if each.key not in approvals]
    if len(variants) > 1 and waiting:
        yield warning(
            f"{len(waiting)} of {len(variants)} variants are not approved as they stand.",
            "Look at each under Preview, and approve it there.",
            Step.PREVIEW,
        )


def about_letter(letter: FrozenLetter, tried: Mapping[str, LinkCheck]) -> Iterator[Finding]:
    """Compile every variant and look at what came out; `tried` says where links lead."""
    plan = TrackedLinks(letter.base_url)
    try:
        made = [render_frozen(letter.edition(each), plan) for each in letter.variants]
    except Refusal:
        yield from _about_each_block(letter, plan)
        return
    yield from _about_links(made)
    yield from _about_outcomes(letter, made, tried)
    largest = max(rendered.size for rendered in made)
    if largest > LARGEST_LETTER:
        yield block(
            f"The letter has {largest // 1000} KB; mail programs cut it off at 102.",
            f"Shorten it to at most {LARGEST_LETTER // 1000} KB: move text to the result's page.",
        )
    traits = (trait for rendered in made for trait in spam_like(rendered.text))
    for trait in dict.fromkeys((*traits, *disguised(made))):
        place = _place_of(letter.content, trait)
        yield warning(
            trait, "Filters and readers take it for unwanted mail; say it calmly.", block_id=place
        )
    if not letter.reply_address:
        yield warning(
            "Answers would go to the sender's address, which perhaps nobody reads.",
            "Give the project an address for questions, or the list a reply address.",
            Step.DETAILS,
        )


def _about_each_block(letter: FrozenLetter, plan: TrackedLinks) -> Iterator[Finding]:
    """Compile block by block, to say which of them cannot be made."""
    for part in letter.content.blocks:
        alone = letter.content.model_copy(
            update={"blocks": (part.model_copy(update={"roles": (), "instead_of": ""}),)}
        )
        try:
            render_frozen(letter.model_copy(update={"content": alone}), plan)
        except Refusal as error:
            yield block(error.message, error.remedy, block_id=part.id)


def _about_links(made: list[RenderedLetter]) -> Iterator[Finding]:
    links = {link.number: link for rendered in made for link in rendered.links}
    for link in links.values():
        if not link.label.strip():
            yield block(
                f"A link to {link.address} has no words to click.",
                "Write what the link leads to between the square brackets.",
                block_id=link.block_id,
            )
    for words in _in_any(two_faced, made):
        yield warning(
            f"Several links say “{words}” and lead to different places.",
            "Let each say where it leads.",
            block_id=_block_saying(words, made),
        )
    for words in _in_any(repeated, made):
        yield warning(
            f"The place “{words}” leads to is linked more than twice.",
            "Keep the link where readers need it.",
            block_id=_block_saying(words, made),
        )


def _block_saying(words: str, made: list[RenderedLetter]) -> str:
    """Return the first block with a link of these words."""
    links = (link for rendered in made for link in rendered.links)
    return next((link.block_id for link in links if link.label.strip() == words), "")


def _in_any(
    look: Callable[[RenderedLetter], list[str]], made: list[RenderedLetter]
) -> Iterable[str]:
    """Return what is found in any variant, once."""
    return dict.fromkeys(words for rendered in made for words in look(rendered))


def _about_outcomes(
    letter: FrozenLetter, made: list[RenderedLetter], tried: Mapping[str, LinkCheck]
) -> Iterator[Finding]:
    ours = f"{letter.base_url}/"
    links = {link.address: link for rendered in made for link in rendered.links}
    outward = {address: link for address, link in links.items() if not address.startswith(ours)}
    untried = [address for address in outward if address not in tried]
    if untried:
        yield warning(
            f"{_several(len(untried), 'link')} still untried: "
            f"{'does it' if len(untried) == 1 else 'do they'} lead anywhere?",
            "Try them under Checks & test; it takes a moment.",
            Step.CHECKS,
        )
    unchecked = [each for each in outward if _is_unchecked(tried.get(each))]
    if unchecked:
        yield warning(
            f"{_several(len(unchecked), 'link')} not known to lead anywhere: "
            f"{'it' if len(unchecked) == 1 else 'they'} could not be checked from this server "
            f"({', '.join(unchecked)[:120]}).",
            "Try them again when it is online, or open them yourself.",
            Step.CHECKS,
        )
    for address, link in outward.items():
        check = tried.get(address)
        if check is None or not check.detail or _is_unchecked(check):
            continue
        message = f"“{link.label or address}” leads to {address[:120]}: {check.detail}."
        if check.is_dead:
            code = f"dead:{digest_of(address)[:32]}"
            yield block(message, "Correct the address.", block_id=link.block_id, code=code)
        else:
            yield warning(message, "Open it once yourself.", block_id=link.block_id)


def _is_unchecked(check: LinkCheck | None) -> bool:
    return check is not None and check.detail.startswith(UNCHECKED)


def _place_of(content: Content, trait: str) -> str:
    """Return the block that says what a trait quotes; "" where none does or nothing is quoted."""
    quoted = trait.partition("“")[2].partition("”")[0].casefold()
    for part in content.blocks if quoted else ():
        if any(quoted in text.casefold() for text in _texts(part.model_dump(exclude={"id"}))):
            return part.id
    return ""


def _several(number: int, thing: str) -> str:
    return f"1 {thing} is" if number == 1 else f"{number} {thing}s are"


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)
