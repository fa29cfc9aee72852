"""A published result with documents of both kinds, as the reference case has them."""

import io
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask

from outreach.core.db import transaction
from outreach.core.state import state
from outreach.core.text import LocalText
from outreach.projects import lists
from outreach.projects.models import Project
from outreach.projects.services import Part, name_partners
from outreach.questions.models import FaqEntry
from outreach.results import services
from outreach.results.models import DocumentKind, Result
from outreach.results.services import DocumentWords, NewVersion
from outreach.results.storage import FileKind, Stored, path_of, store
from tests.factories import Factory
from tests.results import files


@dataclass(frozen=True)
class Published:
    """Ids and slugs of what the fixture made."""

    project_id: int
    result_id: int
    brief_id: int
    version_id: int
    slug: str = "socially-smart-cities"
    brief: str = "people-who-make-a-difference"
    page: str = "project-page"


@pytest.fixture
def published(app: Flask, make: Factory) -> Published:
    """SmartUrbI's result: a brief (English and Dutch), a page elsewhere, one FAQ entry."""
    return publish(app, make)


def publish(app: Flask, make: Factory) -> Published:
    """Make the published result."""
    project_id = make.project(question_address="questions@example.org")
    result_id = make.result(
        project_id,
        slug="socially-smart-cities",
        title=LocalText(en="Socially smart cities", nl="Sociaal slimme steden"),
        summary=LocalText(
            en="People who **make a difference** nearby.\n\n- They connect.\n- They last."
        ),
    )
    with app.app_context(), transaction() as session:
        result = session.get_one(Result, result_id)
        brief = services.add_document(session, result, BRIEF, _file(app, "en"), now=make.now)
        services.add_version(session, brief, _file(app, "nl", pages=3), now=make.now)
        elsewhere = NewVersion(label="1.0", language="en", address="https://project.example.org/a")
        services.add_document(session, result, PAGE, elsewhere, now=make.now)
        tilburg = lists.save_organisation(
            session, lists.OrganisationWords(name="Tilburg University", country="NL")
        )
        project = session.get_one(Project, project_id)
        name_partners(session, project, [Part(tilburg.id, is_coordinator=True)])
        session.add(_entry(project_id, result_id, make))
        return Published(project_id, result_id, brief.id, brief.versions[0].id)


BRIEF = DocumentWords(
    kind=DocumentKind.POLICY_BRIEF,
    title=LocalText(en="People who make a difference", nl="Mensen die het verschil maken"),
    summary=LocalText(en="Four pages for those who decide."),
    doi="10.5281/zenodo.1234",
)
PAGE = DocumentWords(kind=DocumentKind.PAGE, title=LocalText(en="Project page"))


_stored: dict[int, tuple[bytes, Stored]] = {}
"""PDFs and what was said of them when they were first stored, by their pages."""


def _file(app: Flask, language: str, pages: int = 4) -> NewVersion:
    """Keep a PDF; only the first is looked at, in a process of its own that takes its time."""
    folder: Path = state(app).settings.documents
    if pages in _stored:
        content, stored = _stored[pages]
        place = path_of(folder, stored.sha256)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    else:
        content = files.pdf(pages)
        stored = store(io.BytesIO(content), folder, kind=FileKind.PDF)
        _stored[pages] = content, stored
    return NewVersion(label="1.0", language=language, stored=stored, filename="brief.pdf")


def _entry(project_id: int, result_id: int, make: Factory) -> FaqEntry:
    return FaqEntry(
        project_id=project_id,
        result_id=result_id,
        slug="what-is-an-intermediary",
        question=LocalText(en="What is a smart urban intermediary?"),
        answer=LocalText(en="Somebody who **connects** people."),
        published_at=make.now,
        created_at=make.now,
        updated_at=make.now,
    )
