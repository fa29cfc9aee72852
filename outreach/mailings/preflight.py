"""Pre-flight: what keeps a mailing from being sent, and what somebody should look at first.

Every finding names its place (a step, and the block where there is one) and the remedy.
"""

import ipaddress
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from outreach.core.errors import Refusal
from outreach.mail.letter import Address
from outreach.mailings.audience import AudienceCount, audience_of, count
from outreach.mailings.blocks import (
    Acknowledgement,
    BadContent,
    Content,
    FaqLink,
    load,
    merge,
)
from outreach.mailings.findings import Finding, Level, Report, Step, block, warning
from outreach.mailings.frozen import FrozenLetter, render_frozen
from outreach.mailings.gathering import gather
from outreach.mailings.models import Mailing
from outreach.mailings.rendering import LARGEST_LETTER, RenderedLetter, TrackedLinks
from outreach.projects.models import Programme

LONG_SUBJECT = 60
"""Characters; phones cut what is longer."""


def check(
    session: Session,
    mailing: Mailing,
    *,
    sender: Address,
    base_url: str,
    can_send: bool,
    now: datetime,
) -> Report:
    """Look at a mailing as it would leave now; changes nothing.

    `sender` is the installation's own, `base_url` our public address, `can_send` whether an SMTP
    server or the catcher is there.
    """
    counted = count(session, audience_of(mailing), mailing.list_id, now)
    findings = [
        *_about_sending(can_send=can_send, base_url=base_url),
        *_about_details(mailing, sender, counted),
        *_about_results(mailing),
    ]
    try:
        content = load(mailing.content)
    except BadContent as error:
        findings += [block(f"In {each}.", "Edit the block.") for each in error.complaints]
    else:
        letter = gather(session, mailing, sender=sender, base_url=base_url)
        findings += [*_about_content(mailing, content), *_about_letter(letter)]
    findings.sort(key=lambda found: found.level is not Level.BLOCK)
    return Report(tuple(findings), counted)


def _about_sending(*, can_send: bool, base_url: str) -> Iterator[Finding]:
    if not can_send:
        yield block(
            "No letter can leave this machine: no SMTP server is set.",
            "Set OUTREACH_MAIL_SERVER and OUTREACH_MAIL_DEFAULT_SENDER (or OUTREACH_CATCHER=1 to "
            "try it out), and start again.",
            Step.CHECKS,
        )
    if not is_public(base_url):
        yield warning(
            f"Links lead to {base_url}, which only this machine or network can open.",
            "Before writing to real people, set OUTREACH_BASE_URL to the public https:// address.",
            Step.CHECKS,
        )


def is_public(base_url: str) -> bool:
    """Say whether readers anywhere could open an address of ours, as far as its form tells."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return parts.scheme == "https" and "." in host and not host.endswith((".local", ".lan"))


def _about_details(mailing: Mailing, sender: Address, counted: AudienceCount) -> Iterator[Finding]:
    its_list = mailing.mailing_list
    if audience_of(mailing).is_empty:
        yield block(
            "Nobody is chosen to get it.", "Choose roles under Details & audience.", Step.DETAILS
        )
    elif not counted.recipients:
        yield block(
            "Nobody in the audience may be written to.",
            "Choose another audience, or see why each group is withheld.",
            Step.DETAILS,
        )
    if not mailing.subject:
        yield block("The subject is missing.", "Write what readers will see first.", Step.DETAILS)
    if not its_list.postal_address.strip():
        yield block(
            f"The list “{its_list.name}” has no postal address, which every letter must show.",
            "Add it to the list in the settings.",
            Step.DETAILS,
        )
    if not (its_list.sender_profile or sender.email):
        yield block(
            "Nobody is named as the sender.",
            "Set OUTREACH_MAIL_DEFAULT_SENDER, or give the list a sender.",
            Step.DETAILS,
        )
    yield from _about_lines(mailing)


def _about_lines(mailing: Mailing) -> Iterator[Finding]:
    length = len(merge.to_fallbacks(mailing.subject))
    if length > LONG_SUBJECT:
        yield warning(
            f"The subject has {length} characters; phones show about {LONG_SUBJECT}.",
            "Put what matters first, or shorten it.",
            Step.DETAILS,
        )
    if not mailing.preheader:
        yield warning(
            "The preview line is missing: inboxes will show the letter's first words instead.",
            "Write one sentence that goes on where the subject ends.",
            Step.DETAILS,
        )
    for field in _without_fallback(mailing.subject, mailing.preheader):
        yield warning(_no_fallback(field), _fallback_remedy(field), Step.DETAILS)


def _about_results(mailing: Mailing) -> Iterator[Finding]:
    for result in mailing.results:
        if result.published_at is None:
            yield block(
                f"The result “{result.title}” is not published: its links would lead nowhere.",
                "Publish it under Results first.",
                Step.DETAILS,
            )
    if not mailing.results:
        yield warning(
            "The mailing announces no result, so reports by result will not know it.",
            "Choose the results it is about.",
            Step.DETAILS,
        )


def _about_content(mailing: Mailing, content: Content) -> Iterator[Finding]:
    if not content.blocks:
        yield block("The letter is empty.", "Add a headline and a text.")
    yield from _about_credits(mailing, content)
    for part in content.blocks:
        if isinstance(part, FaqLink) and not mailing.results:
            yield block(
                "The FAQ link leads nowhere: the mailing announces no result.",
                "Choose a result under Details & audience, or remove the block.",
                block_id=part.id,
            )
        for field in _without_fallback(*_texts(part.model_dump())):
            yield warning(
                _no_fallback(field), _fallback_remedy(field), Step.CONTENT, block_id=part.id
            )


def _about_credits(mailing: Mailing, content: Content) -> Iterator[Finding]:
    named = {part.project for part in content.blocks if isinstance(part, Acknowledgement)}
    for project in dict.fromkeys(result.project for result in mailing.results):
        if project.slug in named:
            continue
        # A programme of the EU wants its credit line in every letter, in words of its own.
        is_asked_for = project.acknowledgement or project.call.programme is not Programme.OWN
        tell = block if is_asked_for else warning
        yield tell(
            f"The acknowledgement of {project.acronym}'s funder is missing.",
            "Add the acknowledgement block; its words come from the project.",
        )


def _about_letter(letter: FrozenLetter) -> Iterator[Finding]:
    plan = TrackedLinks(letter.base_url)
    try:
        rendered = render_frozen(letter, plan)
    except Refusal:
        yield from _about_each_block(letter, plan)
        return
    yield from _about_links(rendered)
    if rendered.size > LARGEST_LETTER:
        yield block(
            f"The letter has {rendered.size // 1000} KB; mail programs cut it off at 102.",
            f"Shorten it to at most {LARGEST_LETTER // 1000} KB: move text to the result's page.",
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
        alone = letter.content.model_copy(update={"blocks": (part,)})
        try:
            render_frozen(letter.model_copy(update={"content": alone}), plan)
        except Refusal as error:
            yield block(error.message, error.remedy, block_id=part.id)


def _about_links(rendered: RenderedLetter) -> Iterator[Finding]:
    for link in rendered.links:
        if not link.label.strip():
            yield block(
                f"A link to {link.address} has no words to click.",
                "Write what the link leads to between the square brackets.",
                block_id=link.block_id,
            )


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


def _without_fallback(*texts: str) -> list[str]:
    return [field.name for field in merge.find(*texts) if not field.fallback]


def _no_fallback(name: str) -> str:
    return f"{{{name}}} stays empty for people of whom we do not know it."


def _fallback_remedy(name: str) -> str:
    return f"Write a word to stand in: {{{name}|colleague}}."
