"""Programs that check mail follow every link and send nothing: whatever they load, nothing changes.

The walk is made from the route map: every public address, with genuine tokens where it takes one.
"""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from outreach.accounts.guard import LIBRARY_ENTRIES, required_entry
from outreach.core import clock
from outreach.core.db import Base, db, transaction
from outreach.core.state import state
from outreach.mailings.models import Mailing
from outreach.questions.form_keys import FormKeys
from outreach.stakeholders.invitations import invite
from outreach.stakeholders.models import OwnLink, OwnLinkKind, SignUp, Stakeholder
from outreach.stakeholders.rights import Passes
from outreach.web.access import PUBLIC
from tests.factories import Factory
from tests.stakeholders.factories import People
from tests.tracking.sending import sent_mailing

UNTRACKED = {"hit", "reader", "hits_file"}
"""A tracking address records its hit: that is what it is for."""


def _made(app: Flask, make: Factory) -> dict[str, list[str]]:
    """Make one of everything a public address can name; returns values by argument."""
    people = People(app, make, now=clock.now())
    sent = sent_mailing(app, make, clock.now(), unlinked=1, personal=1)
    person, here = sent.people[1], state(app)
    result = make.result(slug="a-result")
    make.address_document(result)
    letter = here.signer.delivery_tokens(sent.mailing_id, 1)
    people.consent(person, sent.list_id)
    with app.app_context(), transaction() as session:
        moment = clock.now()
        link = invite(session, "Forum", list_id=sent.list_id, roles=("ngo",), topic_id=None,
                      expires_at=moment.replace(year=2099), now=moment, actor="Ada")  # fmt: skip
        asked = SignUp(email="new@example.org", fingerprint="0" * 64, list_ids=[sent.list_id],
                       roles=["ngo"], language="en", wording_version="x", source="x",
                       requested_at=moment, expires_at=moment.replace(year=2099))  # fmt: skip
        links = [
            OwnLink(kind=kind, fingerprint="1" * 64, stakeholder_id=person, created_at=moment,
                    expires_at=moment.replace(year=2099), opened_at=opened)
            for kind, opened in ((OwnLinkKind.DATA, None), (OwnLinkKind.ERASE, None),
                                 (OwnLinkKind.DATA, moment))
        ]  # fmt: skip
        session.add_all([asked, *links])
        session.flush()
        tokens = [letter.unsubscribe, letter.preferences, here.signer.sign_up(asked.id)]
        tokens += [here.signer.own_data(one.id) for one in links]
        keys = [link.key, Passes(here.ring).of(links[2])]
        web_key = session.get_one(Mailing, sent.mailing_id).web_key
    receipt = FormKeys(here.ring).receipt("Q-1", "a-result", can_answer=True)
    return {
        "token": tokens,
        "key": keys,
        "web_key": [web_key],
        "slug": ["a-result", f"document-{make.number() - 1}"],
        "receipt": [receipt],
        "form": ["json", "csv"],
    }


def _addresses(app: Flask, values: dict[str, list[str]]) -> Iterator[str]:
    for rule in app.url_map.iter_rules():
        is_library = rule.endpoint in LIBRARY_ENTRIES or rule.endpoint.endswith("static")
        if is_library or "GET" not in (rule.methods or ()):
            continue
        if required_entry(app, rule.endpoint).verb == PUBLIC:
            yield from _of(app, rule, values)


def _of(app: Flask, rule: Rule, values: dict[str, list[str]]) -> Iterator[str]:
    names = sorted(rule.arguments)
    for number in range(max((len(values.get(name, ())) for name in names), default=1) or 1):
        chosen = {}
        for name in names:
            known = values.get(name, ["1"])
            chosen[name] = known[number % len(known)]
        with app.test_request_context():
            yield app.url_map.bind("localhost").build(rule.endpoint, chosen)


def _everything(session: Session) -> dict[str, list[str]]:
    session.rollback()
    return {
        name: sorted(map(repr, session.execute(select(table)).all()))
        for name, table in Base.metadata.tables.items()
        if name not in UNTRACKED
    }


@pytest.mark.parametrize("database_uri", ["sqlite"], indirect=True)
def test_a_program_that_follows_every_link_changes_nothing(
    app: Flask, make: Factory, visitor: FlaskClient
) -> None:
    addresses = sorted(set(_addresses(app, _made(app, make))))
    with app.app_context():
        before = _everything(db.session())

    for address in addresses:
        for method in ("GET", "HEAD", "OPTIONS"):
            answer = visitor.open(address, method=method)
            assert answer.status_code < 500, address

    with app.app_context():
        after = _everything(db.session())
        assert db.session.scalars(select(Stakeholder.paused_until)).all() == [None, None]
    assert [name for name in before if before[name] != after[name]] == []
    assert len([a for a in addresses if "/u/" in a or "/preferences/" in a]) > 20
