"""In a real browser: reports, dashboards and public pages are accessible and fit every screen."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page

from tests.cast import Cast
from tests.dashboards.factories import sent_mailing
from tests.factories import Factory
from tests.site.conftest import publish
from tests.web.style_guide.browser import served
from tests.web_client import post

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ONLY = pytest.mark.parametrize("database_uri", ["sqlite"], indirect=True)
"""What a browser shows does not depend on the database."""
LOOKS = [(1280, "light"), (360, "dark")]
"""Both widths and both schemes, each once: colours do not depend on the width."""


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    with served(app) as found:
        yield found


def _page_of(browser: Browser, client: FlaskClient, address: str) -> Page:
    context = browser.new_context()
    cookie = client.get_cookie(client.application.config["SESSION_COOKIE_NAME"])
    if cookie is not None:
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": address}])
    return context.new_page()


def _faults(page: Page, address: str, *paths: str) -> list[str]:
    """Say what is wrong with pages: accessibility (axe), a wrong answer, a page too wide."""
    faults = []
    for path in paths:
        for width, scheme in LOOKS:
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
            answer = page.goto(f"{address}{path}")
            here = f"{path} {width} {scheme}"
            if answer is None or answer.status != 200:
                faults.append(f"{here}: {answer and answer.status}")
            if page.evaluate("document.documentElement.scrollWidth") > width:
                faults.append(f"{here}: too wide")
            faults += [
                f"{here} {found['id']}: {found['nodes'][0]['html'][:120]}"
                for found in Axe().run(page).response["violations"]
            ]
    return faults


@ONLY
def test_reports_are_accessible_and_fit(browser: Browser, address: str, cast: Cast) -> None:
    mailing_id = sent_mailing(cast.make, cast.project_id)
    slug = f"smarturbi-{cast.project_id}"

    page = _page_of(browser, cast.ada, address)

    assert not _faults(
        page,
        address,
        "/staff/overview",
        "/staff/reports",
        f"/staff/reports/mailings/{mailing_id}",
        f"/staff/reports/projects/{slug}",
    )
    page.context.close()


@ONLY
def test_dashboards_are_accessible_and_fit(browser: Browser, address: str, cast: Cast) -> None:
    sent_mailing(cast.make, cast.project_id)
    slug = f"smarturbi-{cast.project_id}"

    page = _page_of(browser, cast.ben, address)
    before = _faults(page, address, f"/dashboards/{slug}")
    post(cast.ada, f"/staff/reports/projects/{slug}/publish")

    assert not before
    assert not _faults(page, address, "/dashboards", f"/dashboards/{slug}")
    page.context.close()


@ONLY
def test_public_pages_are_accessible_and_fit(
    browser: Browser, address: str, make: Factory, visitor: FlaskClient
) -> None:
    found = publish(make.app, make)

    page = _page_of(browser, visitor, address)

    assert not _faults(
        page, address, "/", f"/results/{found.slug}", f"/documents/{found.brief}", "/privacy"
    )
    page.context.close()
