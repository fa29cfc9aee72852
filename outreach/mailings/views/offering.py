"""What the form of a block offers, and the files that come or are made with it."""

from collections.abc import Iterator, Sequence

from outreach.core.clock import now
from outreach.core.contributions import FaqOffer
from outreach.core.db import db, transaction
from outreach.core.state import state
from outreach.mailings.block_forms import (
    FORMS,
    BlockForm,
    CardForm,
    FocusForm,
    Offer,
    PictureForm,
)
from outreach.mailings.blocks import Block, parse_target
from outreach.mailings.covers import draw, keep_cover, without_cover
from outreach.mailings.crops import Crop, cut, keep_crop, known_crops
from outreach.mailings.models import Mailing
from outreach.mailings.pictures import keep_picture, picture_address, projects_of
from outreach.mailings.queries import documents_of, pictures_of
from outreach.projects.models import Project
from outreach.results.storage import FileKind, Stored, store


def block_form(kind: str, block: Block | None, mailing: Mailing) -> BlockForm:
    """Return the form of a block, with what was posted or else with what the block says."""
    projects = projects_of(db.session(), mailing)
    offer = Offer(
        mailing=mailing,
        documents=documents_of(db.session(), mailing),
        pictures=pictures_of(db.session(), [project.id for project in projects]),
        projects=projects,
        faq=_published_faq(projects, mailing.language) if kind == "faq" else (),
    )
    return FORMS[kind].of(block, offer, mailing.lock_version)


def store_files(form: BlockForm) -> None:
    """Keep an uploaded picture, or draw a cover, before any transaction waits for it."""
    folder = state().settings.documents
    if isinstance(form, PictureForm) and form.file.data:
        form.stored = store(form.file.data.stream, folder, kind=FileKind.PICTURE)
    if isinstance(form, FocusForm):
        form.parts = dict(_cut(form))
    elif isinstance(form, CardForm) and (document_id := _chosen(form)):
        wanted = without_cover(db.session(), document_id)
        drawn = ((sha256, draw(folder, sha256)) for sha256 in wanted)
        form.drawn = {sha256: cover for sha256, cover in drawn if cover}


def keep_upload(form: BlockForm, mailing: Mailing) -> None:
    """Keep a picture whose block still lacks something: nobody sends it twice for that."""
    if not isinstance(form, PictureForm) or not form.file.data:
        return
    filename = form.file.data.filename or ""
    with transaction() as session:
        source = keep_picture(session, mailing, form.stored, filename, now=now())
    form.keep(source, filename, picture_address("", form.stored.sha256))


def fields_of(form: BlockForm, mailing: Mailing) -> dict[str, object]:
    """Return the block's fields; an uploaded picture is kept first and takes the chosen's place."""
    fields = form.fields
    if isinstance(form, PictureForm) and form.file.data:
        fields["source"] = keep_picture(
            db.session(), mailing, form.stored, form.file.data.filename or "", now=now()
        )
    if isinstance(form, FocusForm):
        for (sha256, crop), part in form.parts.items():
            keep_crop(db.session(), sha256, crop, part, now=now())
    elif isinstance(form, CardForm):
        for sha256, cover in form.drawn.items():
            keep_cover(db.session(), sha256, cover, now=now())
    return fields


def _cut(form: FocusForm) -> Iterator[tuple[tuple[str, Crop], Stored]]:
    """Cut the part of a picture that a form asks for, unless it was cut before."""
    folder, wanted = state().settings.documents, form.wanted_crop
    sha256 = _digest(form)
    if wanted is None or not sha256 or known_crops(db.session(), [(sha256, wanted)]):
        return
    if part := cut(folder, sha256, wanted):
        yield (sha256, wanted), part


def _digest(form: FocusForm) -> str:
    """Return the digest of the picture a form shows: a new one, else the one that was chosen."""
    if isinstance(form, PictureForm) and form.file.data:
        return form.stored.sha256
    return form.digests.get(form.chosen, "")


def _chosen(form: CardForm) -> int | None:
    target = form.target.data or ""
    return int(parse_target(target).name) if target in form.offered else None


def _published_faq(projects: Sequence[Project], language: str) -> list[FaqOffer]:
    ids = [project.id for project in projects]
    sources = state().contributions.faq
    return [each for source in sources for each in source(db.session(), ids, language=language)]
