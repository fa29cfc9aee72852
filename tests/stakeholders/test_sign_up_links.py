"""Staff make a link for a meeting, show its code, end it; and see roles in people's own words."""

import html
import re
from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core import clock
from outreach.core.db import transaction
from outreach.stakeholders.models import SignUp, SignUpLink, Stakeholder
from tests.cast import Cast
from tests.stakeholders.factories import People
from tests.web_client import post

PAGES = "/staff/stakeholders/sign-up-links"


def test_a_link_is_made_shown_as_a_code_and_ended(
    people: People, cast: Cast, visitor: FlaskClient, session: Session
) -> None:
    ada, list_id = cast.ada, people.a_list()
    today = clock.now().date()
    form = {"label": 'Forum "Ghent" <b>', "list_id": str(list_id), "roles": ["funder"], "topic": ""}

    refused = post(ada, f"{PAGES}/new", {**form, "last_day": str(today - timedelta(days=1))})
    made = post(ada, f"{PAGES}/new", {**form, "last_day": str(today)})
    page = ada.get(made.headers["Location"])
    code = ada.get(f"{made.headers['Location']}/qr.svg")
    link = session.scalars(select(SignUpLink)).one()

    assert (refused.status_code, made.status_code, page.status_code) == (422, 302, 200)
    assert f"http://localhost/subscribe/at/{link.key}" in page.text
    assert "Forum &#34;Ghent&#34; &lt;b&gt;" in page.text
    assert (code.mimetype, code.data[:5]) == ("image/svg+xml", b"<?xml")
    assert "Forum" in visitor.get(f"/subscribe/at/{link.key}").text
    post(ada, f"{made.headers['Location']}/end")
    assert "Forum" not in visitor.get(f"/subscribe/at/{link.key}").text
    assert "Ended" in ada.get(PAGES).text


def test_the_form_to_embed_signs_up(
    people: People, cast: Cast, visitor: FlaskClient, session: Session
) -> None:
    people.a_list()
    page = cast.ada.get(PAGES).text

    copied = html.unescape(re.findall(r"<textarea[^>]*>(.*?)</textarea>", page, re.S)[-1])
    address = re.findall(r'action="http://localhost([^"]+)"', copied)[0]
    fields = {"email": "a@example.org", "roles": "ngo", "consent": "y"}

    assert all(f'name="{name}"' in copied for name in fields)
    assert "<script" not in copied
    assert visitor.post(address, data=fields).status_code == 303


def test_the_form_to_embed_speaks_the_language_its_consent_is_recorded_in(
    people: People, cast: Cast, visitor: FlaskClient, session: Session
) -> None:
    people.a_list()
    page = cast.ada.get(f"{PAGES}?form=nl").text
    copied = html.unescape(re.findall(r"<textarea[^>]*>(.*?)</textarea>", page, re.S)[-1])
    address = re.findall(r'action="http://localhost([^"]+)"', copied)[0]

    fields = {"email": "a@example.org", "other_role": "schoolhoofd", "consent": "y"}
    visitor.post(html.unescape(address), data=fields, headers={"Accept-Language": "fr"})

    assert "Ja, stuur mij brieven van" in copied
    assert "In welke rol" in copied
    assert all(f'name="{name}"' in copied for name in fields)
    assert session.scalars(select(SignUp.language)).one() == "nl"


def test_roles_in_own_words_wait_until_somebody_has_a_role(people: People, cast: Cast) -> None:
    first, second = people.person(roles=()), people.person(roles=("ngo",))
    with people.app.app_context(), transaction() as session:
        for person in (first, second):
            session.get_one(Stakeholder, person).other_role = f"Principal {person}"

    page = cast.ada.get(PAGES).text

    assert f"Principal {first}" in page
    assert f"Principal {second}" not in page
