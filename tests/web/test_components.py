"""Every component in every state: sound for axe in both schemes, and usable without script."""

from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask, render_template_string
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.web.style_guide.app import ERRORS, make_app
from tests.web.style_guide.browser import served

PAGES = ("guide", "public", "partner", "errors/404")


@pytest.fixture(scope="module")
def guide_app() -> Flask:
    return make_app()


@pytest.fixture(scope="module")
def address(guide_app: Flask) -> Iterator[str]:
    with served(guide_app) as address:
        yield address


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


def rendered(app: Flask, source: str) -> str:
    with app.test_request_context():
        return render_template_string(source)


class Ids(HTMLParser):
    """Collects ids, what refers to them, and what a strict content policy forbids."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.referred: set[str] = set()
        self.forbidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.ids += [values["id"] or ""] if "id" in values else []
        for name in ("for", "aria-describedby", "aria-labelledby"):
            self.referred.update((values.get(name) or "").split())
        self.forbidden += [name for name in values if name == "style" or name.startswith("on")]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_unique_ids_whole_references_and_nothing_inline(
    guide_app: Flask, name: str
) -> None:
    found = Ids()

    answer = guide_app.test_client().get(f"/{name}")
    found.feed(answer.text)

    assert answer.status_code == 200
    assert len(found.ids) == len(set(found.ids))
    assert found.referred <= set(found.ids)
    assert found.forbidden == []


@pytest.mark.parametrize("code", ERRORS)
def test_an_error_page_says_what_happened_what_was_kept_and_what_to_do(
    guide_app: Flask, code: int
) -> None:
    text = guide_app.test_client().get(f"/errors/{code}").text

    main = text.split("<main", 1)[1].split("</main>", 1)[0]
    assert str(code) in main
    assert main.count("<p>") == 2


def test_an_unknown_figure_reads_not_available_and_never_0(guide_app: Flask) -> None:
    source = '{% from "components/tile.html" import tile %}{{ tile("Opens", none) }}'

    tile = rendered(guide_app, source)

    assert "not available" in tile
    assert "0" not in tile


def test_a_name_with_markup_in_it_stays_a_name(guide_app: Flask) -> None:
    text = guide_app.test_client().get("/guide").text

    assert "<b>Cleo" not in text
    assert "&lt;b&gt;Cleo&lt;/b&gt;" in text


def test_a_post_button_carries_its_token_and_its_question(guide_app: Flask) -> None:
    source = (
        '{% from "components/button.html" import post_button %}'
        '{{ post_button("Send", "/send", confirm="Send to 3 “people”?") }}'
    )

    button = rendered(guide_app, source)

    assert 'name="csrf_token"' in button
    assert 'data-confirm="Send to 3 “people”?"' in button


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(
    browser: Browser, address: str, name: str, width: int, scheme: str
) -> None:
    size = ViewportSize(width=width, height=900)
    context = browser.new_context(
        viewport=size, color_scheme="dark" if scheme == "dark" else "light"
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(f"{address}/{name}")

    found = Axe().run(page)

    assert [violation["id"] for violation in found.response["violations"]] == []
    assert complaints == []
    context.close()


@pytest.mark.browser
@pytest.mark.parametrize("name", PAGES)
def test_nothing_needs_scrolling_sideways_at_320_pixels(
    page: Page, address: str, name: str
) -> None:
    page.set_viewport_size({"width": 320, "height": 256})

    answer = page.goto(f"{address}/{name}")

    assert answer is not None
    assert answer.ok
    assert page.evaluate("document.documentElement.scrollWidth") == 320


@pytest.mark.browser
def test_a_form_with_a_question_asks_before_it_goes(page: Page, address: str) -> None:
    page.goto(f"{address}/guide")

    page.get_by_role("button", name="Send now").click()
    dialog = page.get_by_role("dialog", name="Send now?")
    asked = dialog.inner_text()
    dialog.get_by_role("button", name="Go back").click()
    stayed = page.url
    page.get_by_role("button", name="Send now").click()
    page.get_by_role("dialog").get_by_role("button", name="Send now").click()
    page.wait_for_url("**/send")

    assert "412 people" in asked
    assert stayed.endswith("/guide")
    assert page.inner_text("body") == "sent"


@pytest.mark.browser
def test_counts_come_beside_the_filters_after_the_page(page: Page, address: str) -> None:
    page.goto(f"{address}/guide")

    page.locator(".filter summary", has_text="Role").click()

    expect(page.locator("[data-count='role:ngo']")).to_have_text("1,204")


@pytest.mark.browser
def test_a_filter_chosen_is_applied_when_its_menu_closes(page: Page, address: str) -> None:
    page.goto(f"{address}/guide")

    page.locator(".filter summary", has_text="Role").click()
    page.get_by_label("NGO 1,204").check()
    page.get_by_label("Politician 88").check()
    page.keyboard.press("Escape")
    page.wait_for_url("**/stakeholders?*")

    query = page.url.split("?")[1]
    assert query == "role=policy-maker&role=politician&role=ngo&country=BE"


@pytest.mark.browser
def test_a_live_part_is_fetched_until_it_says_it_has_finished(page: Page, address: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/guide")

    expect(page.locator("#live [data-finished]")).to_be_visible()
    while_live = len(asked)
    page.wait_for_timeout(350)  # three times the interval: a fourth request would be seen

    assert asked[-1].endswith("/progress")
    assert len(asked) == while_live


@pytest.mark.browser
def test_leaving_with_unsaved_changes_asks_first(page: Page, address: str) -> None:
    asked: list[str] = []
    page.goto(f"{address}/guide")
    page.on("dialog", lambda dialog: asked.append(dialog.type))
    page.on("dialog", lambda dialog: dialog.accept())

    page.get_by_label("Note").fill("half a thought")
    page.goto(f"{address}/public")

    assert asked == ["beforeunload"]


@pytest.mark.browser
def test_the_bulk_bar_comes_with_a_selection_and_counts_it(page: Page, address: str) -> None:
    page.goto(f"{address}/guide")
    bar = page.locator(".bulk-bar")
    before = bar.is_visible()

    page.get_by_label("Select Ada Vandenberghe").check()
    one = bar.inner_text()
    page.get_by_label("Select all on this page").check()

    assert not before
    assert "1 stakeholder selected" in one
    assert "4 stakeholders selected" in bar.inner_text()


@pytest.mark.browser
def test_a_menu_closes_on_escape_and_gives_the_focus_back(page: Page, address: str) -> None:
    page.goto(f"{address}/guide")
    menu = page.locator(".topbar-end summary")

    menu.click()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")

    assert not page.get_by_role("button", name="Sign out").is_visible()
    assert menu.evaluate("summary => summary === document.activeElement")


@pytest.mark.browser
def test_the_first_tab_leads_past_the_rail(page: Page, address: str) -> None:
    page.goto(f"{address}/partner")

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "main"


@pytest.mark.browser
def test_without_script_every_entry_of_the_phone_bar_can_be_reached(
    browser: Browser, address: str
) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/guide")

    page.locator(".phonebar summary").click()

    names = page.locator(".phonebar a:visible").all_inner_texts()
    assert len(names) == 7
    context.close()
