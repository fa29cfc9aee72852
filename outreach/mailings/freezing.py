"""Freezing: what a letter is compiled from is gathered once and kept, so that no later change of a
project, a document or a list changes a letter that was promised.
"""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from outreach.mail.letter import Address
from outreach.mailings.belonging import attribute
from outreach.mailings.frozen import FrozenLetter, FrozenRole, render_frozen
from outreach.mailings.gathering import gather
from outreach.mailings.models import LinkKind, Mailing, MailingLink, MailingRevision
from outreach.mailings.rendering import LinkPlace, RenderedLetter, TrackedLinks

__all__ = ["FrozenLetter", "FrozenRole", "freeze", "gather", "render_frozen", "thaw"]


def freeze(
    session: Session, mailing: Mailing, *, sender: Address, base_url: str, now: datetime
) -> MailingRevision:
    """Keep the letter as it is now, and the numbered links its tracking addresses lead to (S7).

    `sender` is the installation's own, for lists without a sender profile; `base_url` our address
    without a slash at its end. Raises Unrenderable when the letter cannot be made.
    """
    letter = gather(session, mailing, sender=sender, base_url=base_url)
    numbers: dict[LinkPlace, int] = {}
    rendered = [
        render_frozen(letter.edition(variant), TrackedLinks(base_url), numbers=numbers)
        for variant in letter.variants
    ]
    letter = letter.model_copy(update={"numbers": tuple(numbers)})
    revision = MailingRevision(
        mailing_id=mailing.id, created_at=now, letter=letter.model_dump(mode="json")
    )
    session.execute(delete(MailingLink).where(MailingLink.mailing_id == mailing.id))
    links = _links(mailing.id, rendered)
    attribute(session, mailing, letter.content, links)
    session.add_all([revision, *links])
    session.flush()  # the revision needs its key: the mailing points at it
    mailing.revision_id = revision.id
    return revision


def thaw(revision: MailingRevision) -> FrozenLetter:
    """Return the letter a revision keeps."""
    return FrozenLetter.model_validate(revision.letter)


def _links(mailing_id: int, rendered: list[RenderedLetter]) -> list[MailingLink]:
    """Return every link once; variants that share one share its number."""
    links = {link.number: link for letter in reversed(rendered) for link in letter.links}
    return [
        MailingLink(
            mailing_id=mailing_id,
            number=link.number,
            kind=LinkKind(link.kind.value),
            address=link.address,
            label=link.label,
            block_id=link.block_id,
            document_id=link.document_id,
            version_id=link.version_id,
        )
        for link in links.values()
    ]
