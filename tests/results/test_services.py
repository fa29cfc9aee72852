"""What staff do with results and documents, on both databases."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from outreach.core.db import transaction
from outreach.core.errors import Conflict, Refusal
from outreach.core.slugs import FormerSlug
from outreach.core.text import LocalText
from outreach.projects.addresses import at_address
from outreach.results import services
from outreach.results.models import Document, DocumentKind, Result, StoredFile
from outreach.results.services import DocumentWords, NewVersion, ResultWords
from outreach.results.storage import Stored
from tests.factories import Factory

PDF = Stored("a" * 64, 1_200_000, "application/pdf", pages=4)
BRIEF = DocumentWords(kind=DocumentKind.POLICY_BRIEF, title=LocalText(en="Policy brief"))
FIRST = NewVersion(label="1.0", language="en", stored=PDF, filename="brief.pdf")


def _words(title: str, slug: str = "") -> ResultWords:
    return ResultWords(title=LocalText(en=title), slug=slug)


def _add(session: Session, project_id: int, now: datetime) -> tuple[Result, Document]:
    """Add a result with a brief; call inside a transaction."""
    result = services.add_result(session, project_id, _words("Smart cities"), now=now)
    return result, services.add_document(session, result, BRIEF, FIRST, now=now)


def test_a_new_result_has_a_readable_address_and_is_seen_by_staff_only(
    context: None, make: Factory, now: datetime
) -> None:
    project = make.project()

    with transaction() as session:
        result = services.add_result(session, project, _words("Socially Smart Cities!"), now=now)

    assert result.slug == "socially-smart-cities"
    assert result.published_at is None
    assert result.state == "Draft"


def test_two_results_of_one_title_have_two_addresses(
    context: None, make: Factory, now: datetime
) -> None:
    project = make.project()

    with transaction() as session:
        slugs = [
            services.add_result(session, project, _words("Cities"), now=now).slug for _ in range(3)
        ]

    assert slugs == ["cities", "cities-2", "cities-3"]


def test_a_result_without_a_title_is_refused(context: None, make: Factory, now: datetime) -> None:
    project = make.project()

    with transaction() as session, pytest.raises(Refusal, match="title"):
        services.add_result(session, project, ResultWords(title=LocalText(en="  ")), now=now)


def test_a_former_address_leads_to_the_new_one_and_stays_taken(
    context: None, make: Factory, now: datetime
) -> None:
    project = make.project()
    with transaction() as session:
        result = services.add_result(session, project, _words("Cities"), now=now)

    with transaction() as session:
        services.edit_result(session, result, _words("Towns", slug="towns"), now=now)
        other = services.add_result(session, project, _words("Cities"), now=now)

    with transaction() as session:
        assert at_address(session, Result, "cities") is result
        assert (result.slug, other.slug) == ("towns", "cities-2")


def test_a_result_may_take_its_former_address_back(
    context: None, make: Factory, now: datetime
) -> None:
    project = make.project()
    with transaction() as session:
        result = services.add_result(session, project, _words("Cities"), now=now)
        services.edit_result(session, result, _words("Towns", slug="towns"), now=now)

    with transaction() as session:
        services.edit_result(session, result, _words("Cities", slug="cities"), now=now)

    with transaction() as session:
        former = session.scalars(select(FormerSlug.slug)).all()
        assert (result.slug, list(former)) == ("cities", ["towns"])


@pytest.mark.parametrize("wanted", ["cities", "new"], ids=["another's", "reserved"])
def test_an_address_that_is_taken_is_refused(
    wanted: str, context: None, make: Factory, now: datetime
) -> None:
    project = make.project()
    with transaction() as session:
        services.add_result(session, project, _words("Cities"), now=now)
        other = services.add_result(session, project, _words("Towns"), now=now)

    with pytest.raises(Conflict, match="taken"), transaction() as session:
        services.edit_result(session, other, _words("Lost words", slug=wanted), now=now)

    with transaction() as session:
        session.refresh(other)
        assert other.title == LocalText(en="Towns")


def test_publishing_twice_keeps_the_first_moment(
    context: None, make: Factory, now: datetime
) -> None:
    project = make.project()
    with transaction() as session:
        result, _ = _add(session, project, now)
        services.publish_result(session, result, now=now)

    with transaction() as session:
        services.publish_result(session, result, now=now + timedelta(hours=1))

    assert result.published_at == now


def test_an_archived_result_is_not_published(context: None, make: Factory, now: datetime) -> None:
    project = make.project()
    with transaction() as session:
        result, _ = _add(session, project, now)
        services.archive(session, result, now=now)

    with pytest.raises(Conflict, match="archived"), transaction() as session:
        services.publish_result(session, result, now=now)


def test_a_document_comes_with_its_first_version(
    context: None, make: Factory, now: datetime
) -> None:
    project = make.project()
    with transaction() as session:
        _, document = _add(session, project, now)

    (version,) = document.versions
    assert (version.label, version.language, version.pages) == ("1.0", "en", 4)
    assert version.filename == "brief.pdf"
    assert version.file is not None
    assert version.file.size == 1_200_000


def test_the_same_file_in_two_documents_has_one_row(
    context: None, make: Factory, now: datetime
) -> None:
    project = make.project()
    with transaction() as session:
        result, _ = _add(session, project, now)
        services.add_document(session, result, BRIEF, FIRST, now=now)

    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(StoredFile)) == 1


@pytest.mark.parametrize(
    "version",
    [
        NewVersion(label="1.0", language="en"),
        NewVersion(label="1.0", language="en", stored=PDF, address="https://example.org/brief"),
    ],
    ids=["neither", "both"],
)
def test_a_version_is_a_file_or_an_address(
    version: NewVersion, context: None, make: Factory, now: datetime
) -> None:
    project = make.project()
    with transaction() as session:
        result, _ = _add(session, project, now)

    with pytest.raises(Refusal, match="one of the two"), transaction() as session:
        services.add_document(session, result, BRIEF, version, now=now)


def test_a_label_is_used_once_per_language(context: None, make: Factory, now: datetime) -> None:
    project = make.project()
    dutch = NewVersion(label="1.0", language="nl", address="https://example.org/nl")
    with transaction() as session:
        _, document = _add(session, project, now)
        services.add_version(session, document, dutch, now=now)

    with pytest.raises(Conflict, match="already"), transaction() as session:
        services.add_version(session, document, dutch, now=now)


def test_a_version_needs_a_name(context: None, make: Factory, now: datetime) -> None:
    project = make.project()
    with transaction() as session:
        _, document = _add(session, project, now)

    with pytest.raises(Refusal, match="Name the version"), transaction() as session:
        nameless = NewVersion(label=" \n", language="nl", address="https://example.org/nl")
        services.add_version(session, document, nameless, now=now)


def test_documents_change_places(context: None, make: Factory, now: datetime) -> None:
    project = make.project()
    with transaction() as session:
        result, first = _add(session, project, now)
        second = services.add_document(session, result, BRIEF, FIRST, now=now)
        third = services.add_document(session, result, BRIEF, FIRST, now=now)
    with transaction() as session:
        services.move_document(session, third, up=True, now=now)
        services.move_document(session, first, up=True, now=now)

    with transaction() as session:
        assert result.documents == [first, third, second]


def test_an_archived_document_stays_and_returns(
    context: None, make: Factory, now: datetime
) -> None:
    project = make.project()
    with transaction() as session:
        _, document = _add(session, project, now)
        services.archive(session, document, now=now)
    archived_at = document.archived_at

    with transaction() as session:
        services.restore(session, document, now=now)

    assert archived_at == now
    assert document.archived_at is None


def test_the_database_itself_refuses_a_version_that_is_both(
    context: None, make: Factory, now: datetime
) -> None:
    document_id = make.address_document(make.result())

    with pytest.raises(IntegrityError, match="is_file_or_address"), transaction() as session:
        session.get_one(Document, document_id).versions[0].sha256 = "a" * 64
