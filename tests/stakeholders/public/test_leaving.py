"""One click leaves, a look changes nothing, and no link of a letter ever brings letters back."""

import random
import re
from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach.core.db import transaction
from outreach.core.keys import new_ring
from outreach.core.signing import DeliveryTokens, Signer, TokenKind
from outreach.core.state import state
from outreach.core.text import LANGUAGES, LocalText
from outreach.projects.models import List
from outreach.stakeholders.erasing import erase
from outreach.stakeholders.models import ConsentEntry, Stop
from tests.stakeholders.factories import People
from tests.tracking.factories import Sent

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
Reason = Callable[..., str | None]


def _hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    return found[1] if found else ""


def _lines(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(ConsentEntry)) or 0


def test_one_click_leaves_the_list_at_once_and_credits_the_mailing(
    visitor: FlaskClient, tokens: DeliveryTokens, sent: Sent, reason: Reason, session: Session
) -> None:
    answer = visitor.post(f"/u/{tokens.unsubscribe}", data=ONE_CLICK)

    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert reason() == "unsubscribed"
    assert reason(2) is None
    last = session.scalars(select(ConsentEntry).order_by(ConsentEntry.id.desc())).first()
    assert last is not None
    assert (last.mailing_id, last.actor) == (sent.mailing_id, "the person")
    assert session.scalars(select(Stop.list_id)).all() == [sent.list_id]


def test_a_program_may_send_it_as_multipart_as_well(
    visitor: FlaskClient, tokens: DeliveryTokens, reason: Reason
) -> None:
    options = {"data": ONE_CLICK, "content_type": "multipart/form-data"}

    assert visitor.post(f"/u/{tokens.unsubscribe}", **options).status_code == 200
    assert reason() == "unsubscribed"


def test_a_second_click_changes_nothing_and_still_offers_the_way_back(
    visitor: FlaskClient, tokens: DeliveryTokens, reason: Reason, session: Session
) -> None:
    visitor.post(f"/u/{tokens.unsubscribe}", data=ONE_CLICK)
    before = _lines(session)

    again = visitor.post(f"/u/{tokens.unsubscribe}", data=ONE_CLICK)

    assert (again.status_code, _lines(session)) == (200, before)
    form = {"do": "take-back", "receipt": _hidden(again.text, "receipt")}
    assert visitor.post(f"/preferences/{tokens.preferences}", data=form).status_code == 200
    assert reason() is None


OTHER_REQUESTS: list[tuple[str, dict[str, Any]]] = [
    ("GET", {}),
    ("HEAD", {}),
    ("GET", {"query_string": ONE_CLICK}),
    ("POST", {}),
    ("POST", {"query_string": ONE_CLICK}),
    ("POST", {"json": ONE_CLICK}),
    ("POST", {"data": b"List-Unsubscribe=One-Click", "content_type": "text/plain"}),
    ("POST", {"data": {"List-Unsubscribe": "one-click"}}),
    ("POST", {"data": {"list-unsubscribe": "One-Click"}}),
    ("POST", {"data": b"List-Unsubscribe=One-Click&List-Unsubscribe=No"}),
    ("POST", {"data": b"--x\r\nbroken", "content_type": "multipart/form-data; boundary=x"}),
    ("POST", {"data": {"x": "y" * 100_000}}),
    ("PUT", {"data": ONE_CLICK}),
    ("DELETE", {"data": ONE_CLICK}),
    ("OPTIONS", {}),
]


def test_any_other_method_or_body_changes_nothing(
    visitor: FlaskClient, tokens: DeliveryTokens, session: Session
) -> None:
    before = _lines(session)

    for method, options in OTHER_REQUESTS:
        answer = visitor.open(f"/u/{tokens.unsubscribe}", method=method, **options)

        assert answer.status_code < 500
        assert (answer.status_code == 200) is (method in {"GET", "HEAD", "OPTIONS"})
        assert _lines(session) == before


def test_the_page_has_one_button_a_masked_address_and_leaves_no_trace(
    visitor: FlaskClient, tokens: DeliveryTokens
) -> None:
    page = visitor.get(f"/u/{tokens.unsubscribe}")

    assert page.text.count("<button") == 1
    assert "p•••@e•••.org" in page.text
    assert "person-" not in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in page.headers["X-Robots-Tag"]


def test_it_speaks_the_readers_language(
    visitor: FlaskClient, tokens: DeliveryTokens, sent: Sent
) -> None:
    with sent.app.app_context(), transaction() as session:
        session.get_one(List, sent.list_id).name = LocalText(en="News", da="Nyt", de="Neues")

    for language in LANGUAGES:
        header = {"Accept-Language": language}
        pages = [
            visitor.get(f"/u/{tokens.unsubscribe}", headers=header),
            visitor.get(f"/preferences/{tokens.preferences}", headers=header),
            visitor.post(f"/u/{tokens.unsubscribe}", headers=header, data=ONE_CLICK),
        ]

        for page in pages:
            assert f'<html lang="{language}">' in page.text
            assert "{" not in page.text
        assert {"da": "Nyt", "de": "Neues"}.get(language, "News") in pages[0].text


def test_links_of_no_letter_all_look_alike(
    visitor: FlaskClient, tokens: DeliveryTokens, sent: Sent, people: People
) -> None:
    erased = sent.signer.delivery_tokens(sent.mailing_id, 2)
    with sent.app.app_context(), transaction() as session:
        here = state(people.app)
        erase(session, sent.people[2], now=people.now, erasures=here.contributions.erasures,
              ring=here.ring, actor="the person")  # fmt: skip
    nobodys = sent.signer.delivery_tokens(sent.mailing_id, 99)
    wrong = ["x", "a" * 3000, "%00", "%F0%9F%98%80", tokens.reply, tokens.personal]
    leaving = [*wrong, tokens.preferences, nobodys.unsubscribe, erased.unsubscribe]
    choosing = [*wrong, tokens.unsubscribe, nobodys.preferences, erased.preferences]
    addresses = [f"/u/{each}" for each in leaving] + [f"/preferences/{each}" for each in choosing]

    answers = [visitor.get(address) for address in addresses]
    answers += [visitor.post(address, data=ONE_CLICK) for address in addresses[: len(leaving)]]
    answers += [visitor.post(a, data={"do": "leave-all"}) for a in addresses[len(leaving) :]]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert "does not work" in answers[0].text


def test_ten_thousand_flipped_bits_open_nothing() -> None:
    signer, dice = Signer(new_ring()), random.Random(5)
    genuine = signer.delivery_tokens(7, 1234)
    kinds = {
        TokenKind.UNSUBSCRIBE: genuine.unsubscribe,
        TokenKind.PREFERENCES: genuine.preferences,
        TokenKind.PERSON: signer.person(99),
    }

    for _ in range(3_400):
        for kind, token in kinds.items():
            flipped = bytearray(token.encode())
            for _ in range(dice.randint(1, 3)):
                flipped[dice.randrange(len(flipped))] ^= 1 << dice.randrange(7)
            text = flipped.decode()
            assert text == token or signer.redeem(text, kind) is None
