"""The whole map of routes over the demo: what looking changes (nothing), and who sees what."""

import hashlib
import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from outreach.accounts.guard import LIBRARY_ENTRIES, required_entry
from outreach.accounts.models import Access, SignIn
from outreach.accounts.permissions import EVERYWHERE, MATRIX
from outreach.accounts.services import add_user
from outreach.core import clock
from outreach.core.db import Base, db, transaction
from outreach.core.state import state
from outreach.core.text import LocalText
from outreach.demo.load import ADMINISTRATOR
from outreach.mailings.models import Mailing, MailingState
from outreach.projects.models import List
from outreach.web.access import PUBLIC, SIGNED_IN
from tests.cast import PASSWORD, Cast
from tests.factories import Factory
from tests.web_client import post

pytestmark = pytest.mark.xdist_group("demo")
MISSING = 987_654
"""An id nothing has."""
OWN_LIST = 2
"""The list of the project; the first is the network's, for those who reach all projects."""
WORDS = {
    "block_id": "b1",
    "filename": "css/outreach.css",
    "kind": "text",
    "language": "en",
    "sha256": "0" * 64,
}
SECRET = {"token", "key", "web_key"}
"""Parts of an address that open something by themselves."""
Values = dict[str, object]


@pytest.fixture
def demo(demo: Flask) -> Flask:
    """The demo, with a list of its project beside the network's."""
    with demo.app_context(), transaction() as session:
        added = List(
            slug="own",
            project_id=1,
            name=LocalText(en="SmartUrbI alone"),
            list_id="own.lists.example.org",
            controller="SmartUrbI",
            postal_address="Street 1, Brussels",
        )
        session.add(added)
        session.flush()
        assert added.id == OWN_LIST
    return demo


def _values(app: Flask, *, number: int = 1, slug: str = "smarturbi") -> Values:
    """Return a value for each part of an address; those that are numbers are `number`."""
    found: Values = {}
    for rule in app.url_map.iter_rules():
        for name, converter in rule._converters.items():
            offered = sorted(getattr(converter, "items", ()))
            if offered:
                found.setdefault(f"{rule.rule}:{name}", offered[0])
            elif type(converter).__name__ == "IntegerConverter":
                found[name] = OWN_LIST if (name, number) == ("list_id", 1) else number
            else:
                found.setdefault(name, WORDS.get(name, slug if name == "slug" else "x"))
    return found


def _address(app: Flask, rule: Rule, values: Values) -> str:
    chosen = {
        name: values.get(f"{rule.rule}:{name}") or values.get(name) for name in rule.arguments
    }
    return str(app.url_map.bind("localhost").build(rule.endpoint, chosen, method=None))


def _tokens(app: Flask) -> list[str]:
    """Return every kind of token a letter of the sent mailing carries."""
    with app.app_context():
        sent = select(Mailing.id).where(Mailing.state == MailingState.SENT)
        letters = state(app).signer.delivery_tokens(db.session.scalars(sent).one(), 1)
    signer = state(app).signer
    return [
        *(letters.unsubscribe, letters.preferences, letters.reply, letters.personal),
        *(signer.person(1), signer.site(1)),
    ]


def _looks(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Give every route that can be looked at, with real tokens where one belongs."""
    values = _values(app)
    slugs = ("smarturbi", "socially-smart-cities", "policy-brief")
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()):
            continue
        fills = _tokens(app) if "token" in rule.arguments else slugs
        name = "token" if "token" in rule.arguments else "slug"
        for fill in fills if {"token", "slug"} & rule.arguments else ("",):
            yield rule, _address(app, rule, {**values, name: fill})


def _contents(app: Flask) -> dict[str, str]:
    """Return a digest of the rows of every table."""
    found = {}
    with app.app_context():
        for table in Base.metadata.sorted_tables:
            rows = sorted(map(repr, db.session.execute(select(table))))
            found[table.name] = f"{len(rows)} {hashlib.sha256(repr(rows).encode()).hexdigest()}"
    return found


def _client(app: Flask, email: str) -> FlaskClient:
    return Cast(Factory(app, now=clock.now()), 0, 0).client(email)


def test_looking_at_every_page_changes_nothing_and_no_page_lacks_its_headers(demo: Flask) -> None:
    staff, visitor = _client(demo, ADMINISTRATOR), demo.test_client()
    before, wrong = _contents(demo), []

    for rule, address in _looks(demo):
        for client in (visitor, staff):
            answer = client.get(address, base_url="https://localhost")
            client.head(address, base_url="https://localhost").close()
            answer.close()
            complaints = [*_missing_headers(rule, answer)]
            if answer.status_code >= 500:
                complaints.append(str(answer.status_code))
            wrong += [(address, complaint) for complaint in complaints]

    assert "\n".join(map(str, wrong)) == ""
    assert _contents(demo) == before


def _missing_headers(rule: Rule, answer: TestResponse) -> Iterator[str]:
    headers = answer.headers
    policy = headers.get("Content-Security-Policy", "")
    # Pictures, files and ways on of letters are no pages: there is nothing in them to run.
    is_page = not rule.rule.startswith("/t/")
    if "sandbox" not in policy and "unsafe" in policy:
        yield "a policy that lets anything run"
    if is_page and not ("frame-ancestors" in policy and "default-src 'none'" in policy):
        yield f"a weak policy: {policy}"
    if headers.get("X-Content-Type-Options") != "nosniff":
        yield "sniffing"
    if not headers.get("Referrer-Policy"):
        yield "referrers"
    if is_page and not headers.get("Strict-Transport-Security"):
        yield "plain http"
    if "token" in rule.arguments and not _leaves_no_trace(headers):
        yield "a token that leaves traces"


def _leaves_no_trace(headers: object) -> bool:
    get = headers.get  # type: ignore[attr-defined]  # of werkzeug
    return (
        "no-store" in get("Cache-Control", "")
        and "noindex" in get("X-Robots-Tag", "")
        and get("Referrer-Policy") == "no-referrer"
    )


def _own_routes(app: Flask) -> Iterator[tuple[Rule, str, str]]:
    """Give (rule, verb, method) of every route about things that belong to a project."""
    for rule in app.url_map.iter_rules():
        verb = required_entry(app, rule.endpoint).verb
        is_shared = verb in EVERYWHERE or verb in {PUBLIC, SIGNED_IN}
        if rule.endpoint in LIBRARY_ENTRIES or is_shared or not rule.arguments:
            continue
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            yield rule, verb, method


def _seen(client: FlaskClient, method: str, address: str) -> tuple[int, bytes]:
    answer = client.get(address) if method == "GET" else post(client, address)
    body = answer.get_data()
    answer.close()
    return answer.status_code, re.sub(rb'value="[^"]*"', b"", body)


@pytest.fixture
def other_project(demo: Flask) -> int:
    """A project beside the demo's, of which nothing but itself exists."""
    return Factory(demo, now=clock.now()).project("Greenways")


def _user(app: Flask, access: Access, project_id: int) -> FlaskClient:
    email = f"{access}-{project_id}@example.org"
    with app.app_context(), transaction() as session:
        add_user(session, email, access, password=PASSWORD, now=clock.now(), project_id=project_id)
    return _client(app, email)


def test_what_belongs_to_another_project_looks_as_if_it_were_not_there(
    demo: Flask, other_project: int
) -> None:
    clients = {access: _user(demo, access, other_project) for access in Access}
    theirs, nothing = _values(demo), _values(demo, number=MISSING, slug="nothing-like-it")
    before, wrong = _contents(demo), []

    for rule, verb, method in _own_routes(demo):
        for access, client in clients.items():
            foreign = _seen(client, method, _address(demo, rule, theirs))
            missing = _seen(client, method, _address(demo, rule, nothing))
            expected = 404 if access in MATRIX[verb] else 403
            if foreign != missing or foreign[0] != expected:
                wrong.append((access, method, rule.rule, foreign[0], missing[0]))

    assert wrong == []
    assert _without_stays(_contents(demo)) == _without_stays(before)


def _without_stays(contents: dict[str, str]) -> dict[str, str]:
    return {name: rows for name, rows in contents.items() if name != SignIn.__tablename__}


def test_the_same_walk_finds_what_belongs_to_ones_own_project(demo: Flask) -> None:
    """Else the walk above would prove nothing: its addresses must be those of things there are."""
    with demo.app_context():
        own = db.session.scalars(select(Mailing).where(Mailing.state == MailingState.SENT)).one()
        project_id = own.results[0].project_id
    client, values = _user(demo, Access.ADMINISTRATOR, project_id), _values(demo)
    lost = {
        rule.endpoint
        for rule, _verb, method in _own_routes(demo)
        if method == "GET" and _seen(client, method, _address(demo, rule, values))[0] != 200
    }

    assert lost <= {"dashboards.share_code"}, "give the demo what these show"
