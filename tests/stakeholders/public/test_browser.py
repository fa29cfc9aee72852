"""In a real browser, without script, on a phone: sign up, see one's data, leave; all accessible."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from outreach.core.db import db
from outreach.mail.models import OutboxLetter
from tests.stakeholders.factories import People
from tests.tracking.factories import Sent
from tests.web.style_guide.browser import served

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.parametrize("database_uri", ["sqlite"], indirect=True),
]


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    with served(app) as found:
        yield found


def _link(app: Flask) -> str:
    with app.app_context():
        letter = db.session.scalars(select(OutboxLetter).order_by(OutboxLetter.id.desc())).first()
    found = re.search(r"http://localhost(/\S+)", letter.text if letter else "")
    assert found
    return found[1]


def _press(page: Page, name: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=name).first.click()


def test_people_sign_up_and_see_their_data_without_script(
    browser: Browser, address: str, app: Flask, people: People
) -> None:
    people.a_list()
    context = browser.new_context(
        java_script_enabled=False, viewport={"width": 360, "height": 740}, locale="en"
    )
    page = context.new_page()

    page.goto(f"{address}/subscribe")
    page.get_by_label("E-mail address").fill("ada@example.org")
    page.get_by_label("NGO").check()
    page.get_by_label("Yes, send me letters").check()
    _press(page, "Subscribe")
    page.goto(f"{address}{_link(app)}")
    _press(page, "Yes, subscribe me")
    page.get_by_label("Name", exact=True).fill("Ada Byron")
    page.get_by_label("Country", exact=True).select_option("BE")
    _press(page, "Save")
    page.goto(f"{address}/preferences")
    page.get_by_label("E-mail address").fill("ada@example.org")
    _press(page, "Send me the link")
    page.goto(f"{address}{_link(app)}")
    _press(page, "Open")

    assert page.get_by_label("Name", exact=True).input_value() == "Ada Byron"
    assert page.get_by_label("NGO").is_checked()
    assert context.cookies() == []
    context.close()


def test_every_page_is_accessible_and_fits_a_phone(
    browser: Browser, address: str, app: Flask, people: People, sent: Sent
) -> None:
    people.a_list()
    people.person("known@example.org", gets=sent.list_id)
    letter = sent.signer.delivery_tokens(sent.mailing_id, 1)
    client = app.test_client()
    form = {"email": "new@example.org", "roles": "ngo", "consent": "y"}
    client.post(f"/subscribe?list={people.list_slug(sent.list_id)}", data=form)
    confirm = _link(app)
    client.post("/preferences", data={"email": "known@example.org"})
    fresh = _link(app)
    own = client.post(fresh).headers["Location"]
    client.post(own.partition("?")[0] + "/erase")
    pages = ["/subscribe", confirm, "/preferences", own, _link(app), "/preferences/sent"]
    pages += [f"/u/{letter.unsubscribe}", f"/preferences/{letter.preferences}", "/u/old"]
    more = client.post(confirm).headers["Location"]
    faults = []

    forms = ["/subscribe", own, more]
    for width, scheme, paths in ((1280, "light", forms), (360, "dark", [*pages, more])):
        context = browser.new_context(viewport={"width": width, "height": 740}, locale="en")
        page = context.new_page()
        page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
        for path in paths:
            page.goto(f"{address}{path}")
            here = f"{path[:30]} {width} {scheme}"
            if page.evaluate("document.documentElement.scrollWidth") > width:
                faults.append(f"{here}: too wide")
            faults += [
                f"{here} {found['id']}: {found['nodes'][0]['html'][:160]}"
                for found in Axe().run(page).response["violations"]
            ]
        context.close()

    assert faults == []
