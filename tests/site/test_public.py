"""What everybody may read: home, results, documents, privacy; and what nobody gets to see."""

from html.parser import HTMLParser

import pytest
from flask import Flask
from flask.testing import FlaskClient

from outreach.core.config import TrackingMode
from outreach.core.db import db, transaction
from outreach.core.signing import nonce_of
from outreach.core.state import state
from outreach.core.text import LANGUAGES, LocalText
from outreach.projects.models import Project
from outreach.questions.models import FaqEntry
from outreach.results import services
from outreach.results.models import Document, DocumentVersion, Result
from outreach.results.services import ResultWords
from outreach.site.privacy import PRIVACY
from tests.factories import Factory
from tests.site.conftest import Published
from tests.tracking.outages import database_away

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


class _Addresses(HTMLParser):
    """Collects where a page leads, and what it loads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "href" and tag == "a":
                self.links.append(value or "")
            if name == "src" or (name == "href" and tag == "link"):
                self.loaded.append(value or "")


@pytest.fixture
def via(app: Flask) -> str:
    """The measure token of some letter."""
    return state(app).signer.unlinked(7, 2, nonce_of(b"key", 1))


def test_the_home_page_shows_published_results_only(
    visitor: FlaskClient, published: Published, make: Factory
) -> None:
    make.result(title=LocalText(en="Still a draft"), published_at=None)
    make.result(title=LocalText(en="Put away"), archived_at=make.now)

    page = visitor.get("/")

    assert page.status_code == 200
    assert "Socially smart cities" in page.text
    assert "Still a draft" not in page.text
    assert "Put away" not in page.text


def test_a_result_shows_all_that_belongs_to_it(visitor: FlaskClient, published: Published) -> None:
    page = visitor.get(f"/results/{published.slug}")

    for words in (
        "<strong>make a difference</strong>",
        "People who make a difference",
        "Download",
        "PDF, ",
        "About this brief",
        "Read it at project.example.org",
        "What is a smart urban intermediary?",
        "<strong>connects</strong>",
        "questions@example.org",
        "Tilburg University, Netherlands (coordinator)",
        "SmartUrbI is supported by the call.",
        'id="faq"',
    ):
        assert words in page.text, words


def test_a_document_tells_about_itself(visitor: FlaskClient, published: Published) -> None:
    page = visitor.get(f"/documents/{published.brief}")

    for words in (
        "About this brief",
        "Four pages for those who decide.",
        "Socially smart cities",
        "https://doi.org/10.5281/zenodo.1234",
        "2 March 2026",
        "Dutch",
    ):
        assert words in page.text, words


def test_a_file_is_downloaded_under_its_documents_site_token(
    visitor: FlaskClient, published: Published, app: Flask
) -> None:
    token = state(app).signer.site(published.brief_id)

    page = visitor.get(f"/documents/{published.brief}")

    assert f"/t/d/{token}/{published.version_id}" in _Addresses(page.text).links


def test_a_files_readable_address_leads_to_where_it_is_served(
    visitor: FlaskClient, published: Published, app: Flask, via: str
) -> None:
    token = state(app).signer.site(published.brief_id)

    answer = visitor.get(f"/documents/{published.brief}/{published.version_id}?via={via}")

    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/t/d/{token}/{published.version_id}?via={via}"


def test_a_version_is_found_by_its_own_document_only(
    visitor: FlaskClient, published: Published
) -> None:
    other = f"/documents/{published.page}/{published.version_id}"

    assert visitor.get(other).status_code == 404
    assert visitor.get(f"/documents/{published.brief}/2147483647").status_code == 404
    assert visitor.get(f"/documents/{published.brief}/99999999999999999999").status_code == 404


@pytest.mark.parametrize("path", ["/results/{slug}", "/documents/{brief}"])
def test_a_letters_token_is_carried_on_to_downloads_and_questions_only(
    path: str, visitor: FlaskClient, published: Published, via: str
) -> None:
    page = visitor.get(f"{path.format(slug=published.slug, brief=published.brief)}?via={via}")

    links = _Addresses(page.text).links
    assert all(via in link for link in links if link.startswith(("/t/d/", "/ask", "/results/")))
    assert not any(via in link for link in links if link.startswith(("http", "mailto")))
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    assert "noindex" in page.headers["X-Robots-Tag"]
    assert via not in page.text.partition("</head>")[0]


@pytest.mark.parametrize("forged", ["x", "A" * 40, HOSTILE, "é", "%00", "a\r\nSet-Cookie:b=c"])
def test_a_forged_token_is_not_carried_on(
    forged: str, visitor: FlaskClient, published: Published
) -> None:
    page = visitor.get(f"/results/{published.slug}", query_string={"via": forged})

    assert page.status_code == 200
    assert "via=" not in page.text


def test_a_token_of_another_purpose_is_not_carried_on(
    visitor: FlaskClient, published: Published, app: Flask
) -> None:
    tokens = state(app).signer.delivery_tokens(1, 1)

    page = visitor.get(f"/results/{published.slug}?via={tokens.unsubscribe}")

    assert tokens.unsubscribe not in page.text


def test_an_unpublished_result_looks_like_a_missing_one(
    app: Flask, visitor: FlaskClient, published: Published
) -> None:
    with app.app_context(), transaction() as session:
        result = session.get_one(Result, published.result_id)
        services.unpublish_result(session, result, now=result.created_at)

    hidden = [
        visitor.get(path)
        for path in (
            f"/results/{published.slug}",
            f"/documents/{published.brief}",
            f"/documents/{published.brief}/{published.version_id}",
        )
    ]
    missing = visitor.get("/results/nothing-like-it")

    assert {answer.status_code for answer in hidden} == {404}
    assert {answer.text for answer in hidden} == {missing.text}


def test_an_archived_document_leaves_the_result_and_stays_for_readers_of_letters(
    app: Flask, visitor: FlaskClient, published: Published
) -> None:
    with app.app_context(), transaction() as session:
        brief = session.get_one(Document, published.brief_id)
        services.archive(session, brief, now=brief.created_at)

    assert "About this brief" not in visitor.get(f"/results/{published.slug}").text
    page = visitor.get(f"/documents/{published.brief}")
    assert page.status_code == 200
    assert "no longer kept up to date. The document itself is no longer offered." in page.text
    # Its button would lead to a page that says the same.
    assert "/t/d/" not in page.text


def test_a_page_asks_to_come_back_while_the_database_is_away(
    app: Flask, visitor: FlaskClient, published: Published, via: str
) -> None:
    with app.app_context():
        engine = db.engine

    with database_away(engine):
        answer = visitor.get(f"/documents/{published.brief}?via={via}")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert "Not available for a moment" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_former_address_redirects_for_good_and_keeps_what_was_asked(
    app: Flask, visitor: FlaskClient, published: Published, via: str
) -> None:
    with app.app_context(), transaction() as session:
        result = session.get_one(Result, published.result_id)
        words = ResultWords(title=result.title, slug="slim")
        services.edit_result(session, result, words, now=result.created_at)

    answer = visitor.get(f"/results/{published.slug}?via={via}&lang=nl&_external=1&_scheme=x")

    assert answer.status_code == 301
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Location"] == f"/results/slim?via={via}&lang=nl&_external=1&_scheme=x"


def test_a_page_speaks_the_visitors_language_and_marks_what_does_not(
    visitor: FlaskClient, published: Published
) -> None:
    page = visitor.get(f"/results/{published.slug}", headers={"Accept-Language": "nl,en;q=0.5"})

    assert '<html lang="nl">' in page.text
    assert "<h1>Sociaal slimme steden</h1>" in page.text
    assert "Veelgestelde vragen" in page.text
    assert '<div class="prose" lang="en">' in page.text
    assert "Accept-Language" in page.headers["Vary"]


def test_a_chosen_language_wins_over_the_browsers(
    visitor: FlaskClient, published: Published
) -> None:
    path = f"/documents/{published.brief}?lang=en"

    page = visitor.get(path, headers={"Accept-Language": "nl"})

    assert "<h1>People who make a difference</h1>" in page.text


def test_hostile_words_do_nothing_on_any_public_page(
    app: Flask, visitor: FlaskClient, published: Published
) -> None:
    hostile = LocalText(en=HOSTILE)
    with app.app_context(), transaction() as session:
        result = session.get_one(Result, published.result_id)
        result.title = result.summary = hostile
        document = session.get_one(Document, published.brief_id)
        document.title = document.summary = hostile
        session.get_one(DocumentVersion, published.version_id).label = HOSTILE[:40]
        project = session.get_one(Project, published.project_id)
        project.title = project.acknowledgement = hostile
        project.acronym = HOSTILE[:40]
        project.partners[0].organisation.name = HOSTILE
        for entry in session.query(FaqEntry):
            entry.question = entry.answer = hostile

    for path in ("/", f"/results/{published.slug}", f"/documents/{published.brief}", "/privacy"):
        page = visitor.get(path)
        assert page.status_code == 200
        assert "<script>" not in page.text
        assert "<img" not in page.text
        assert "'unsafe-inline'" not in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/", "/results/{slug}", "/documents/{brief}", "/privacy"])
def test_public_pages_load_nothing_from_elsewhere_and_set_no_cookie(
    path: str, visitor: FlaskClient, published: Published
) -> None:
    page = visitor.get(path.format(slug=published.slug, brief=published.brief))

    loaded = [
        address
        for address in _Addresses(page.text).loaded
        if not address.startswith(("/", "http://localhost/"))
    ]
    assert loaded == []
    assert "Set-Cookie" not in page.headers
    assert " style=" not in page.text
    assert "<script>" not in page.text


def test_document_facts_are_told_to_catalogues(visitor: FlaskClient, published: Published) -> None:
    head = visitor.get(f"/documents/{published.brief}").text.partition("</head>")[0]

    assert '<meta name="DC.title" content="People who make a difference" lang="en">' in head
    assert '<meta name="DC.identifier" content="https://doi.org/10.5281/zenodo.1234">' in head
    assert f'<link rel="canonical" href="http://localhost/documents/{published.brief}">' in head


@pytest.mark.parametrize(
    "path",
    ["/results/%00", "/results/" + "x" * 3000, "/documents/%F0%9F%92%A3", "/results/a%2F..%2Fb"],
)
def test_what_cannot_be_an_address_is_not_found(path: str, visitor: FlaskClient) -> None:
    assert visitor.get(path).status_code == 404


def test_the_privacy_page_names_who_is_responsible_and_what_is_measured(
    visitor: FlaskClient, published: Published
) -> None:
    page = visitor.get("/privacy")

    assert "SmartUrbI consortium" in page.text
    assert "counted without a link to you" in page.text
    assert "destroyed as soon as the mailing is settled" in page.text


def test_privacy_is_explained_in_every_language_and_way_of_measuring() -> None:
    english = set(PRIVACY.texts["en"])
    for language in LANGUAGES:
        assert set(PRIVACY.texts[language]) == english
        for mode in TrackingMode:
            assert PRIVACY.say(language, mode.value)
            assert "{" not in PRIVACY.say(language, f"{mode.value}_1", link="x")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_privacy_page_speaks_the_visitors_language(
    visitor: FlaskClient, published: Published, language: str
) -> None:
    page = visitor.get("/privacy", headers={"Accept-Language": language})

    assert f'<html lang="{language}"' in page.text
    assert PRIVACY.say(language, "visits")[:40] in page.text
