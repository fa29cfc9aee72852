"""Gathering what a letter is made of: words, documents, pages, pictures, credit lines, sender."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from outreach.core.slugs import SLUG_LENGTH
from outreach.mail.addresses import BadAddress, domain_of
from outreach.mail.letter import Address
from outreach.mailings.blocks import (
    Acknowledgement,
    Contact,
    Content,
    Lines,
    Picture,
    Target,
    TargetKind,
    load,
    parse_target,
)
from outreach.mailings.branding import brand_of
from outreach.mailings.covers import covers_of
from outreach.mailings.crops import crops_in, known_crops
from outreach.mailings.frozen import FrozenLetter, FrozenRole, FrozenWords
from outreach.mailings.models import Mailing
from outreach.mailings.pictures import picture_address
from outreach.mailings.rendering import DocumentTarget, PageTarget
from outreach.mailings.testing_subjects import chosen_test
from outreach.projects.credits import acknowledgement
from outreach.projects.models import Call, Project
from outreach.projects.words import programme_name
from outreach.results.models import Picture as StoredPicture
from outreach.results.models import Result
from outreach.results.queries import document_targets
from outreach.stakeholders.models import Role

_NO_ROLE = {
    "en": "subscriber",
    "de": "Abonnentin oder Abonnent",
    "fr": "personne abonnée",
    "nl": "abonnee",
    "da": "abonnent",
    "es": "persona suscrita",
}


def gather(
    session: Session,
    mailing: Mailing,
    *,
    sender: Address,
    base_url: str,
    spoken: Collection[str] | None = None,
) -> FrozenLetter:
    """Return what the mailing's letter is made of as things stand now; changes nothing.

    What a block refers to and is not there is left out: compiling refuses it by name. With
    `spoken` only these languages are gathered besides the letter's own, for who shows just one.
    """
    content, language = load(mailing.content), mailing.language
    its_list, profile = mailing.mailing_list, mailing.mailing_list.sender_profile
    replies = reply_address(mailing)
    address = profile.from_address if profile else sender.email
    documents = _documents(session, content, language, base_url)
    credited = _credited(session, content)
    return FrozenLetter(
        mailing_id=mailing.id,
        web_key=mailing.web_key,
        language=language,
        subject=mailing.subject,
        preheader=mailing.preheader,
        content=content,
        base_url=base_url,
        list_id=its_list.id,
        list_identifier=its_list.list_id,
        list_name=its_list.name.pick(language),
        controller=its_list.controller,
        postal_address=its_list.postal_address,
        sender_name=profile.from_name if profile else sender.name or its_list.name.pick(language),
        sender_address=address,
        message_domain=_domain_of(address),
        reply_address=replies,
        question_address=replies,
        faq_address=_faq_address(mailing, base_url),
        result_ids=tuple(result.id for result in mailing.results),
        documents=documents,
        pages=_pages(session, content, language, base_url),
        pictures=_pictures(session, content, base_url),
        covers=_covers(session, documents, base_url),
        acknowledgements=_acknowledgements(credited, language),
        # By its own name: the same in every language.
        programmes={project.slug: programme_name(project) for project in credited},
        roles=_roles(session, language),
        no_role=_NO_ROLE.get(language, _NO_ROLE["en"]),
        **_look(session, mailing, base_url),
        translations={
            other: _words(session, mailing, content, other, credited, base_url)
            for other in content.languages
            if other != language and (spoken is None or other in spoken)
        },
        test=chosen_test(mailing),
    )


def _domain_of(address: str) -> str:
    try:
        return domain_of(address)
    except BadAddress:
        return ""  # said by pre-flight; a letter still being written can be looked at meanwhile


def _look(session: Session, mailing: Mailing, base_url: str) -> dict[str, str]:
    """Return the fields of a letter that its brand sets."""
    brand = brand_of(session, mailing)
    if brand is None:
        return {}
    logo = brand.logo_sha256
    return {
        "accent": brand.accent,
        "font": brand.font,
        "imprint": brand.imprint,
        "logo_address": picture_address(base_url, logo) if logo else "",
    }


def _words(
    session: Session,
    mailing: Mailing,
    content: Content,
    language: str,
    credited: Sequence[Project],
    base_url: str,
) -> FrozenWords:
    """Return what the letter says in one more language, besides its blocks."""
    lines = content.lines.get(language, Lines())
    documents = _documents(session, content, language, base_url)
    return FrozenWords(
        subject=lines.subject or mailing.subject,
        preheader=lines.preheader or mailing.preheader,
        list_name=mailing.mailing_list.name.pick(language),
        documents=documents,
        pages=_pages(session, content, language, base_url),
        covers=_covers(session, documents, base_url),
        acknowledgements=_acknowledgements(credited, language),
        roles=_roles(session, language),
        no_role=_NO_ROLE.get(language, _NO_ROLE["en"]),
    )


def reply_address(mailing: Mailing) -> str:
    """Return where answers go: the announced project's own address, else the list's."""
    projects = [result.project for result in mailing.results]
    if mailing.mailing_list.project:
        projects.append(mailing.mailing_list.project)
    named = (project.question_address for project in projects if project.question_address)
    return next(named, mailing.mailing_list.reply_address)


def _faq_address(mailing: Mailing, base_url: str) -> str:
    if not mailing.results:
        return f"{base_url}/"
    return f"{base_url}/results/{mailing.results[0].slug}#faq"


def _documents(
    session: Session, content: Content, language: str, base_url: str
) -> dict[str, DocumentTarget]:
    names = [target.name for target in content.targets if target.kind is TargetKind.DOCUMENT]
    ids = [int(name) for name in names if name.isascii() and name.isdigit() and len(name) < 10]
    found = document_targets(session, ids, language=language, base_url=base_url)
    return {str(key): DocumentTarget(**asdict(target)) for key, target in found.items()}


def _pages(
    session: Session, content: Content, language: str, base_url: str
) -> dict[str, PageTarget]:
    wanted = [target.name for target in content.targets if target.kind is TargetKind.PAGE]
    projects = _slugs(wanted, "project")
    results = _slugs(wanted, "result")
    pages = {
        f"project/{project.slug}": PageTarget(
            title=project.title.pick(language), address=project.website
        )
        for project in session.scalars(select(Project).where(Project.slug.in_(projects)))
        if project.website
    }
    for result in session.scalars(select(Result).where(Result.slug.in_(results))):
        pages[f"result/{result.slug}"] = PageTarget(
            title=result.title.pick(language), address=f"{base_url}/results/{result.slug}"
        )
    return pages


def _slugs(names: list[str], kind: str) -> list[str]:
    parts = [name.partition("/") for name in names]
    return [slug for found, _, slug in parts if found == kind and len(slug) <= SLUG_LENGTH]


def _pictures(session: Session, content: Content, base_url: str) -> dict[str, str]:
    targets: list[Target] = [parse_target(source) for source in _sources(content)]
    names = [target.name for target in targets if target.kind is TargetKind.FILE]
    ids = [int(name) for name in names if name.isascii() and name.isdigit() and len(name) < 10]
    pictures = session.scalars(select(StoredPicture).where(StoredPicture.id.in_(ids)))
    digests = {str(picture.id): picture.sha256 for picture in pictures}
    return {
        name: picture_address(base_url, sha256)
        for name, sha256 in (digests | _crops(session, content, digests)).items()
    }


def _crops(session: Session, content: Content, digests: Mapping[str, str]) -> dict[str, str]:
    """Return the digests of the parts of pictures that a letter shows, by what names them."""
    wanted = [(digests.get(parse_target(each.source).name, ""), each) for each in crops_in(content)]
    return {crop.key: part for (_, crop), part in known_crops(session, wanted).items()}


def _sources(content: Content) -> Iterator[str]:
    for block in content.blocks:
        name = {Picture: "source", Contact: "picture"}.get(type(block))
        if name:
            said = (getattr(block, name), *(words.get(name) for words in block.texts.values()))
            yield from filter(None, said)


def _covers(
    session: Session, documents: Mapping[str, DocumentTarget], base_url: str
) -> dict[str, str]:
    versions = {name: document.version_id for name, document in documents.items()}
    found = covers_of(session, versions)
    return {name: picture_address(base_url, sha256) for name, sha256 in found.items()}


def _acknowledgements(credited: Sequence[Project], language: str) -> dict[str, str]:
    return {project.slug: acknowledgement(project, language) for project in credited}


def _credited(session: Session, content: Content) -> Sequence[Project]:
    slugs = {block.project for block in content.blocks if isinstance(block, Acknowledgement)}
    return session.scalars(
        select(Project)
        .where(Project.slug.in_(slugs))
        .options(joinedload(Project.call).joinedload(Call.network))
    ).all()


def _roles(session: Session, language: str) -> dict[int, FrozenRole]:
    roles = session.scalars(select(Role).order_by(Role.position))
    return {role.id: FrozenRole(slug=role.slug, name=role.name.pick(language)) for role in roles}
