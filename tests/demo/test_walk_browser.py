"""The whole walk in a real browser, against a served copy with a real worker and a real SMTP way:
compose → schedule → send → read → click → download → ask → answer → report.
"""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from tests.tracking.factories import CHROME

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.timeout(180),
    pytest.mark.xdist_group("demo"),
]
ROOT = Path(__file__).parent.parent.parent
PATIENCE = 60
"""Seconds; a machine that runs other things besides needs them."""
QUESTION, ANSWER = "What should a councillor read first?", "The page on governance."


@pytest.fixture
def address(browser: Browser, demo_home: Path) -> Iterator[str]:
    """Serve a copy of the demo as `make run` does: web server, worker and catcher."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OUTREACH_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "outreach", "demo", "--port", str(port)],
        cwd=ROOT,
        env={**kept, "OUTREACH_INSTANCE": str(demo_home), "PYTHONPATH": str(ROOT)},
    )
    try:
        _wait(lambda: _answers(f"http://127.0.0.1:{port}/health"))
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _wait(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < until, "it takes too long"
        time.sleep(0.1)


def test_a_mailing_from_the_first_word_to_the_report(browser: Browser, address: str) -> None:
    context = browser.new_context(user_agent=CHROME, base_url=address)
    page = context.new_page()
    page.goto("/demo")
    page.get_by_role("button", name="Communication officer").click()

    _compose(page)
    mailing = _send_now(page)
    report = context.new_page()
    report.goto(mailing)
    report.get_by_role("link", name="Read the report").click()
    letter = _open_letter(page, role="politician")
    _download(page, letter)
    _ask(page, letter)
    _answer(page)

    # The report lay open all the time, and was not loaded again.
    _wait(lambda: _row_of_politicians(report) == ["1", "1 answered", "1"])
    page.goto(report.url)
    # Loaded anew it says the same; its live part may be put in while we read.
    _wait(lambda: _row_of_politicians(page) == ["1", "1 answered", "1"])
    page.goto("/demo")
    done = page.locator(".is-done h3").all_inner_texts()
    assert [title.split(",")[0] for title in done] == [
        "Send the draft",
        "Open a politician’s letter",
        "Open its brief",
        "See both arrive in the report",
    ]
    context.close()


def _compose(page: Page) -> None:
    """Announce a result: the letter begins with what is known of it."""
    page.goto("/staff/mailings/new")
    page.get_by_role("button", name="Begin with this result").click()
    for role in ("politicians", "funders"):
        page.get_by_role("checkbox", name=role).check()
    page.get_by_label("Subject").fill("What makes a city socially smart")
    page.get_by_role("button", name="Save and go on to the content").click()
    page.get_by_role("link", name="Headline", exact=False).first.click()
    headline = page.get_by_role("textbox", name="Headline").first
    headline.fill("People who hold a neighbourhood together")
    page.get_by_role("button", name=re.compile("^Save")).first.click()
    expect(page.get_by_role("link", name="People who hold a neighbourhood")).to_be_visible()


def _send_now(page: Page) -> str:
    """Schedule it for now, read what will happen, confirm; returns the mailing's address."""
    page.get_by_role("link", name="Schedule").click()
    mailing = page.url.removesuffix("/schedule")
    page.get_by_label("Now", exact=True).check()
    page.get_by_role("button", name="Show what will happen").click()
    page.get_by_role("button", name=re.compile(r"^Send to \d+ people now$")).click()
    # The page follows by itself, its heading and its buttons too: nobody has to load it again.
    said = page.get_by_text("All letters have left.")
    expect(said).to_be_visible(timeout=PATIENCE * 1000)
    return mailing


def _open_letter(page: Page, *, role: str) -> FrameLocator:
    """Find a letter in the catcher by the role of its reader, and look at it."""
    page.goto(f"/mailbox?role={role}")
    page.locator("tbody").get_by_role("link").first.click()
    letter = page.frame_locator("iframe")
    expect(letter.get_by_text("People who hold a neighbourhood together").first).to_be_visible()
    return letter


def _download(page: Page, letter: FrameLocator) -> None:
    brief = letter.get_by_role("link", name=re.compile("View the policy brief"))
    address, before = brief.get_attribute("href") or "", page.context.pages
    with page.context.expect_event("request", lambda asked: asked.url == address):
        brief.click()
    for shown in set(page.context.pages).difference(before):  # a browser without windows saves it
        shown.close()
    file = page.context.request.get(address, headers={"Range": "bytes=0-3"})
    assert file.body() == b"%PDF"


def _ask(page: Page, letter: FrameLocator) -> None:
    with page.context.expect_page() as opened:
        letter.get_by_role("link", name="Ask a question").click()
    form = opened.value
    form.fill("#body", QUESTION)
    form.fill("#email", "councillor@example.org")
    form.get_by_role("button", name="Send the question").click()
    expect(form.get_by_role("heading", name="Your question has arrived")).to_be_visible()
    form.close()


def _answer(page: Page) -> None:
    """Staff find the question, answer it, and the answer reaches the asker by mail."""
    page.goto("/staff/questions")
    page.get_by_role("link", name=QUESTION).first.click()
    page.fill("#body", ANSWER)
    page.get_by_role("button", name="Send the answer").click()

    def has_arrived() -> bool:
        page.goto("/mailbox?q=councillor")
        return page.locator("tbody tr").count() == 2  # the acknowledgement, and the answer

    _wait(has_arrived)
    page.locator("tbody").get_by_role("link").first.click()
    expect(page.frame_locator("iframe").get_by_text(ANSWER)).to_be_visible()


def _row_of_politicians(page: Page) -> list[str]:
    """Return downloads, asked and opened of the politicians' row in the staff report."""
    table = page.get_by_role("table", name="Figures by role")
    heads = table.locator("thead th").all_inner_texts()
    cells = table.locator("tbody tr", has_text="Politicians").locator("td, th").all_inner_texts()
    row = dict(zip(heads, cells, strict=True))
    downloads, asked, opened = (row[name].split("\n") for name in ("Downloads", "Asked", "Opened"))
    return [downloads[0], asked[-1], opened[0]]
