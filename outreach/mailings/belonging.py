"""Which of the announced results a part of a letter is about, and so whose its visits are."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.mailings import blocks
from outreach.mailings.announcing import first_words
from outreach.mailings.blocks import (
    COMMON,
    Acknowledgement,
    AskUs,
    Block,
    Content,
    Divider,
    Faq,
    FaqLink,
    Spacer,
)
from outreach.mailings.models import Mailing, MailingLink
from outreach.results.models import Document, Result

_CLOSING = (Acknowledgement, FaqLink, Faq, AskUs)


def attribute(
    session: Session, mailing: Mailing, content: Content, links: Sequence[MailingLink]
) -> None:
    """Write on each link which result it belongs to: its block's, else its document's or page's.

    Of a mailing about one result everything is that result's.
    """
    announced = {result.slug: result.id for result in mailing.results}
    only = mailing.results[0].id if len(mailing.results) == 1 else None
    owners = {block.id: announced.get(block.result) for block in content.blocks}
    of_documents = _of_documents(session, links)
    pages = {f"/results/{slug}": result_id for slug, result_id in announced.items()}
    for link in links:
        page = next((key for path, key in pages.items() if link.address.endswith(path)), None)
        document = of_documents.get(link.document_id) if link.document_id else None
        link.result_id = owners.get(link.block_id) or document or page or only


def _of_documents(session: Session, links: Iterable[MailingLink]) -> dict[int, int]:
    wanted = {link.document_id for link in links if link.document_id is not None}
    rows = session.execute(select(Document.id, Document.result_id).where(Document.id.in_(wanted)))
    return {row[0]: row[1] for row in rows}


def without_a_part(mailing: Mailing, content: Content) -> list[Result]:
    """Return the announced results no block is about; none where only one is announced."""
    if len(mailing.results) < 2:
        return []
    named = {block.result for block in content.blocks}
    return [result for result in mailing.results if result.slug not in named]


def announce_also(content: Content, result: Result, language: str) -> Content:
    """Put what is known of one more result into a letter, before its closing parts.

    What the letter already says once for all (credit line of the project, the way to ask) is not
    said again. Raises BadContent when the letter would grow too long.
    """
    for block in first_words(result, language).blocks:
        if _is_new(content, block):
            fields = block.model_dump(mode="json", exclude={"id"})
            fields["result"] = "" if isinstance(block, COMMON) else result.slug
            content = blocks.add(content, fields, at=_place(content, block))
    return content


def _is_new(content: Content, block: Block) -> bool:
    if isinstance(block, Acknowledgement):
        credited = {each.project for each in content.blocks if isinstance(each, Acknowledgement)}
        return block.project not in credited
    if isinstance(block, COMMON):
        return not any(type(each) is type(block) for each in content.blocks)
    return True


def _place(content: Content, block: Block) -> int:
    """Return where a part goes: a credit line after the others, all else before what closes."""
    found = list(content.blocks)
    if isinstance(block, Acknowledgement):
        credits_at = [at for at, each in enumerate(found) if isinstance(each, Acknowledgement)]
        return credits_at[-1] + 1 if credits_at else _closing(found)
    return len(found) if isinstance(block, COMMON) else _closing(found)


def _closing(found: list[Block]) -> int:
    place = len(found)
    while place and isinstance(found[place - 1], (*_CLOSING, Divider, Spacer)):
        place -= 1
    return place
