"""A mailing's Markdown file and its draft: slugs become what they name, and back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from outreach.core.errors import Refusal
from outreach.mailings.audience import audience_of
from outreach.mailings.blocks import Acknowledgement, Target, TargetKind, load, retarget
from outreach.mailings.markdown import MailingDraft, Schedule, parse, write
from outreach.mailings.models import Mailing
from outreach.mailings.naming_audience import Known, choice_of, known_of, not_there
from outreach.mailings.services import Details, begin
from outreach.mailings.testing_subjects import chosen_test
from outreach.projects.models import List, Project
from outreach.results.models import Document, Result


class UnknownNames(Refusal):
    """The file names things we do not have; `names` lists them as the file writes them."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(names)
        super().__init__(
            f"The file names what is not there: {', '.join(self.names)}.",
            "Correct the names, or add what is missing, and import it again.",
        )


@dataclass(frozen=True, slots=True)
class _Found:
    """The ids of what a file names by slug."""

    lists: Mapping[str, int]
    results: Mapping[str, int]
    audience: Known
    documents: Mapping[str, int]


def import_draft(
    session: Session,
    text: str,
    *,
    actor: str,
    now: datetime,
    created_by_id: int | None = None,
    project_ids: frozenset[int] | None = None,
) -> Mailing:
    """Make a draft of a mailing's file; its schedule becomes a proposal, never a promise.

    `project_ids` limits which lists and results may be named (None: any). A document may be named
    by its slug, or by its kind where the announced results have one of that kind. Raises
    UnreadableFile, which names the line, or UnknownNames with all names at once.
    """
    draft = parse(text)
    found = _look_up(session, draft, project_ids)
    _refuse_unknown(session, draft, found)
    mailing = begin(
        session,
        Details(
            title=draft.title,
            list_id=found.lists[draft.list],
            subject=draft.subject,
            preheader=draft.preheader,
            language=draft.language,
            result_ids=tuple(found.results[slug] for slug in draft.results),
        ),
        actor=actor,
        now=now,
        created_by_id=created_by_id,
        content=retarget(draft.content, _by_id(found.documents)),
        audience=found.audience.audience(draft.audience),
        detail="from a Markdown file",
    )
    if draft.test:
        mailing.subject_test = draft.test.model_dump(mode="json")
    if draft.schedule:
        mailing.due_local, mailing.due_zone = draft.schedule.local, draft.schedule.zone
    return mailing


def _by_id(documents: Mapping[str, int]) -> dict[Target, Target]:
    """Return what names a document by slug → the same by id."""
    return {
        Target(TargetKind.DOCUMENT, slug): Target(TargetKind.DOCUMENT, str(document_id))
        for slug, document_id in documents.items()
    }


def export_draft(session: Session, mailing: Mailing) -> str:
    """Return a mailing as its Markdown file."""
    content = load(mailing.content)
    ids = [int(t.name) for t in content.targets if _is_document_id(t)]
    documents = session.scalars(select(Document).where(Document.id.in_(ids)))
    slugs = {
        Target(TargetKind.DOCUMENT, str(document.id)): Target(TargetKind.DOCUMENT, document.slug)
        for document in documents
    }
    schedule = Schedule(local=mailing.due_local, zone=mailing.due_zone)
    return write(
        MailingDraft(
            title=mailing.title,
            subject=mailing.subject,
            preheader=mailing.preheader,
            language=mailing.language,
            list=mailing.mailing_list.slug,
            results=tuple(result.slug for result in mailing.results),
            audience=choice_of(session, audience_of(mailing)),
            test=chosen_test(mailing),
            schedule=schedule if mailing.due_local and mailing.due_zone else None,
            content=retarget(content, slugs),
        )
    )


def _look_up(session: Session, draft: MailingDraft, project_ids: frozenset[int] | None) -> _Found:
    lists = select(List.slug, List.id).where(List.slug == draft.list)
    results = select(Result.slug, Result.id).where(Result.slug.in_(draft.results))
    if project_ids is not None:
        lists = lists.where(List.project_id.in_(project_ids))
        results = results.where(Result.project_id.in_(project_ids))
    found = _Found(
        lists=_pairs(session, lists),
        results=_pairs(session, results),
        audience=known_of(session, draft.audience, project_ids),
        documents={},
    )
    return replace(found, documents=_documents(session, draft, found.results.values(), project_ids))


def _documents(
    session: Session,
    draft: MailingDraft,
    result_ids: Iterable[int],
    project_ids: frozenset[int] | None,
) -> dict[str, int]:
    wanted = [t.name for t in draft.content.targets if t.kind is TargetKind.DOCUMENT]
    named = select(Document.slug, Document.id).where(Document.slug.in_(wanted))
    if project_ids is not None:
        named = named.join(Document.result).where(Result.project_id.in_(project_ids))
    found = {row.slug: row.id for row in session.execute(named)}
    announced = select(Document).where(
        Document.result_id.in_(list(result_ids)), Document.archived_at.is_(None)
    )
    for document in session.scalars(announced.order_by(Document.position, Document.id)):
        kind = document.kind.value.replace("_", "-")
        if kind in wanted:
            found.setdefault(kind, document.id)
    return found


def _pairs(session: Session, query: Select[str, int]) -> dict[str, int]:
    return {row[0]: row[1] for row in session.execute(query)}


def _refuse_unknown(session: Session, draft: MailingDraft, found: _Found) -> None:
    targets = draft.content.targets
    documents = [t.name for t in targets if t.kind is TargetKind.DOCUMENT]
    pages = [t.name.partition("/") for t in targets if t.kind is TargetKind.PAGE]
    credits_of = [b.project for b in draft.content.blocks if isinstance(b, Acknowledgement)]
    projects = _slugs(session, Project, [*credits_of, *(s for k, _, s in pages if k == "project")])
    results = _slugs(session, Result, [s for k, _, s in pages if k == "result"])
    unknown = [
        *not_there("list", [draft.list], found.lists),
        *not_there("result", draft.results, found.results),
        *found.audience.missing(draft.audience),
        *not_there("document", documents, found.documents),
        *not_there("project", [*credits_of, *(s for k, _, s in pages if k == "project")], projects),
        *not_there("result", [s for k, _, s in pages if k == "result"], results),
    ]
    if unknown:
        raise UnknownNames(dict.fromkeys(unknown))


def _slugs(session: Session, kind: type[Project] | type[Result], slugs: list[str]) -> set[str]:
    return set(session.scalars(select(kind.slug).where(kind.slug.in_(slugs))))


def _is_document_id(target: Target) -> bool:
    return target.kind is TargetKind.DOCUMENT and target.name.isascii() and target.name.isdigit()
