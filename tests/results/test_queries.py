"""What letters and lists learn of results and documents."""

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from outreach.core.db import transaction
from outreach.core.text import LocalText
from outreach.results import services
from outreach.results.models import Document, DocumentKind, Result
from outreach.results.queries import (
    document_targets,
    latest_published,
    public_version,
    result_lines,
)
from outreach.results.services import DocumentWords, NewVersion
from outreach.results.storage import Stored
from tests.factories import Factory

BASE = "https://outreach.example.org"
ENGLISH = Stored("a" * 64, 1_200_000, "application/pdf", pages=4)
DUTCH = Stored("b" * 64, 987_654, "application/pdf", pages=4)


@pytest.fixture
def brief(context: None, make: Factory, now: datetime) -> Document:
    """A brief in English (two versions) and Dutch."""
    words = DocumentWords(
        kind=DocumentKind.POLICY_BRIEF,
        title=LocalText(en="People who make a difference", nl="Mensen die het verschil maken"),
    )
    result_id = make.result()
    with transaction() as session:
        result = session.get_one(Result, result_id)
        first = NewVersion(label="1.0", language="en", address="https://example.org/old")
        document = services.add_document(session, result, words, first, now=now)
        for label, language, stored in (("1.1", "en", ENGLISH), ("1.0", "nl", DUTCH)):
            version = NewVersion(label=label, language=language, stored=stored, filename="b.pdf")
            services.add_version(session, document, version, now=now)
    return document


def test_a_letter_gets_the_newest_version_in_its_language(
    brief: Document, session: Session
) -> None:
    target = document_targets(session, [brief.id], language="nl", base_url=BASE)[brief.id]

    assert target.title == "Mensen die het verschil maken"
    assert (target.format, target.size, target.language) == ("PDF", "987,7 KB", "Nederlands")
    assert target.kind_label == "beleidsnota"
    assert target.about_label == "Over deze beleidsnota"


def test_a_letter_in_a_language_without_a_version_gets_the_english_one(
    brief: Document, session: Session
) -> None:
    target = document_targets(session, [brief.id], language="fr", base_url=BASE)[brief.id]

    assert target.version == "1.1"
    assert (target.size, target.language) == ("1,2 Mo", "anglais")


def test_a_files_address_and_page_are_ours_and_carry_no_token(
    brief: Document, session: Session
) -> None:
    target = document_targets(session, [brief.id], language="en", base_url=BASE)[brief.id]

    page = f"{BASE}/documents/people-who-make-a-difference"
    assert target.is_file
    assert target.page_address == page
    assert target.address == f"{page}/{target.version_id}"


def test_a_document_elsewhere_keeps_its_own_address(
    context: None, make: Factory, session: Session
) -> None:
    document_id = make.address_document(make.result(), address="https://example.org/data")

    target = document_targets(session, [document_id], language="en", base_url=BASE)[document_id]

    assert not target.is_file
    assert target.address == "https://example.org/data"
    assert (target.format, target.size) == ("", "")


def test_an_unknown_document_has_no_target(context: None, session: Session) -> None:
    assert document_targets(session, [4711], language="en", base_url=BASE) == {}


def test_the_list_counts_files_and_addresses(
    brief: Document, make: Factory, session: Session
) -> None:
    make.address_document(brief.result_id)
    session.rollback()

    (line,) = result_lines(session, None)

    assert (line.files, line.addresses, line.documents) == (1, 1, 2)
    assert line.languages == ("en", "nl")


def test_the_list_holds_nothing_of_other_projects(make: Factory, session: Session) -> None:
    make.result(make.project())

    assert result_lines(session, {make.project()}) == []


def test_only_published_results_that_are_not_archived_are_the_latest(
    make: Factory, session: Session, now: datetime
) -> None:
    shown = make.result()
    make.result(published_at=None)
    make.result(archived_at=now)

    assert [result.id for result in latest_published(session, 10)] == [shown]


def test_a_version_is_public_only_with_its_result_and_by_its_own_document(
    brief: Document, make: Factory, session: Session
) -> None:
    version = brief.versions[0]
    other = make.address_document(make.result())

    assert public_version(session, brief.id, version.id) is version
    assert public_version(session, other, version.id) is None

    with transaction() as writing:
        brief.result.published_at = None
        writing.flush()
        assert public_version(writing, brief.id, version.id) is None
