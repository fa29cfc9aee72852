"""Pre-flight: what keeps a mailing from being sent, and what somebody should look at first.

Every finding names its place (a step, and the block where there is one) and the remedy.
"""

import ipaddress
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from outreach.mail.letter import Address
from outreach.mailings.approving import approvals_of
from outreach.mailings.audience import AudienceCount, audience_of, count
from outreach.mailings.blocks import BadContent, load
from outreach.mailings.findings import Finding, Level, Report, Step, block, warning
from outreach.mailings.gathering import gather
from outreach.mailings.headcount import Headcount
from outreach.mailings.letter_checks import (
    about_content,
    about_letter,
    about_variants,
)
from outreach.mailings.line_checks import about_lines
from outreach.mailings.links import outcomes
from outreach.mailings.models import Mailing, MailingState
from outreach.mailings.outward_checks import about_colours, about_replies
from outreach.mailings.overriding import overrides_of
from outreach.mailings.reviewing import is_seconded
from outreach.mailings.sender_domain import about_domain
from outreach.mailings.testing_subjects import chosen_test, readers_of_it, why_too_small
from outreach.projects.queries import needs_approval
from outreach.stakeholders.models import WithheldReason


def check(
    session: Session,
    mailing: Mailing,
    *,
    sender: Address,
    base_url: str,
    can_send: bool,
    now: datetime,
    inbox_address: str | None = None,
    headcount: Headcount | None = None,
    goes_alone: bool = False,
) -> Report:
    """Look at a mailing as it would leave now; changes nothing.

    `sender` is the installation's own, `base_url` our public address, `can_send` whether an SMTP
    server or the catcher is there; `inbox_address` the mailbox this installation reads, "" for
    none and None where nobody asks. With a `headcount` of it nobody is counted again. Of one that
    `goes_alone`, an issue of a digest, staff said that nobody approves it.
    """
    counted = (
        headcount.audience
        if headcount
        else count(session, audience_of(mailing), mailing.list_id, now)
    )
    findings = [
        *_about_sending(can_send=can_send, base_url=base_url),
        *_about_details(mailing, sender, counted),
        *_about_results(mailing),
        *(() if goes_alone else _about_review(session, mailing)),
    ]
    try:
        content = load(mailing.content)
    except BadContent as error:
        findings += [block(f"In {each}.", "Edit the block.") for each in error.complaints]
    else:
        letter = gather(session, mailing, sender=sender, base_url=base_url)
        findings += [
            *about_lines(mailing, content),
            *about_content(mailing, content),
            *about_variants(mailing, content, approvals_of(session, mailing)),
            *about_letter(letter, outcomes(session, mailing.id)),
            *about_domain(session, letter.sender_address, now=now),
            *about_replies(letter.reply_address or letter.sender_address, inbox_address),
            *about_colours(letter.accent),
        ]
    findings += _about_test(session, mailing, headcount, now)
    findings = _answered(session, mailing, findings)
    findings.sort(key=lambda found: found.level is not Level.BLOCK)
    return Report(tuple(findings), counted, _passed(findings))


def _answered(session: Session, mailing: Mailing, findings: list[Finding]) -> list[Finding]:
    """Let what somebody answered for keep nothing back any more."""
    reasons = overrides_of(session, mailing.id)
    return [
        found.in_spite(reasons[found.code].reason, reasons[found.code].actor)
        if found.code in reasons
        else found
        for found in findings
    ]


def _passed(findings: list[Finding]) -> tuple[str, ...]:
    said = " ".join(found.message for found in findings)
    return tuple(name for name, signs in _LOOKED_AT.items() if not any(s in said for s in signs))


_LOOKED_AT = {
    "Audience": ("chosen to get it", "may be written to"),
    "Subject and preview line": ("subject", "preview line"),
    "Results are public": ("is not published",),
    "Acknowledgement": ("acknowledgement", "grant"),
    "Pictures have words": ("picture",),
    "Links": ("link", "leads nowhere"),
    "Merge fields": ("stays empty for people", "is no merge field"),
    "Size": ("KB",),
    "Sender’s domain": ("Sender's domain", "sender's domain"),
    "Reply address": ("Answers",),
    "Contrast of the colours": ("contrast",),
    "Words filters take amiss": (
        "unwanted mail",
        "capitals only",
        "as if it were an answer",
        "shouts",
        "hardly any words",
        "shows an address",
    ),
    "Address and way to unsubscribe": ("postal address",),
}
"""What is looked at → words that a finding about it has."""


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
    if unknown := counted.withheld.get(WithheldReason.NO_BASIS):
        yield warning(
            f"{unknown} of the chosen people are withheld: no basis for writing is recorded.",
            "Record under Stakeholders how they came to this list, or leave them out.",
            Step.DETAILS,
        )


def _about_review(session: Session, mailing: Mailing) -> Iterator[Finding]:
    approver = "somebody else with access “sender”"
    if mailing.state is MailingState.IN_REVIEW and not is_seconded(session, mailing):
        yield block(
            "It is in review, and nobody else has approved it as it stands.",
            f"Let {approver} approve it, or send it back.",
            Step.SCHEDULE,
        )
    elif mailing.state is MailingState.DRAFT and needs_approval(session, mailing.list_id):
        yield block(
            "Mailings of this network go out when a second person has approved them.",
            f"Ask for a review; {approver} answers it.",
            Step.SCHEDULE,
        )


def _about_test(
    session: Session, mailing: Mailing, headcount: Headcount | None, now: datetime
) -> Iterator[Finding]:
    test = chosen_test(mailing)
    if test is None:
        return
    readers = headcount.readers if headcount else readers_of_it(session, mailing, now=now)
    if why := why_too_small(test, readers):
        yield block(
            f"The subject test cannot be made. {why}",
            "Raise its share, choose more people, or send without a test.",
            Step.DETAILS,
        )


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
