"""What is passed on leads to nobody: the page and the web version carry no reader's token."""

import re
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from outreach.core.db import db, transaction
from outreach.core.text import LANGUAGES
from outreach.mailings.models import Mailing
from tests.cast import Cast
from tests.delivery.kit import Kit
from tests.factories import Factory
from tests.mailings.factories import MailingFactory


def test_the_page_passes_on_the_web_version_and_the_way_to_subscribe(
    app: Flask, make: Factory, visitor: FlaskClient, database_uri: str, tmp_path: Path
) -> None:
    kit = Kit(app, make, database_uri, tmp_path)
    mailing_id = kit.mailing(recipients=1, subject="Cities <that> listen & learn, {name|reader}")
    with app.app_context():
        key = db.session.get_one(Mailing, mailing_id).web_key

    for language in LANGUAGES:
        page = visitor.get(f"/mailings/{key}/forward?lang={language}")
        assert page.status_code == 200
        assert f'value="http://localhost/mailings/{key}"' in page.text
        assert "mailto:?subject=Cities%20%3Cthat%3E%20listen%20%26%20learn%2C%20reader" in page.text
        assert not re.search(r"/(u|t|preferences)/", page.text)

    subscribe = re.findall(r'href="(/subscribe\?list=[^"]+)"', page.text)[0]
    assert visitor.get(subscribe).status_code == 200
    for wrong in ("nothing-like-it", "%00", "x" * 3000):
        assert visitor.get(f"/mailings/{wrong}/forward").status_code == 404


def test_every_link_of_a_test_leads_somewhere_and_says_that_it_is_a_try(
    app: Flask, room: MailingFactory, cast: Cast, visitor: FlaskClient
) -> None:
    mailing_id = room.mailing(cast.project_id)
    with app.app_context():
        key = db.session.get_one(Mailing, mailing_id).web_key

    letter = cast.ada.get(f"/staff/mailings/{mailing_id}/preview/letter").text
    on_the_web = visitor.get(f"/mailings/{key}").text

    links = set(re.findall(r'href="http://localhost(/[^"]*)"', letter))
    assert f"/mailings/{key}?test=yes" in links
    assert f"/mailings/{key}/forward" in links
    for link in links:
        assert visitor.get(link.replace("&amp;", "&")).status_code in {200, 302}, link
    documents = re.findall(r'href="http://localhost/documents/[^"]*"', letter + on_the_web)
    assert documents
    assert all("?test=yes" in document for document in documents)


def test_who_wonders_whether_to_subscribe_can_read_the_last_published_letter(
    app: Flask, make: Factory, visitor: FlaskClient, database_uri: str, tmp_path: Path
) -> None:
    kit = Kit(app, make, database_uri, tmp_path)
    first, second, _unpublished = (kit.mailing(recipients=1) for _ in range(3))
    with app.app_context(), transaction() as session:
        for number, mailing_id in enumerate((first, second)):
            mailing = session.get_one(Mailing, mailing_id)
            mailing.published_at = mailing.started_at = make.now.replace(hour=number)
        slug = session.get_one(Mailing, second).slug

    links = re.findall(r'href="(/mailings/[^"]+)"', visitor.get("/subscribe").text)

    assert links == [f"/mailings/{slug}"]
    assert visitor.get(links[0]).status_code == 200
