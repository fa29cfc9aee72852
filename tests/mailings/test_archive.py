"""The public archive: off until somebody publishes, then for everybody, in a list and a feed."""

from datetime import datetime
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient

from outreach.core.db import transaction
from outreach.mailings.blocks import dump, load, replace, say_otherwise, speak, translate
from outreach.mailings.freezing import freeze
from outreach.mailings.models import Mailing, MailingState
from tests.cast import Cast
from tests.mailings.factories import BASE, SENDER, MailingFactory
from tests.web_client import post

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def sent(room: MailingFactory, cast: Cast, now: datetime) -> int:
    """A mailing that was sent, with a headline for politicians and one in German."""
    mailing_id = room.mailing(cast.project_id, subject="Go-betweens & cities")
    with cast.make.app.app_context(), transaction() as session:
        mailing = session.get_one(Mailing, mailing_id)
        content = say_otherwise(load(mailing.content), "b1", "politician")
        content = replace(content, "b7", {"kind": "headline", "text": "You decide"})
        content = translate(speak(content, ["de"]), "b7", "de", {"kind": "headline", "text": "Sie"})
        mailing.content = dump(content)
        freeze(session, mailing, sender=SENDER, base_url=BASE, now=now)
        mailing.state, mailing.started_at = MailingState.SENT, now
    return mailing_id


def test_nothing_is_public_until_somebody_publishes_it(
    sent: int, visitor: FlaskClient, cast: Cast
) -> None:
    empty = visitor.get("/mailings?lang=de")

    assert "Noch wurde nichts veröffentlicht" in empty.text
    assert visitor.get("/mailings/mailing-2").status_code == 404
    assert cast.ben.post(f"/staff/mailings/{sent}/publish").status_code in {400, 403}


def test_what_is_published_stands_in_list_and_feed_as_one_variant(
    sent: int, visitor: FlaskClient, cast: Cast
) -> None:
    post(cast.ada, f"/staff/mailings/{sent}/publish", {"variant": "politician.en"})

    listed = visitor.get("/mailings")
    address = listed.text.split('href="/mailings/')[1].split("?")[0]
    letter = visitor.get(f"/mailings/{address}")
    german = visitor.get(f"/mailings/{address}?lang=de")
    feed = ElementTree.fromstring(visitor.get("/mailings.atom").data)

    assert "Go-betweens &amp; cities" in listed.text
    assert "You decide" in letter.text
    assert "noindex" not in letter.headers.get("X-Robots-Tag", "")
    assert ">Sie<" in german.text
    assert [entry.findtext(f"{ATOM}title") for entry in feed.iter(f"{ATOM}entry")] == [
        "Go-betweens & cities"
    ]
    assert "Go-betweens" not in visitor.get("/mailings?list=another").text


def test_only_the_chosen_languages_are_public_and_a_letters_own_address_has_all(
    sent: int, visitor: FlaskClient, cast: Cast
) -> None:
    before = visitor.get("/").text
    at = f"/staff/mailings/{sent}/publish"
    unknown = post(cast.ada, at, {"languages": "fr"})
    post(cast.ada, at, {"variant": "politician.en", "languages": "en"})
    with cast.make.app.app_context(), transaction() as session:
        mailing = session.get_one(Mailing, sent)
        slug, key, project = mailing.slug, mailing.web_key, mailing.results[0].project.slug
        network = mailing.results[0].project.call.network.slug

    assert unknown.status_code == 404
    assert ">Sie<" not in visitor.get(f"/mailings/{slug}?lang=de").text
    assert ">Sie<" in visitor.get(f"/mailings/{key}?lang=de").text
    assert "Letters to read" in visitor.get("/").text
    assert "Letters to read" not in before
    for query, is_there in (
        (f"project={project}", True),
        (f"network={network}", True),
        ("project=another", False),
        ("network=another", False),
    ):
        assert ("Go-betweens" in visitor.get(f"/mailings?{query}").text) is is_there
        assert ("Go-betweens" in visitor.get(f"/mailings.atom?{query}").text) is is_there
    everything = visitor.get("/mailings?lang=fr").text
    of_one = visitor.get(f"/mailings?project={project}&lang=fr").text
    feed = visitor.get(f"/mailings.atom?network={network}").text
    assert f'<a href="/mailings?lang=fr&amp;project={project}">SmartUrbI</a>' in everything
    assert '<span aria-current="true">Toutes</span>' in everything
    assert "<h1>Lettres à lire: SmartUrbI</h1>" in of_one
    assert '<a href="/mailings?lang=fr">Toutes</a>' in of_one
    assert f"<title>Letters to read: {network.replace('network-', 'Network ')}</title>" in feed


def test_a_letters_own_address_shows_the_variant_its_reader_got(
    sent: int, visitor: FlaskClient, cast: Cast
) -> None:
    post(cast.ada, f"/staff/mailings/{sent}/publish")
    with cast.make.app.app_context(), transaction() as session:
        mailing = session.get_one(Mailing, sent)
        slug, key = mailing.slug, mailing.web_key

    own = visitor.get(f"/mailings/{key}?as=politician")
    german = visitor.get(f"/mailings/{key}?as=politician&lang=de")
    public = visitor.get(f"/mailings/{slug}?as=politician")

    assert "You decide" in own.text
    assert ">Sie<" in german.text
    assert "You decide" not in public.text
    assert "You decide" not in visitor.get(f"/mailings/{key}?as=nobody").text


def test_what_is_taken_out_is_gone_but_for_those_who_have_a_letter(
    sent: int, visitor: FlaskClient, cast: Cast
) -> None:
    post(cast.ada, f"/staff/mailings/{sent}/publish")
    post(cast.ada, f"/staff/mailings/{sent}/publish", {"withdraw": "yes"})
    with cast.make.app.app_context(), transaction() as session:
        mailing = session.get_one(Mailing, sent)
        slug, key = mailing.slug, mailing.web_key

    assert "Go-betweens" not in visitor.get("/mailings").text
    assert visitor.get(f"/mailings/{slug}").status_code == 404
    by_key = visitor.get(f"/mailings/{key}")
    assert by_key.headers["X-Robots-Tag"] == "noindex, nofollow"


def test_a_draft_cannot_be_published(room: MailingFactory, cast: Cast) -> None:
    draft = room.mailing(cast.project_id)

    assert post(cast.ada, f"/staff/mailings/{draft}/publish").status_code == 409
