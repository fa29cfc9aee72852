"""Who may enter, walked from the route map and the matrix: every route, every kind of user."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, render_template, request, templating
from flask.testing import FlaskClient
from jinja2 import Template
from werkzeug.routing import Rule

from outreach.accounts.guard import LIBRARY_ENTRIES, required_entry
from outreach.accounts.models import Access
from outreach.accounts.permissions import EVERYWHERE, MATRIX
from outreach.accounts.services import add_user
from outreach.core.db import transaction
from outreach.web import errors
from outreach.web.access import PUBLIC, SIGNED_IN
from tests.cast import PASSWORD, Cast
from tests.factories import Factory
from tests.web_client import post

ENDING = {"account.sign_out_everywhere"}
"""Signing out would end the walk."""
VALUES = {"IntegerConverter": 987_654, "UnicodeConverter": "nothing-like-it"}


def guarded_routes(app: Flask) -> list[tuple[str, str, str]]:
    """Give (verb, method, address) of every route of ours that is not public."""
    rules = tuple((rule.rule, rule.endpoint) for rule in app.url_map.iter_rules())
    if rules not in _found:
        _found[rules] = list(_guarded_routes(app))
    return _found[rules]


_found: dict[tuple[tuple[str, str], ...], list[tuple[str, str, str]]] = {}
"""By all rules of an application: each test makes one of its own, and all have the same."""


def _guarded_routes(app: Flask) -> Iterator[tuple[str, str, str]]:
    for rule in app.url_map.iter_rules():
        if rule.endpoint in LIBRARY_ENTRIES or rule.endpoint in ENDING:
            continue
        verb = required_entry(app, rule.endpoint).verb
        if verb != PUBLIC:
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                yield verb, method, _address(app, rule)


def _address(app: Flask, rule: Rule) -> str:
    values = {}
    for name, converter in rule._converters.items():
        offered = getattr(converter, "items", ())
        values[name] = min(offered) if offered else VALUES.get(type(converter).__name__, "x")
    with app.test_request_context():
        return str(app.url_map.bind("localhost").build(rule.endpoint, values, method=None))


@pytest.fixture
def drawn_once(database_uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw every page on SQLite; on PostgreSQL the first, then only decide: half of the time.

    Who enters and what is read is asked of both databases; a template asks none, and what stands
    around a page asks the same for each. The page that says no is drawn once for each room.
    """
    drawn = set[tuple[str | None, int]]()

    def refuse(name: str, **context: Any) -> str:
        which = request.blueprint, context["status"]
        if which in drawn:
            return ""
        drawn.add(which)
        return render_template(name, **context)

    monkeypatch.setattr(errors, "render_template", refuse)
    if database_uri.startswith("postgresql"):
        really = templating._render

        def render(app: Flask, template: Template, context: dict[str, Any]) -> str:
            page = really(app, template, context)
            if "navigation" in context:
                monkeypatch.setattr(templating, "_render", lambda *_arguments: "")
                monkeypatch.setattr(Template, "render", lambda *_arguments, **_values: "")
            return page

        monkeypatch.setattr(templating, "_render", render)


def _ask(client: FlaskClient, method: str, address: str) -> int:
    with post(client, address) if method == "POST" else client.get(address) as answer:
        return answer.status_code  # closed, since some answers hold a file


def _user(make: Factory, access: Access, project_id: int | None) -> FlaskClient:
    email = f"{access}-{project_id or 'all'}@example.org"
    with make.app.app_context(), transaction() as session:
        add_user(session, email, access, password=PASSWORD, now=make.now, project_id=project_id)
    return Cast(make, 0, 0).client(email)


@pytest.mark.usefixtures("drawn_once")
@pytest.mark.parametrize("access", list(Access))
def test_each_access_enters_what_the_matrix_says_and_nothing_else(
    app: Flask, make: Factory, access: Access
) -> None:
    client = _user(make, access, None)
    wrong = []

    for verb, method, address in guarded_routes(app):
        is_allowed = verb == SIGNED_IN or access in MATRIX[verb]
        status = _ask(client, method, address)
        if (status != 403) is not is_allowed or status >= 500:
            wrong.append((verb, method, address, status))

    assert wrong == []


@pytest.mark.usefixtures("drawn_once")
@pytest.mark.parametrize("access", list(Access))
def test_an_access_limited_to_a_project_never_opens_what_all_projects_share(
    app: Flask, make: Factory, access: Access
) -> None:
    client = _user(make, access, make.project())
    wrong = []

    for verb, method, address in guarded_routes(app):
        is_allowed = verb == SIGNED_IN or (access in MATRIX[verb] and verb not in EVERYWHERE)
        status = _ask(client, method, address)
        if (status != 403) is not is_allowed or status >= 500:
            wrong.append((verb, method, address, status))

    assert wrong == []


def test_nobody_enters_unannounced(app: Flask, visitor: FlaskClient) -> None:
    for _verb, method, address in guarded_routes(app):
        answer = visitor.open(address, method=method)

        assert answer.status_code == (302 if method == "GET" else 401), address
        if method == "GET":
            assert "/sign-in?next=" in answer.headers["Location"]


def test_a_post_without_its_token_changes_nothing(app: Flask, make: Factory) -> None:
    client = _user(make, Access.ADMINISTRATOR, None)

    for _verb, method, address in guarded_routes(app):
        if method == "POST":
            assert client.post(address).status_code == 400, address
