"""Staff pages of results and documents: forms keep what was typed, foreign things are missing."""

import io
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from outreach.accounts.models import Access
from outreach.accounts.services import add_user
from outreach.core.db import db, transaction
from outreach.core.state import state
from outreach.core.text import LocalText
from outreach.results.contributes import check_documents_folder
from outreach.results.models import Document, Result
from tests.cast import PASSWORD, Cast
from tests.factories import Factory
from tests.results import files
from tests.web_client import post

HOSTILE = '"><script>alert(1)</script>'


@pytest.fixture
def ada(cast: Cast) -> FlaskClient:
    return cast.ada


@pytest.fixture
def result_id(make: Factory, cast: Cast) -> int:
    return make.result(cast.project_id, published_at=None, slug="cities")


def _upload(
    client: FlaskClient, result_id: int, content: bytes, name: str = "brief.pdf", **data: str
) -> TestResponse:
    form = {"kind": "policy_brief", "title_en": "The brief", "label": "1.0", "language": "en"}
    return post(
        client,
        f"/staff/results/{result_id}/documents/new",
        {**form, **data, "upload": (io.BytesIO(content), name)},
    )


def _documents(app: Flask) -> list[Document]:
    with app.app_context():
        found = db.session.query(Document).order_by(Document.id).all()
        for document in found:
            _ = [version.file for version in document.versions]
        return found


def test_the_list_is_empty_with_a_way_to_begin(ada: FlaskClient) -> None:
    page = ada.get("/staff/results")

    assert "No result yet" in page.text
    assert "/staff/results/new" in page.text


def test_the_list_is_filtered_by_project_state_and_words(
    ada: FlaskClient, make: Factory, cast: Cast
) -> None:
    make.result(cast.project_id, title=LocalText(en="Éclat of cities"))
    make.result(cast.other_project_id, title=LocalText(en="Paths"), published_at=None)
    make.result(cast.project_id, title=LocalText(en="Old news"), archived_at=make.now)

    def titles(query: str) -> set[str]:
        page = ada.get(f"/staff/results?{query}").text
        return {title for title in ("Éclat", "Paths", "Old news") if f">{title}" in page}

    assert titles("") == {"Éclat", "Paths"}
    assert titles(f"project={cast.project_id}") == {"Éclat"}
    assert titles("state=Draft") == {"Paths"}
    assert titles("state=Archived") == {"Old news"}
    assert titles("q=éCLAT") == {"Éclat"}
    assert titles(f"project={'9' * 5000}&state=x&page=x&size=x") == {"Éclat", "Paths"}
    assert "No result matches" in ada.get("/staff/results?q=nothing").text


def test_a_result_is_added_in_several_languages_and_published(
    app: Flask, ada: FlaskClient, cast: Cast, visitor: FlaskClient
) -> None:
    data = {"project": cast.project_id, "title_en": "Smart cities", "title_nl": "Slimme steden"}

    added = post(ada, "/staff/results/new", data)
    hidden = visitor.get("/results/smart-cities")
    published = post(ada, f"{added.headers['Location']}/publish")

    assert (added.status_code, hidden.status_code, published.status_code) == (302, 404, 302)
    page = visitor.get("/results/smart-cities?lang=nl")
    assert "Slimme steden" in page.text


def test_a_result_without_a_title_is_refused_and_the_rest_is_kept(
    ada: FlaskClient, cast: Cast
) -> None:
    data = {"project": cast.project_id, "summary_en": "What was found, at length."}

    page = post(ada, "/staff/results/new", data)

    assert page.status_code == 422
    assert "Give a title" in page.text
    assert "What was found, at length." in page.text


def test_an_address_that_is_taken_is_refused_on_the_form(
    ada: FlaskClient, make: Factory, cast: Cast, result_id: int
) -> None:
    other = make.result(cast.project_id)

    page = post(ada, f"/staff/results/{other}/edit", {"title_en": "New words", "slug": "cities"})

    assert page.status_code == 422
    assert "is taken" in page.text
    assert "New words" in page.text


def test_a_pdf_becomes_a_document_with_its_size_and_pages(
    app: Flask, ada: FlaskClient, result_id: int
) -> None:
    answer = _upload(ada, result_id, files.pdf(pages=3))

    assert answer.status_code == 302
    page = ada.get(f"/staff/results/{result_id}")
    assert "The brief" in page.text
    assert "3 pages" in page.text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<html>not a brief</html>", "not a PDF"),
        (files.PASSWORD_PDF, "password"),
        (b"", "empty"),
        (b"%PDF-1.7 cut", "damaged"),
    ],
)
def test_an_unfit_file_is_refused_by_its_content_and_what_was_typed_is_kept(
    content: bytes, words: str, app: Flask, ada: FlaskClient, result_id: int
) -> None:
    page = _upload(ada, result_id, content, summary_en="Four pages for those who decide.")

    assert page.status_code == 422
    assert words in page.text
    assert "Four pages for those who decide." in page.text
    assert _documents(app) == []


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../../etc/passwd.pdf", "passwd.pdf"),
        ("<img src=x onerror=alert(1)>.pdf", "img src=x onerror=alert(1).pdf"),
        ("<script>alert(1)</script>.pdf", "script.pdf"),
    ],
)
def test_a_files_name_is_never_a_path_or_markup(
    name: str, kept: str, app: Flask, ada: FlaskClient, result_id: int
) -> None:
    _upload(ada, result_id, files.pdf(), name=name)

    (document,) = _documents(app)
    assert document.versions[0].filename == kept
    assert "<script>alert" not in ada.get(f"/staff/results/{result_id}").text


def test_an_address_elsewhere_is_followed_to_and_never_a_download(
    app: Flask, ada: FlaskClient, result_id: int
) -> None:
    _upload(ada, result_id, b"", name="", address="https://example.org/data", kind="dataset")

    page = ada.get(f"/staff/results/{result_id}")
    (document,) = _documents(app)
    mirroring = ada.get(f"/staff/results/{result_id}/documents/{document.id}/versions/new")

    assert "followed to" in page.text
    assert "https://example.org/data" in page.text
    assert "their links to another site go on leading there" in mirroring.text


@pytest.mark.parametrize("address", ["http://example.org", "javascript:alert(1)", "file:///etc"])
def test_only_https_addresses_are_taken(
    address: str, app: Flask, ada: FlaskClient, result_id: int
) -> None:
    page = _upload(ada, result_id, b"", name="", address=address)

    assert page.status_code == 422
    assert "begins with https://" in page.text
    assert _documents(app) == []


def test_a_file_or_an_address_is_asked_for_and_never_both(ada: FlaskClient, result_id: int) -> None:
    neither = _upload(ada, result_id, b"", name="")
    both = _upload(ada, result_id, files.pdf(), address="https://example.org/data")

    assert (neither.status_code, both.status_code) == (422, 422)
    assert "Choose a file or an address." in neither.text
    assert "Choose one of the two." in both.text


def test_a_new_version_is_what_readers_get_and_the_old_one_stays(
    app: Flask, ada: FlaskClient, result_id: int
) -> None:
    _upload(ada, result_id, files.pdf(pages=3))
    (document,) = _documents(app)
    path = f"/staff/results/{result_id}/documents/{document.id}/versions/new"
    file = (io.BytesIO(files.pdf(pages=5)), "brief-2.pdf")

    again = post(ada, path, {"label": "1.0", "language": "en", "address": "https://a.example.org"})
    answer = post(ada, path, {"label": "1.1", "language": "en", "upload": file})

    assert again.status_code == 422
    assert answer.status_code == 302
    page = ada.get(f"/staff/results/{result_id}")
    assert "5 pages" in page.text
    assert "1 earlier version" in page.text


def test_documents_are_edited_moved_archived_and_restored(
    app: Flask, ada: FlaskClient, result_id: int
) -> None:
    for title in ("First", "Second"):
        _upload(ada, result_id, files.pdf(), title_en=title)
    first, second = _documents(app)
    base = f"/staff/results/{result_id}/documents"

    post(ada, f"{base}/{second.id}/up")
    moved = ada.get(f"/staff/results/{result_id}").text
    post(ada, f"{base}/{first.id}/edit", {"kind": "report", "title_en": "Renamed", "doi": ""})
    post(ada, f"{base}/{second.id}/archive")
    archived = ada.get(f"/staff/results/{result_id}").text
    refused = post(ada, f"{base}/{second.id}/up")
    post(ada, f"{base}/{second.id}/restore")

    assert moved.index("<h3>Second") < moved.index("<h3>First")
    assert "<h3>Renamed" in archived
    assert "Archived documents (1)" in archived
    assert refused.status_code == 409
    assert "<h3>Second" in ada.get(f"/staff/results/{result_id}").text


def test_staff_look_at_a_file_without_publishing_it(
    app: Flask, ada: FlaskClient, result_id: int
) -> None:
    content = files.pdf()
    _upload(ada, result_id, content, name="Städte; X=y.pdf")
    (document,) = _documents(app)
    version = document.versions[0]

    answer = ada.get(f"/staff/results/{result_id}/documents/{document.id}/versions/{version.id}")

    with answer:
        assert answer.data == content
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert "filename*=UTF-8''St%C3%A4dte" in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_file_that_is_gone_is_told_and_not_a_failure(
    app: Flask, ada: FlaskClient, result_id: int
) -> None:
    _upload(ada, result_id, files.pdf())
    (document,) = _documents(app)
    version = document.versions[0]
    for path in state(app).settings.documents.rglob("*"):
        if path.is_file():
            path.unlink()

    answer = ada.get(f"/staff/results/{result_id}/documents/{document.id}/versions/{version.id}")

    assert answer.status_code == 404
    assert "backup" in answer.text


def test_a_result_is_unpublished_archived_and_restored(
    ada: FlaskClient, make: Factory, cast: Cast, visitor: FlaskClient
) -> None:
    result_id = make.result(cast.project_id, slug="towns")
    path = f"/staff/results/{result_id}"

    post(ada, f"{path}/archive")
    archived = visitor.get("/results/towns").status_code
    refused = post(ada, f"{path}/publish")
    post(ada, f"{path}/restore")
    post(ada, f"{path}/unpublish")

    assert archived == 200
    assert refused.status_code == 409
    assert visitor.get("/results/towns").status_code == 404


def test_hostile_words_do_nothing_on_staff_pages(
    ada: FlaskClient, make: Factory, cast: Cast
) -> None:
    hostile = LocalText(en=HOSTILE)
    result_id = make.result(cast.project_id, title=hostile, summary=hostile)

    for path in ("", f"/{result_id}", f"/{result_id}/edit", f"?q={HOSTILE}", "/new"):
        page = ada.get(f"/staff/results{path}")
        assert page.status_code == 200
        assert "<script>alert" not in page.text


def _limited(make: Factory, project_id: int) -> FlaskClient:
    """Return an editor of one project only."""
    with make.app.app_context(), transaction() as session:
        add_user(
            session,
            "eve@example.org",
            Access.EDITOR,
            password=PASSWORD,
            now=make.now,
            project_id=project_id,
        )
    return Cast(make, project_id, 0).client("eve@example.org")


def test_what_belongs_to_another_project_looks_missing(
    app: Flask, make: Factory, cast: Cast, result_id: int
) -> None:
    _upload(cast.ada, result_id, files.pdf())
    (document,) = _documents(app)
    eve = _limited(make, cast.other_project_id)
    own = make.result(cast.other_project_id)
    version_id = document.versions[0].id
    foreign = f"/staff/results/{result_id}"
    tails = ("", "/edit", f"/documents/{document.id}/edit", "/documents/new",
             f"/documents/{document.id}/versions/{version_id}")  # fmt: skip

    for tail in tails:
        assert eve.get(f"{foreign}{tail}").status_code == 404
    for tail in ("/publish", "/archive", f"/documents/{document.id}/archive", "/edit"):
        assert post(eve, f"{foreign}{tail}", {"title_en": "Taken over"}).status_code == 404
    # Nor by way of a result of one's own.
    assert eve.get(f"/staff/results/{own}/documents/{document.id}/edit").status_code == 404
    assert eve.get("/staff/results/2147483647").text == eve.get(foreign).text
    assert "SmartUrbI" not in eve.get("/staff/results/new").text
    with app.app_context():
        assert db.session.get_one(Result, result_id).title != LocalText(en="Taken over")


def test_an_editor_of_one_project_adds_results_to_it_only(
    app: Flask, make: Factory, cast: Cast
) -> None:
    eve = _limited(make, cast.other_project_id)

    foreign = post(eve, "/staff/results/new", {"project": cast.project_id, "title_en": "X"})
    own = post(eve, "/staff/results/new", {"project": cast.other_project_id, "title_en": "X"})

    assert (foreign.status_code, own.status_code) == (422, 302)


def test_who_only_reads_sees_no_buttons(make: Factory, cast: Cast, result_id: int) -> None:
    with make.app.app_context(), transaction() as session:
        add_user(session, "ann@example.org", Access.ANALYST, password=PASSWORD, now=make.now)
    ann = cast.client("ann@example.org")

    page = ann.get(f"/staff/results/{result_id}")

    assert page.status_code == 200
    assert "Publish" not in page.text.replace("Published", "")
    assert post(ann, f"/staff/results/{result_id}/publish").status_code == 403


@pytest.mark.parametrize("tail", ["/99999999999999999999", "/0", "/x", "/1/documents/99999999999"])
def test_what_cannot_be_an_id_is_not_found(tail: str, ada: FlaskClient) -> None:
    assert ada.get(f"/staff/results{tail}").status_code == 404


def test_doctor_tells_whether_uploads_can_be_kept(app: Flask, tmp_path: Path) -> None:
    (well,) = check_documents_folder(app)
    state(app).settings.documents.parent.joinpath("documents").write_text("in the way")
    (unwell,) = check_documents_folder(app)

    assert well.is_well
    assert not unwell.is_well
    assert unwell.remedy
