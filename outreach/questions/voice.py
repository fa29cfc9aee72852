"""Who speaks to an asker: the sender and the reply address of letters about one question."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.mail.addresses import parse_addresses
from outreach.mail.letter import Address
from outreach.projects.models import List
from outreach.questions.letters import Subject
from outreach.questions.models import Question


@dataclass(frozen=True, slots=True)
class Voice:
    """An empty sender is the installation's own."""

    sender: Address | None
    reply_to: Address | None
    name: str


def default_sender(written: str) -> Address | None:
    """Return the installation's sender as the settings write it; None while none is set."""
    return parse_addresses(written)[0] if written else None


def voice_of(session: Session, question: Question, default: Address | None) -> Voice:
    """Return who writes about a question: its list's sender, else `default` in the project's name.

    Replies go to the project's address for questions, else to the list's.
    """
    its_list, project = _list_of(session, question), question.project
    profile = its_list.sender_profile if its_list else None
    name = project.acronym if project else (default.name if default else "")
    sender = Address(default.email, name) if default else None
    if profile:
        sender = Address(profile.from_address, profile.from_name)
    replies = (project and project.question_address) or (its_list and its_list.reply_address)
    return Voice(sender, Address(replies, name) if replies else None, name)


def letter_subject(question: Question, *, base_url: str, sender_name: str) -> Subject:
    """Return what a letter says of the question it is about, in the asker's language."""
    result, project, language = question.result, question.project, question.language
    title = result.title if result else project.title if project else None
    is_public = result is not None and result.published_at is not None
    return Subject(
        reference=question.reference,
        title=title.pick(language) if title else "",
        address=f"{base_url}/results/{result.slug}" if result and is_public else "",
        language=language,
        sender_name=sender_name,
    )


def _list_of(session: Session, question: Question) -> List | None:
    if question.mailing:
        return question.mailing.mailing_list
    if question.project_id is None:
        return None
    return session.scalars(
        select(List)
        .where(List.project_id == question.project_id, List.archived_at.is_(None))
        .order_by(List.id)
        .limit(1)
    ).first()
