"""One's own data: a fresh link that opens once, everything shown, nothing erased by a slip."""

import csv
import io
import json
import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from outreach.core import clock
from outreach.core.db import transaction
from outreach.core.keys import new_ring
from outreach.core.signing import DeliveryTokens
from outreach.core.state import state
from outreach.core.text import LANGUAGES, LocalText
from outreach.mail.models import OutboxLetter
from outreach.stakeholders.consents import erase, suppress
from outreach.stakeholders.eligibility import measures_individually, withheld_reason
from outreach.stakeholders.models import (
    Note,
    NoteKind,
    OwnLink,
    RightsRequest,
    SignUp,
    Stakeholder,
    Suppression,
    SuppressionReason,
    Topic,
)
from outreach.stakeholders.rights import Passes
from tests.stakeholders.factories import People
from tests.tracking.factories import Sent

ADA = "ada@example.org"


def _letters(session: Session) -> list[OutboxLetter]:
    session.rollback()
    return list(session.scalars(select(OutboxLetter).order_by(OutboxLetter.id)))


def _mailed_link(session: Session) -> str:
    found = re.search(r"http://localhost(/preferences/\S+)", _letters(session)[-1].text)
    assert found
    return found[1]


def _links_to(session: Session, email: str) -> list[str]:
    texts = [letter.text for letter in _letters(session) if letter.recipient == email]
    return [
        link for text in texts for link in re.findall(r"http://localhost(/preferences/\S+)", text)
    ]


def _open(visitor: FlaskClient, session: Session, email: str = ADA) -> str:
    visitor.post("/preferences", data={"email": email})
    return visitor.post(_mailed_link(session)).headers["Location"].partition("?")[0]


@pytest.fixture
def ada(people: People, list_id: int) -> int:
    """Ada, who gets the list's letters."""
    topic = Topic(slug="housing", name=LocalText(en="Housing"))
    people.make.add(topic)
    return people.person(
        ADA, gets=list_id, name="Ada <b>", country="BE", roles=("ngo",), topics=("housing",),
        tags=("difficult",), organisation="=SUM(1)", source="Card given in Ghent",
    )  # fmt: skip


def test_the_link_opens_once_and_a_look_does_not_use_it_up(
    visitor: FlaskClient, ada: int, session: Session
) -> None:
    visitor.post("/preferences", data={"email": " ADA@example.org"})
    link = _mailed_link(session)

    pages = [visitor.get(link), visitor.get(link)]
    opened, again, looked = visitor.post(link), visitor.post(link), visitor.get(link)

    assert all(page.text.count("<button") == 1 for page in pages)
    assert (opened.status_code, again.status_code, looked.status_code) == (303, 404, 404)
    own = visitor.get(opened.headers["Location"])
    assert "Ada &lt;b&gt;" in own.text
    assert "Card given in Ghent" in own.text
    assert "difficult" not in own.text
    assert own.headers["Cache-Control"] == "no-store"
    assert own.headers["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in own.headers


def test_link_and_page_end_after_half_an_hour(
    visitor: FlaskClient, ada: int, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = _open(visitor, session)
    visitor.post("/preferences", data={"email": ADA})
    link = _mailed_link(session)
    later = clock.now() + timedelta(minutes=31)
    for module in ("own", "own_page"):
        monkeypatch.setattr(f"outreach.stakeholders.public.{module}.now", lambda: later)

    ends = [visitor.get(link), visitor.post(link), visitor.get(page), visitor.post(page)]
    ends += [visitor.get(f"{page}/data.json"), visitor.post(f"{page}/erase")]
    ends += [visitor.get("/preferences/own/x"), visitor.get("/preferences/own/" + "a" * 5000)]

    assert {(answer.status_code, answer.text) for answer in ends} == {(404, ends[0].text)}


def test_every_address_gets_the_same_answer_and_only_so_many_letters(
    visitor: FlaskClient, ada: int, session: Session
) -> None:
    addresses = [ADA] * 5 + ["nobody@example.org"] * 2

    answers = [visitor.post("/preferences", data={"email": email}) for email in addresses]
    trapped = visitor.post("/preferences", data={"email": "x@example.org", "homepage": "x"})

    assert len({(a.status_code, a.headers["Location"], a.text) for a in [*answers, trapped]}) == 1
    letters = _letters(session)
    assert [letter.recipient for letter in letters] == [ADA] * 3 + ["nobody@example.org"]
    assert "We hold nothing" in letters[-1].text
    assert "/preferences/" not in letters[-1].text
    for bad in ("", "x", "a@b\r\nBcc: c@example.org", "é" * 9000):
        assert visitor.post("/preferences", data={"email": bad}).status_code == 422


def test_what_a_person_corrects_is_kept_as_their_own_change(
    visitor: FlaskClient, ada: int, session: Session, people: People
) -> None:
    with transaction() as writing:
        writing.get_one(Stakeholder, ada).other_role = "School <principal>"
    page = _open(visitor, session)
    assert "School &lt;principal&gt;" in visitor.get(page).text
    form = {
        "name": "Ada Byron", "roles": ["politician", "made-up"], "other_role": "Head\r\nteacher",
        "level": "eu", "language": "fr", "country": "XX", "organisation": "", "topics": [],
    }  # fmt: skip

    assert visitor.post(page, data=form).status_code == 303
    assert visitor.post(page, data={**form, "name": "x" * 201}).status_code == 422
    assert visitor.post(page, data={**form, "other_role": "x" * 101}).status_code == 422

    person = people.load(ada)
    held = [one.role.slug for one in person.roles if one.until is None]
    assert (person.name, person.language, person.country, person.tier) == (
        "Ada Byron", "fr", None, "eu",
    )  # fmt: skip
    assert (held, person.topics, person.organisation) == (["politician"], [], None)
    assert [tag.name for tag in person.tags] == ["difficult"]
    assert person.other_role == "Head teacher"
    visitor.post(page, data={**form, "other_role": ""})
    assert people.load(ada).other_role is None


def test_letters_are_chosen_list_by_list(
    visitor: FlaskClient, ada: int, session: Session, people: People, list_id: int
) -> None:
    page, other = _open(visitor, session), people.a_list()

    def stands(which: int) -> tuple[str | None, bool]:
        session.rollback()
        query = select(withheld_reason(which), measures_individually(which))
        reason, followed = session.execute(query.where(Stakeholder.id == ada)).one()
        return reason, bool(followed)

    steps = [
        ("join", other, (None, False)),
        ("follow", other, (None, True)),
        ("unfollow", other, (None, False)),
        ("invite", other, (None, False)),
        ("uninvite", other, (None, False)),
        ("leave", other, ("unsubscribed", False)),
        ("pause", list_id, ("paused", False)),
        ("resume", list_id, (None, False)),
        ("fewer", list_id, (None, False)),
        ("every", list_id, (None, False)),
    ]
    for step, which, expected in steps:
        assert visitor.get(f"{page}/{step}?list={which}").status_code == 405
        assert visitor.post(f"{page}/{step}", data={"list": which}).status_code == 303
        assert stands(which) == expected
    for hostile in ("0", "-1", "99999999999999999999", "x"):
        assert visitor.post(f"{page}/join", data={"list": hostile}).status_code < 500


def test_the_files_hold_everything_and_no_formula(
    visitor: FlaskClient, ada: int, session: Session
) -> None:
    page = _open(visitor, session)

    record = json.loads(visitor.get(f"{page}/data.json").text)
    rows = dict(csv.reader(io.StringIO(visitor.get(f"{page}/data.csv").text.lstrip("\ufeff"))))

    assert record["person"]["email"] == rows["person.email"] == ADA
    assert [role["role"] for role in record["roles"]] == ["ngo"]
    assert record["consents"][0]["basis"] == "consent"
    assert record["topics"] == ["Housing"]
    assert "tags" not in record
    assert rows["person.organisation"] == "'=SUM(1)"


def test_erasing_takes_a_letter_and_its_button(
    visitor: FlaskClient, ada: int, session: Session, people: People
) -> None:
    visitor.post("/subscribe", data={"email": ADA, "roles": "ngo", "consent": "y"})
    page = _open(visitor, session)
    visitor.post(f"{page}/erase")
    link = _mailed_link(session)
    visitor.get(link)
    wrong = [visitor.post(link.replace("/erase/", "/open/")).status_code]

    request = session.scalars(select(RightsRequest)).one()
    assert (request.kind, request.done_at) == ("erasure", None)
    assert people.load(ada).email == ADA
    assert wrong == [404]

    assert visitor.post(link).status_code == 200

    session.rollback()
    assert people.load(ada).email is None
    assert session.scalars(select(Suppression.reason)).all() == [SuppressionReason.ERASED]
    assert session.scalars(select(RightsRequest.outcome)).all() == ["Erased"]
    for table in (OutboxLetter, SignUp, OwnLink):
        assert session.scalar(select(func.count()).select_from(table)) == 0
    assert visitor.post(link).status_code == visitor.get(page).status_code == 404


def test_a_link_never_opens_what_got_its_number_after_it_was_deleted(
    visitor: FlaskClient, ada: int, session: Session
) -> None:
    visitor.post("/preferences", data={"email": ADA})
    old = _mailed_link(session)
    with transaction() as writing:
        number = writing.scalars(delete(OwnLink).returning(OwnLink.id)).one()
    visitor.post("/preferences", data={"email": ADA})
    with transaction() as writing:
        # SQLite gave the number again by itself; PostgreSQL does when a backup was restored.
        writing.execute(update(OwnLink).values(id=number))

    answers = [visitor.get(old), visitor.post(old)]

    assert [answer.status_code for answer in answers] == [404, 404]


def test_a_new_address_is_confirmed_from_its_mailbox_and_the_old_one_is_told(
    visitor: FlaskClient, ada: int, session: Session, people: People, list_id: int
) -> None:
    new, taken = "ada@new.example.org", people.person("ben@example.org")
    with transaction() as writing:
        old = writing.get_one(Stakeholder, ada).fingerprint or ""
        for reason in (SuppressionReason.BOUNCED, SuppressionReason.COMPLAINED):
            suppress(writing, old, reason, evidence="", actor="", now=people.now)
    page = _open(visitor, session)

    answers = [
        visitor.post(f"{page}/address", data={"email": email}).text.replace(email, "…")
        for email in (new, "BEN@example.org", "ben@example.org")
    ]
    links = _links_to(session, new), _links_to(session, "ben@example.org")
    bad = [visitor.post(f"{page}/address", data={"email": e}) for e in ("", "x", ADA.upper())]

    assert (
        len({answer.replace("BEN", "ben").replace("…", "ben@example.org") for answer in answers})
        == 1
    )
    assert [len(found) for found in links] == [1, 1], "one letter a day to an address"
    assert [answer.status_code for answer in bad] == [422] * 3
    (link,), (other,) = links
    shown = [visitor.get(link), visitor.head(link), visitor.get(link)][0].text
    assert shown.count("<button") == 1
    assert ADA not in shown
    assert people.load(ada).email == ADA
    assert visitor.post(other).status_code == 200
    assert (people.load(ada).email, people.load(taken).email) == (ADA, "ben@example.org")
    assert session.scalars(select(RightsRequest.kind)).all() == ["correction"], "staff are asked"

    assert visitor.post(link).status_code == 200

    assert visitor.post(link).status_code == visitor.post(other).status_code == 404
    moved = people.load(ada)
    assert moved.email == new
    assert moved.fingerprint != old
    wished = select(Suppression.reason).where(Suppression.fingerprint == moved.fingerprint)
    assert session.scalars(wished).all() == ["complained"], "a bounce is the old address's own"
    notice = _letters(session)[-1]
    assert (notice.recipient, notice.kind) == (ADA, "own_moved")
    assert new not in notice.text
    assert "Has another e-mail address" in visitor.get(page).text
    with transaction() as writing:
        erase(writing, ada, now=people.now, erasures=state(people.app).contributions.erasures,
              ring=state(people.app).ring, actor="")  # fmt: skip
    assert [x.recipient for x in _letters(session)] == [], "letters to either address are gone"


def test_no_letter_confirms_an_address_that_only_staff_may_write_to_again(
    visitor: FlaskClient, ada: int, session: Session, people: People
) -> None:
    with transaction() as writing:
        ring = state(people.app).ring
        for email, reason in (
            ("no@example.org", SuppressionReason.COMPLAINED),
            ("left@example.org", SuppressionReason.UNSUBSCRIBED),
        ):
            suppress(
                writing, ring.fingerprint(email), reason, evidence="", actor="", now=people.now
            )
    page = _open(visitor, session)

    for email in (
        "no@example.org",
        "left@example.org",
        "a@example.org",
        "b@example.org",
        "c@example.org",
    ):
        assert visitor.post(f"{page}/address", data={"email": email}).status_code == 200

    told = [letter.recipient for letter in _letters(session)[1:]]
    assert told == ["left@example.org", "a@example.org", "b@example.org"], "three a day"


def test_a_letter_only_has_the_link_mailed_to_its_owner(
    visitor: FlaskClient, tokens: DeliveryTokens, sent: Sent, session: Session
) -> None:
    answer = visitor.post(f"/preferences/{tokens.preferences}", data={"do": "send-link"})

    assert answer.status_code == 200
    assert "person-" not in answer.text
    assert [x.recipient for x in _letters(session)] == [
        session.get_one(Stakeholder, sent.people[1]).email
    ]


def test_all_pages_speak_six_languages(visitor: FlaskClient, ada: int, session: Session) -> None:
    page = _open(visitor, session)
    for language in LANGUAGES:
        for address in ("/preferences", "/preferences/sent", page):
            text = visitor.get(f"{address}?lang={language}").text
            assert f'<html lang="{language}">' in text
            assert "{" not in text


def test_a_pass_of_another_installation_opens_nothing(
    visitor: FlaskClient, ada: int, session: Session
) -> None:
    _open(visitor, session)
    link = session.scalars(select(OwnLink)).one()

    forged = Passes(new_ring()).of(link)

    assert visitor.get(f"/preferences/own/{forged}").status_code == 404


def test_notes_among_staff_are_given_on_request_and_not_by_the_page(
    visitor: FlaskClient, ada: int, session: Session, people: People
) -> None:
    people.make.add(
        Note(stakeholder_id=ada, kind=NoteKind.CALL, text="Spoke of Eve", actor="Dora",
             happened_on=people.now.date(), created_at=people.now)
    )  # fmt: skip
    page = _open(visitor, session)

    assert "Spoke of Eve" not in visitor.get(page).text
    assert "Spoke of Eve" not in visitor.get(f"{page}/data.json").text
