"""Templates: a mailing's letter kept under a name, and drafts begun with it.

A template holds words and blocks, never an audience, a moment or a list: what a new mailing must
decide for itself.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, joinedload

from outreach.core.errors import NotFound, Refusal
from outreach.mailings.blocks import belong, dump, load
from outreach.mailings.log import Act, note
from outreach.mailings.models import Mailing
from outreach.mailings.queries import ProjectIds
from outreach.mailings.services import Details, begin
from outreach.mailings.template_models import LetterTemplate
from outreach.projects.models import Call, Project

MOST = 200


def templates(session: Session, project_ids: ProjectIds) -> Sequence[LetterTemplate]:
    """Return the templates within reach, by name: of these projects and of their networks."""
    return session.scalars(
        select(LetterTemplate)
        .where(_in_reach(project_ids))
        .options(joinedload(LetterTemplate.network), joinedload(LetterTemplate.project))
        .order_by(LetterTemplate.name, LetterTemplate.id)
        .limit(MOST)
    ).all()


def owners_of(
    session: Session, mailing: Mailing, project_ids: ProjectIds
) -> dict[str, tuple[int | None, int | None]]:
    """Return whose template a mailing can become: name → (network id, project id).

    Its list's project and its results' projects; their networks for who reaches all projects.
    """
    its_list = mailing.mailing_list
    projects = {result.project_id: result.project for result in mailing.results}
    if its_list.project:
        projects.setdefault(its_list.project.id, its_list.project)
    owners: dict[str, tuple[int | None, int | None]] = {
        project.acronym: (None, key)
        for key, project in projects.items()
        if project_ids is None or key in project_ids
    }
    if project_ids is None:
        networks = {project.call.network for project in projects.values()}
        networks |= {its_list.network} if its_list.network else set()
        owners |= {str(network.name): (network.id, None) for network in networks}
    return owners


def save_as_template(
    session: Session,
    mailing: Mailing,
    name: str,
    *,
    owner: tuple[int | None, int | None],
    actor: str,
    now: datetime,
) -> LetterTemplate:
    """Keep a mailing's letter under a name, which replaces a template of that name and owner.

    Which block belongs to which result is left out: the next mailing announces others. Raises
    Refusal without a name or without any block.
    """
    name = " ".join(name.split())[:200]
    if not name:
        raise Refusal("The template has no name yet.", "Write one.")
    content = load(mailing.content)
    if not content.blocks:
        raise Refusal("An empty letter makes no template.", "Write some blocks first.")
    for block in content.blocks:
        content = belong(content, block.id, "") if block.result else content
    network_id, project_id = owner
    template = _named(session, name, owner) or LetterTemplate(
        name=name, network_id=network_id, project_id=project_id
    )
    template.subject, template.preheader = mailing.subject, mailing.preheader
    template.language, template.content = mailing.language, dump(content)
    template.created_at, template.created_by = now, actor[:200]
    session.add(template)
    note(session, mailing, Act.KEPT, actor=actor, now=now, detail=name)
    return template


def begin_from(
    session: Session,
    template: LetterTemplate,
    *,
    title: str,
    list_id: int,
    actor: str,
    now: datetime,
    created_by_id: int | None = None,
) -> Mailing:
    """Begin a draft with the words of a template; raises Refusal."""
    return begin(
        session,
        Details(
            title=title,
            list_id=list_id,
            subject=template.subject,
            preheader=template.preheader,
            language=template.language,
        ),
        actor=actor,
        now=now,
        created_by_id=created_by_id,
        content=load(template.content),
        detail=f"from the template “{template.name}”",
    )


def find_template(session: Session, template_id: int, project_ids: ProjectIds) -> LetterTemplate:
    """Return a template within reach; raises NotFound for any other."""
    found = session.scalars(
        select(LetterTemplate).where(LetterTemplate.id == template_id, _in_reach(project_ids))
    ).one_or_none()
    if found is None:
        raise NotFound
    return found


def may_remove(template: LetterTemplate, project_ids: ProjectIds) -> bool:
    """Say whether who reaches these projects may remove it: a network's is everybody's."""
    return project_ids is None or template.project_id in project_ids


def _in_reach(project_ids: ProjectIds) -> ColumnElement[bool]:
    if project_ids is None:
        return LetterTemplate.id == LetterTemplate.id
    networks = (
        select(Call.network_id)
        .join(Project, Project.call_id == Call.id)
        .where(Project.id.in_(project_ids))
    )
    return or_(LetterTemplate.project_id.in_(project_ids), LetterTemplate.network_id.in_(networks))


def _named(
    session: Session, name: str, owner: tuple[int | None, int | None]
) -> LetterTemplate | None:
    network_id, project_id = owner
    return session.scalars(
        select(LetterTemplate).where(
            LetterTemplate.name == name,
            LetterTemplate.network_id.is_not_distinct_from(network_id),
            LetterTemplate.project_id.is_not_distinct_from(project_id),
        )
    ).first()
