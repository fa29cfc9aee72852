"""In a real browser: nothing breaks without a mouse, and no unsent answer is lost."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page

from outreach.core.text import LocalText
from tests.cast import Cast
from tests.factories import Factory
from tests.questions.factories import QuestionFactory
from tests.web.style_guide.browser import served

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ONLY = pytest.mark.parametrize("database_uri", ["sqlite"], indirect=True)
"""What a browser shows does not depend on the database."""


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    with served(app) as found:
        yield found


def _signed_in(browser: Browser, cast: Cast, address: str) -> BrowserContext:
    client = cast.ada
    cookie = client.get_cookie(client.application.config["SESSION_COOKIE_NAME"])
    assert cookie is not None
    context = browser.new_context()
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": address}])
    return context


def _violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{page.url} {each['id']}: {each['nodes'][0]['html'][:120]}" for each in found]


@ONLY
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_every_page_is_accessible_and_fits(
    browser: Browser,
    address: str,
    desk: QuestionFactory,
    make: Factory,
    cast: Cast,
    scheme: str,
    width: int,
) -> None:
    make.result(cast.project_id, slug="r", title=LocalText(en="A result with a long name " * 3))
    question_id = desk.question(
        "A-word-without-an-end-" * 20, project_id=cast.project_id, role_id=desk.roles["ngo"]
    )
    entry_id = desk.entry(cast.project_id)
    staff = "/staff/questions"
    context = _signed_in(browser, cast, address)
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
    wrong, wide = [], []

    for path in (
        "/ask?result=r&lang=de",
        staff,
        f"{staff}/{question_id}",
        f"{staff}/new",
        f"{staff}/faq",
        f"{staff}/faq/{entry_id}",
        f"{staff}/faq/new?question={question_id}",
    ):
        page.goto(f"{address}{path}")
        wrong += _violations(page)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wide.append(path)
    context.close()

    assert wrong == []
    assert wide == []


@ONLY
def test_an_unsent_answer_comes_back_and_a_sent_one_does_not(
    browser: Browser, address: str, desk: QuestionFactory, cast: Cast
) -> None:
    question_id = desk.question(project_id=cast.project_id)
    context = _signed_in(browser, cast, address)
    page = context.new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    thread = f"{address}/staff/questions/{question_id}"

    page.goto(thread)
    page.fill("#body", "Half an answer")
    page.goto(f"{address}/staff/questions")
    page.goto(thread)
    came_back = page.input_value("#body")
    told = page.get_by_text("Your unsent words are back.").count()
    page.get_by_role("button", name="Send the answer").click()
    page.get_by_text("The answer is on its way.").wait_for()
    after = page.input_value("#body")
    page.goto(thread)

    assert (came_back, told) == ("Half an answer", 1)
    assert (after, page.input_value("#body")) == ("", "")
    assert page.locator(".message-out").count() == 1
    context.close()


@ONLY
@pytest.mark.parametrize("has_script", [True, False])
def test_anybody_asks_with_or_without_script(
    browser: Browser, address: str, desk: QuestionFactory, has_script: bool
) -> None:
    desk.make.result(slug="r", title=LocalText(en="Go-betweens"))
    context = browser.new_context(java_script_enabled=has_script)
    page = context.new_page()

    page.goto(f"{address}/ask?result=r")
    page.fill("#body", "x" * 4999)
    room = page.get_by_text("1 characters left").count()
    page.fill("#body", "What does it cost?")
    page.fill("#email", "jane@example.org")
    page.locator("summary", has_text="I work as").click()
    page.get_by_label("NGO").check()
    page.get_by_role("button", name="Send the question").click()
    page.get_by_role("heading", name="Your question has arrived").wait_for()

    assert room == int(has_script)
    assert context.cookies() == []
    context.close()
