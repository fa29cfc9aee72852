"""Signing up: a letter with one button, the same answer for everybody, nobody can be bombed."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from outreach.core import clock
from outreach.core.db import transaction
from outreach.core.text import LANGUAGES, LocalText
from outreach.mail.models import OutboxLetter
from outreach.projects.models import List
from outreach.stakeholders.consents import leave_all, suppress
from outreach.stakeholders.contributes import forget_sign_ups
from outreach.stakeholders.eligibility import measures_individually, withheld_reason
from outreach.stakeholders.invitations import invite
from outreach.stakeholders.models import (
    ConsentEntry,
    ConsentState,
    Purpose,
    SignUp,
    SignUpLink,
    Stakeholder,
    SuppressionReason,
    Tier,
    Topic,
)
from outreach.stakeholders.signing_up import DAYS, forget_expired
from outreach.stakeholders.wordings import WORDING, wording_of
from outreach.web.i18n import ERROR_WORDS
from tests.stakeholders.factories import People

ADA = "ada@example.org"
FORM = {"email": ADA, "roles": ["ngo"], "consent": "y"}


def _send(visitor: FlaskClient, path: str = "/subscribe", **values: Any) -> TestResponse:
    return visitor.post(path, data={**FORM, **values})


def _letters(session: Session) -> list[OutboxLetter]:
    session.rollback()
    return list(session.scalars(select(OutboxLetter).order_by(OutboxLetter.id)))


def _link(session: Session) -> str:
    found = re.search(r"http://localhost(/subscribe/confirm/\S+)", _letters(session)[-1].text)
    assert found
    return found[1]


def _reason(session: Session, list_id: int, email: str = ADA) -> str | None:
    session.rollback()
    query = select(withheld_reason(list_id)).where(Stakeholder.email == email)
    return session.execute(query).scalar_one()


def _count(session: Session, table: type) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(table)) or 0


def test_the_letter_leads_to_one_button_and_only_that_subscribes(
    visitor: FlaskClient, list_id: int, session: Session
) -> None:
    answer = _send(visitor)
    told = visitor.get(answer.headers["Location"])
    link = _link(session)

    page = visitor.get(link)
    visitor.head(link)
    assert (answer.status_code, told.status_code) == (303, 200)
    assert page.text.count("<button") == 1
    assert "a•••@e•••.org" in page.text
    assert _count(session, Stakeholder) == 0

    more = visitor.post(link)
    assert more.status_code == 303
    assert _reason(session, list_id) is None
    lines = session.scalars(select(ConsentEntry).order_by(ConsentEntry.id)).all()
    assert [line.state for line in lines] == [ConsentState.PENDING, ConsentState.ACTIVE]
    assert {(x.wording_version, x.wording_language, x.actor) for x in lines} == {
        (WORDING, "en", "the person")
    }
    person = session.scalars(select(Stakeholder)).one()
    assert [held.role.slug for held in person.roles] == ["ngo"]
    assert not session.scalar(select(measures_individually(list_id)))
    visitor.post(link)
    assert _count(session, ConsentEntry) == 2


def test_what_is_added_afterwards_is_kept_and_measurement_is_a_choice_of_its_own(
    visitor: FlaskClient, list_id: int, session: Session, people: People
) -> None:
    people.make.add(Topic(slug="housing", name=LocalText(en="Housing")))
    _send(visitor, roles=["politician"])
    more = visitor.post(_link(session)).headers["Location"]
    page = visitor.get(more)
    form = {
        "name": "Ada Byron", "organisation": "City of Ghent", "country": "BE", "language": "nl",
        "level": "municipality", "topics": ["housing", "made-up"], "measurement": "y",
        "invitations": "y",
    }  # fmt: skip

    assert not re.search(r'<input[^>]*name="measurement"[^>]*checked', page.text)
    assert visitor.post(more, data=form).status_code == 200

    person = session.scalars(select(Stakeholder)).one()
    assert (person.name, person.country, person.language) == ("Ada Byron", "BE", "nl")
    assert person.organisation is not None
    assert person.organisation.name == "City of Ghent"
    assert person.tier is Tier.MUNICIPALITY
    assert [topic.slug for topic in person.topics] == ["housing"]
    assert session.scalar(select(measures_individually(list_id)))
    lines = session.scalars(select(ConsentEntry).order_by(ConsentEntry.id)).all()[-2:]
    assert [line.purpose for line in lines] == [Purpose.MEASUREMENT, Purpose.EVENT_INVITATION]
    assert [wording_of(line, LocalText(en=""))[:7] for line in lines] == ["You may", "You may"]


def test_more_can_be_said_for_an_hour_and_an_empty_form_takes_nothing_away(
    visitor: FlaskClient, list_id: int, session: Session, people: People,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    people.person(ADA, name="Ada", country="BE", language="da", roles=("ngo",))
    _send(visitor, roles=["media"])
    more = visitor.post(_link(session)).headers["Location"]
    visitor.post(more, data={})
    person = people.load(1)
    held = sorted(one.role.slug for one in person.roles if one.until is None)

    assert (person.name, person.country, person.language) == ("Ada", "BE", "da")
    assert held == ["media", "ngo"]
    later = clock.now() + timedelta(hours=2)
    monkeypatch.setattr("outreach.stakeholders.public.confirming.now", lambda: later)
    assert "<form" not in visitor.get(more).text
    assert "<form" not in visitor.post(more, data={"name": "Eve"}).text
    session.rollback()
    assert people.load(1).name == "Ada"


def test_known_unknown_and_barred_addresses_get_the_same_answer(
    visitor: FlaskClient, list_id: int, session: Session, people: People
) -> None:
    people.person("known@example.org", gets=list_id)
    with transaction() as writing:
        fingerprint = people.make.fingerprint("barred@example.org")
        suppress(writing, fingerprint, SuppressionReason.COMPLAINED, evidence="", actor="",
                 now=people.now)  # fmt: skip
    addresses = ["known@example.org", "new@example.org", "barred@example.org", "new@example.org"]

    answers = [_send(visitor, email=email) for email in addresses]
    trapped = _send(visitor, email="trap@example.org", homepage="x")

    assert len({(a.status_code, a.headers["Location"], a.text) for a in [*answers, trapped]}) == 1
    assert [letter.recipient for letter in _letters(session)] == addresses[:2]
    assert _reason(session, list_id, "known@example.org") is None


def test_an_address_gets_one_letter_a_day_and_a_client_sends_twenty_an_hour(
    visitor: FlaskClient, list_id: int, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    forged = {"X-Forwarded-For": "9.9.9.9"}
    answers = [
        visitor.post("/subscribe", data={**FORM, "email": f"ADA@{'x' * (n // 7)}example.org"},
                     headers=forged).status_code
        for n in range(21)
    ]  # fmt: skip

    assert answers == [303] * 20 + [429]
    assert len(_letters(session)) == 3
    tomorrow = clock.now() + timedelta(days=1, minutes=1)
    monkeypatch.setattr(clock, "now", lambda: tomorrow)
    monkeypatch.setattr("outreach.stakeholders.public.subscribing.now", lambda: tomorrow)
    _send(visitor)
    assert len(_letters(session)) == 4


def test_mistakes_on_the_form_do_not_use_up_a_clients_sign_ups(
    visitor: FlaskClient, list_id: int, session: Session
) -> None:
    mistaken = [_send(visitor, email="ada@").status_code for _ in range(25)]

    answers = [_send(visitor, email=f"p{n}@example.org").status_code for n in range(21)]

    assert mistaken == [422] * 25
    assert answers == [303] * 20 + [429]
    assert len(_letters(session)) == 20


def test_sending_the_form_without_end_is_held_back(visitor: FlaskClient, list_id: int) -> None:
    answers = [_send(visitor, email="ada@").status_code for _ in range(201)]

    assert answers == [422] * 200 + [429]


def test_own_sign_up_brings_back_who_left_or_was_erased(
    visitor: FlaskClient, list_id: int, session: Session, people: People
) -> None:
    person = people.person(ADA, gets=list_id)
    with transaction() as writing:
        leave_all(writing, person, now=people.now, actor="the person")
    _send(visitor)
    assert _reason(session, list_id) == "suppressed"

    visitor.post(_link(session))

    assert _reason(session, list_id) is None


def test_what_nobody_confirms_is_forgotten(
    visitor: FlaskClient, list_id: int, session: Session, app: Flask
) -> None:
    _send(visitor)
    link, later = _link(session), clock.now() + timedelta(days=DAYS, minutes=1)
    with transaction() as writing:
        assert forget_expired(writing, now=clock.now()) == 0
        assert forget_expired(writing, now=later) == 1

    for answer in (visitor.get(link), visitor.post(link)):
        assert answer.status_code == 404
        assert "has run out" in answer.text
    assert _count(session, Stakeholder) == 0
    with transaction() as writing:
        writing.execute(update(OutboxLetter).values(settled_at=clock.now() - timedelta(days=31)))
    forget_sign_ups(app)
    session.rollback()
    assert _count(session, OutboxLetter) == 0, "nor is the address kept by its letter"


HOSTILE = '"><script>alert(1)</script>{{7*7}}\r\nBcc: x@example.org'
MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"email": ""}, "Enter your e-mail address."),
    ({"email": "nobody"}, "ada@example.org"),
    ({"email": "a@example.org\r\nBcc: b@example.org"}, "ada@example.org"),
    ({"email": "x" * 5000 + "@example.org"}, "ada@example.org"),
    ({"email": HOSTILE}, "ada@example.org"),
    ({"roles": []}, "Choose a role"),
    ({"roles": ["made-up", HOSTILE]}, "Choose a role"),
    ({"other_role": "x" * 101}, "to 100 characters"),
    ({"other_role": HOSTILE * 4}, "to 100 characters"),
    ({"consent": ""}, "without your consent"),
]


def test_a_mistake_is_named_and_nothing_is_kept(
    visitor: FlaskClient, list_id: int, session: Session
) -> None:
    for values, words in MISTAKES:
        page = _send(visitor, **values)

        assert page.status_code == 422, values
        assert words in page.text
        assert "<script>alert" not in page.text
        assert "}}49" not in page.text
    bodies: list[Any] = [1, [], None, {"email": 1}, {**FORM}]
    for body in bodies:
        assert visitor.post("/subscribe", json=body).status_code == 422
    assert _count(session, SignUp) == 0


def test_a_role_in_own_words_is_kept_for_staff(
    visitor: FlaskClient, list_id: int, session: Session
) -> None:
    _send(visitor, roles=[], other_role="School\r\nprincipal\u2028x")
    visitor.post(_link(session))

    person = session.scalars(select(Stakeholder)).one()
    assert (person.other_role, person.roles) == ("School principal x", [])


def test_one_of_several_lists_is_chosen_or_preset(
    visitor: FlaskClient, list_id: int, session: Session, people: People
) -> None:
    other = people.a_list()
    slug = people.list_slug(other)
    with transaction() as writing:
        writing.get_one(List, other).name = LocalText(en="The other news")

    assert _send(visitor).status_code == 422
    assert 'name="lists"' not in visitor.get(f"/subscribe?list={slug}").text
    _send(visitor, f"/subscribe?list={slug}")
    assert "The other news" in _letters(session)[-1].subject
    _send(visitor, lists=[slug, people.list_slug(list_id)], email="b@example.org")
    visitor.post(_link(session))

    assert _reason(session, list_id, "b@example.org") is None
    assert _reason(session, other, "b@example.org") is None


def _invitation(people: People, list_id: int, until: datetime) -> str:
    topic = people.make.add(Topic(slug="cities", name=LocalText(en="Cities")))[0]
    with transaction() as session:
        link = invite(
            session, "Urban Forum, Ghent", list_id=list_id, roles=("funder",), topic_id=topic,
            expires_at=until, now=clock.now(), actor="Ada",
        )  # fmt: skip
        return f"/subscribe/at/{link.key}"


def test_a_sign_up_link_presets_role_topic_and_source_and_lifts_the_clients_limit(
    visitor: FlaskClient, list_id: int, session: Session, people: People
) -> None:
    people.a_list()
    path = _invitation(people, list_id, clock.now() + timedelta(days=1))
    page = visitor.get(path)

    answers = {_send(visitor, path, email=f"p{n}@example.org").status_code for n in range(22)}
    visitor.post(_link(session))

    assert "Urban Forum, Ghent" in page.text
    assert re.search(r'<input[^>]*checked[^>]*value="funder"', page.text)
    assert answers == {303}
    person = session.scalars(select(Stakeholder)).one()
    assert person.source == "Sign-up link: Urban Forum, Ghent"
    assert [topic.slug for topic in person.topics] == ["cities"]
    link = session.scalars(select(SignUpLink)).one()
    assert (link.asked, link.confirmed) == (22, 1)


def test_a_sign_up_link_ends_and_the_ordinary_form_stays(
    visitor: FlaskClient, list_id: int, session: Session, people: People
) -> None:
    path = _invitation(people, list_id, clock.now() - timedelta(seconds=1))

    for address in (path, "/subscribe/at/abcdefghjk", "/subscribe/at/%00"):
        page = visitor.get(address)
        assert page.status_code == 200
        assert "has ended" in page.text
    _send(visitor, path)
    assert session.scalars(select(SignUp.link_id)).all() == [None]


@pytest.mark.parametrize("what", ["page", "empty"])
def test_it_speaks_six_languages(
    visitor: FlaskClient, people: People, session: Session, what: str
) -> None:
    if what == "page":
        people.a_list()
    for language in LANGUAGES:
        page = visitor.get(f"/subscribe?lang={language}")

        assert f'<html lang="{language}">' in page.text
        assert "Set-Cookie" not in page.headers
        if what == "page":
            email = f"{language}@example.org"
            _send(visitor, f"/subscribe?lang={language}", email=email)
            assert "{" not in page.text + _letters(session)[-1].text
            assert f'lang="{language}"' in (_letters(session)[-1].html or "")


def test_a_letter_never_confirms_a_sign_up_that_got_its_number_after_it_was_deleted(
    visitor: FlaskClient, list_id: int, session: Session
) -> None:
    _send(visitor, email="mallory@example.org")
    old = _link(session)
    with transaction() as writing:
        number = writing.scalars(delete(SignUp).returning(SignUp.id)).one()
    _send(visitor, email="victim@example.org")
    with transaction() as writing:
        # SQLite gave the number again by itself; PostgreSQL does when a backup was restored.
        writing.execute(update(SignUp).values(id=number))

    assert visitor.post(old).status_code == 404
    assert _count(session, Stakeholder) == 0


def test_mistakes_are_read_out_in_the_language_of_the_page(
    visitor: FlaskClient, list_id: int
) -> None:
    for language, word in ERROR_WORDS.items():
        page = _send(visitor, f"/subscribe?lang={language}", email="")

        assert f'<span class="visually-hidden">{word}: </span>' in page.text


def test_a_page_in_another_language_keeps_the_list_and_role_of_its_link(
    visitor: FlaskClient, people: People
) -> None:
    slug = people.list_slug(people.a_list())
    people.a_list()

    page = visitor.get(f"/subscribe?list={slug}&role=ngo&role=media&lang=en&other=x")

    assert f'href="?lang=de&amp;list={slug}&amp;role=ngo&amp;role=media"' in page.text


def test_a_letter_leads_to_a_page_in_its_own_language(
    visitor: FlaskClient, list_id: int, session: Session
) -> None:
    _send(visitor, "/subscribe?lang=de")

    page = visitor.get(_link(session), headers={"Accept-Language": "fr"})

    assert '<html lang="de">' in page.text


def test_wrong_links_of_a_letter_all_look_alike(
    visitor: FlaskClient, list_id: int, session: Session, people: People
) -> None:
    _send(visitor)
    token = _link(session).rsplit("/", 1)[1].partition("?")[0]
    signer = people.app.extensions["outreach"].signer
    wrong = ["x", "%00", "a" * 4000, token[:-2], signer.person(1),
             signer.own_data(1, people.now), signer.sign_up(99, people.now),
             signer.sign_up(1, people.now)]  # fmt: skip

    pages = [visitor.get(f"/subscribe/{where}/{t}") for t in wrong for where in ("confirm", "more")]
    pages += [visitor.post(f"/subscribe/{w}/{t}") for t in wrong for w in ("confirm", "more")]

    assert {(page.status_code, page.text) for page in pages} == {(404, pages[0].text)}
    assert _count(session, Stakeholder) == 0
