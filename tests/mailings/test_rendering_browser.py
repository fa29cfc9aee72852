"""Letters as a browser shows them: both schemes, wide and narrow, without pictures."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from outreach.mailings import blocks, rendering
from tests.mailings.rendering_kit import BLOCKS, CONTEXT

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]
WIDTHS = (640, 360, 320)


@pytest.fixture(scope="module")
def html() -> str:
    """A letter with a block of every kind, whose picture cannot be loaded."""
    return rendering.render(blocks.compose(BLOCKS.values()), CONTEXT).html


@pytest.fixture(params=["light", "dark"])
def page(browser: Browser, html: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(color_scheme=request.param, offline=True)
    page = context.new_page()
    page.set_content(html)
    yield page
    context.close()


def test_axe_finds_nothing(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 800})

    found = Axe().run(page)

    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_runs_out_of_the_screen(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})

    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_picture_that_did_not_load_says_what_it_shows(page: Page) -> None:
    assert page.get_by_alt_text("Two neighbours at a table").is_visible()


def test_each_scheme_has_its_own_paper(page: Page) -> None:
    is_dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")

    paper = page.evaluate("getComputedStyle(document.querySelector('.p')).backgroundColor")

    assert paper == ("rgb(26, 33, 41)" if is_dark else "rgb(255, 255, 255)")
