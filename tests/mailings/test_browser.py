"""In a real browser: the reference case from an empty letter to its promise; what script adds."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect

from outreach.core.db import db, transaction
from outreach.core.text import LocalText
from outreach.mailings.blocks import Content, dump, load, say_otherwise, speak
from outreach.mailings.models import Mailing, MailingState
from tests.cast import Cast
from tests.factories import Factory
from tests.mailings.factories import MailingFactory
from tests.mailings.rendering_kit import reference
from tests.web.style_guide.browser import served

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]
ONLY = pytest.mark.parametrize("database_uri", ["sqlite"], indirect=True)
"""What a browser shows does not depend on the database."""


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    with served(app) as found:
        yield f"{found}/staff/mailings"


def _signed_in(browser: Browser, cast: Cast, address: str, **options: bool) -> BrowserContext:
    client = cast.ada
    cookie = client.get_cookie(client.application.config["SESSION_COOKIE_NAME"])
    assert cookie is not None
    context = browser.new_context(**options)  # type: ignore[arg-type]  # any of Playwright's own
    context.set_default_timeout(5_000)
    host = address.removesuffix("/staff/mailings")
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": host}])
    return context


def _saved(app: Flask, mailing_id: int = 1) -> Content:
    with app.app_context():
        return load(db.session.get_one(Mailing, mailing_id).content)


def _compose(page: Page, address: str, content: Content) -> None:
    """Add every block of a letter by its form, as it stands in the packaged example."""
    for block in content.blocks:
        page.goto(f"{address}/1/content?add={block.kind}")
        form = page.locator("#settings")
        fields = block.model_dump(mode="json")
        for name in ("text", "intro", "markdown", "lead", "attribution", "label"):
            if fields.get(name):
                form.locator(f"[name={name}]").fill(fields[name])
        if "points" in fields:
            form.locator("[name=points]").fill("\n".join(fields["points"]))
        for place, item in enumerate(fields.get("items", ())):
            form.locator(f"[name=items-{place}-label]").fill(item["label"])
            form.locator(f"[name=items-{place}-target]").select_option(index=place + 1)
        form.get_by_role("button", name="Add the block").click()
        expect(page.locator(".form-error, .alert-bad")).to_have_count(0)


@ONLY
@pytest.mark.parametrize("has_script", [True, False])
def test_the_reference_case_from_an_empty_letter_to_its_promise(
    browser: Browser,
    address: str,
    room: MailingFactory,
    make: Factory,
    cast: Cast,
    app: Flask,
    has_script: bool,
) -> None:
    project_id = make.project(website="https://example.org/smarturbi")
    result_id = make.result(project_id, title=LocalText(en="Socially smart cities"))
    make.address_document(result_id)
    make.address_document(result_id)
    room.person("ngo", list_id=make.list_of(project_id))
    room.person("politician", list_id=make.list_of(project_id), state="withdrawn")
    context = _signed_in(browser, cast, address, java_script_enabled=has_script)
    page = context.new_page()

    page.goto(f"{address}/new")
    page.locator("form[action$=empty] [name=title]").fill("Socially smart cities")
    page.locator("form[action$=empty] [name=list_id]").select_option(str(make.list_of(project_id)))
    page.get_by_role("button", name="Begin empty").click()
    page.wait_for_load_state("networkidle")  # a late style sheet moves boxes from under the mouse
    page.get_by_label("Subject").fill("Socially smart cities")
    page.get_by_label("Preview line").fill("A policy brief, a report and whom to ask")
    page.get_by_label("Socially smart cities").check()
    page.get_by_role("checkbox", name="NGO").check()
    page.get_by_role("checkbox", name="politician").check()
    page.get_by_role("button", name="Save and go on to the content").click()
    _compose(page, address, reference())
    written = _saved(app)
    page.goto(f"{address}/1/preview?view=text")
    expect(page.locator(".letter-text")).to_contain_text("Questions? Ask us")
    page.goto(f"{address}/1/checks")
    page.get_by_role("button", name="Send the test").click()
    expect(page.get_by_text("The test is on its way")).to_be_visible()
    page.goto(f"{address}/1/schedule")
    page.get_by_label("Date").fill("2027-12-01")
    page.get_by_label("Time", exact=True).fill("09:00")
    page.get_by_label("Time zone").select_option("Europe/Copenhagen")
    page.get_by_role("button", name="Show what will happen").click()
    asked = page.locator("main").inner_text()
    page.get_by_role("button", name="Schedule it").click()

    told = page.locator("main").inner_text()
    assert [block.kind for block in written.blocks] == [b.kind for b in reference().blocks]
    assert "1 person" in asked
    assert "left this list" in asked
    assert "1 Dec 2027, 09:00 (Europe/Copenhagen)" in asked
    assert "1 Dec 2027, 08:00 (UTC)" in asked
    assert "It goes out on 1 Dec 2027, 09:00 (Europe/Copenhagen)" in told
    assert "Scheduled" in told
    context.close()


PASTED = """<html><body><b style="font-weight:normal"><p class="MsoNormal" style="color:red">Hello
<strong>bold</strong> and <a href="https://example.org/a(b)">a link</a>, 5*3</p>
<ul><li>one<ul><li>deep</li></ul></li><li>two</li></ul><h2>Head</h2>
<script>alert(1)</script></b></body></html>"""


@ONLY
def test_script_saves_arranges_cleans_and_notices(
    browser: Browser, address: str, room: MailingFactory, cast: Cast, app: Flask
) -> None:
    mailing_id = room.mailing(cast.project_id)
    context = _signed_in(browser, cast, address)
    page, other = context.new_page(), context.new_page()
    at = f"{address}/{mailing_id}/content"
    order = ".block-list > li"

    page.goto(f"{at}?block=b2")
    page.locator("[name=markdown]").evaluate(
        """(field, html) => {
          field.select();
          const clipboardData = new DataTransfer();
          clipboardData.setData("text/html", html);
          const paste = { clipboardData, bubbles: true, cancelable: true };
          field.dispatchEvent(new ClipboardEvent("paste", paste));
        }""",
        PASTED,
    )
    page.locator("[data-block=b2] .block-name").focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator(order).first).to_have_attribute("data-block", "b2")
    expect(page.locator("[data-arranged]")).to_have_text("Text is now number 1 of 6.")
    held = page.evaluate_handle("new DataTransfer()")
    page.dispatch_event("[data-block=b6] > .block-line", "dragstart", {"dataTransfer": held})
    page.dispatch_event("[data-block=b1] > .block-line", "drop", {"dataTransfer": held})
    expect(page.locator(order).nth(1)).to_have_attribute("data-block", "b6")
    # By the keyboard: the page may still be scrolling to what was moved.
    page.get_by_role("button", name="Undo the last edit").press("Enter")
    expect(page.locator(order).nth(1)).to_have_attribute("data-block", "b1")
    text = _saved(app, mailing_id).blocks[0].model_dump()["markdown"]
    page.goto(f"{at}?block=b1")
    other.goto(f"{at}?block=b1")
    other.locator("[name=text]").fill("The other one's words")
    expect(other.locator("[data-saved]")).to_contain_text("saved ")
    expect(other.locator("[data-saved]")).not_to_have_class("is-waiting")
    page.locator("[name=text]").fill("Typed at the same time")

    expect(page.locator("[data-saved]")).to_contain_text("Nothing was overwritten")
    assert "The other one's words" in str(_saved(app, mailing_id))
    assert text == (
        "Hello **bold** and [a link](https://example.org/a%28b%29), 5\\*3\n\n"
        "- one\n   - deep\n- two\n\n### Head"
    )
    context.close()


@ONLY
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_every_page_is_accessible_and_fits(
    browser: Browser,
    address: str,
    room: MailingFactory,
    cast: Cast,
    app: Flask,
    scheme: str,
    width: int,
) -> None:
    long = "A-word-without-an-end-" * 9
    draft = room.mailing(cast.project_id, title=long, subject=long)
    empty = room.mailing(cast.project_id, content={}, audience={}, subject="")
    tailored = room.mailing(cast.project_id, state=MailingState.IN_REVIEW)
    with app.app_context(), transaction() as session:
        mailing = session.get_one(Mailing, tailored)
        content = say_otherwise(load(mailing.content), "b1", "ngo")
        mailing.content = dump(speak(content, ["de"]))
    context = _signed_in(browser, cast, address)
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
    wrong, wide = [], []

    for path in (
        "",
        "/new",
        f"/{draft}",
        f"/{draft}/details",
        f"/{draft}/content?block=b3",
        f"/{empty}/content?add=picture",
        f"/{draft}/preview?view=phone",
        f"/{draft}/preview?view=text",
        f"/{empty}/checks",
        f"/{draft}/checks",
        f"/{draft}/schedule",
        f"/{tailored}",
        f"/{tailored}/content?in=de&as=ngo&block=b2",
        f"/{tailored}/content?block=b1",
        f"/{tailored}/preview",
        "/calendar",
    ):
        page.goto(f"{address}{path}")
        wrong += _violations(page)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wide.append(path)
    context.close()

    assert wrong == []
    assert wide == []


def _violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{page.url} {each['id']}: {each['nodes'][0]['html'][:120]}" for each in found]
