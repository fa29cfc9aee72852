"""The demo's start page: one click in, six steps that tick themselves, and nothing elsewhere."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from outreach.demo.load import OFFICER, PARTNER

pytestmark = pytest.mark.xdist_group("demo")
"""The demo is loaded once for all tests of one process."""


def _ticks(client: FlaskClient) -> list[bool]:
    page = client.get("/demo/steps").text
    return ["is-done" in found for found in re.findall(r'<li class="([^"]*)"', page)]


def test_one_click_signs_in_on_loopback_only(demo: Flask) -> None:
    client = demo.test_client()

    inside = client.post("/demo/sign-in", data={"email": OFFICER})
    outside = demo.test_client().post(
        "/demo/sign-in",
        data={"email": OFFICER},
        environ_overrides={"REMOTE_ADDR": "192.0.2.1"},
    )
    foreign_form = demo.test_client().post(
        "/demo/sign-in", data={"email": PARTNER}, headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert inside.status_code == 302
    assert outside.status_code == foreign_form.status_code == 404
    assert client.get("/staff/overview").status_code == 200


def test_without_the_demo_there_is_no_one_click(visitor: FlaskClient) -> None:
    assert visitor.get("/demo").status_code == 404
    assert visitor.get("/demo/steps").status_code == 404
    assert visitor.post("/demo/sign-in", data={"email": OFFICER}).status_code == 404


def test_each_step_leads_to_its_page_as_the_right_user(demo: Flask) -> None:
    client = demo.test_client()

    for number, place in enumerate(
        ("/reports/mailings/1", "/schedule", "/mailbox", "/mailbox", "/reports", "/dashboards/"),
        start=1,
    ):
        answer = client.post("/demo/sign-in", data={"step": number}, follow_redirects=True)

        assert answer.status_code == 200, number
        assert place in answer.request.path
        assert "Mail is caught" in answer.text
        assert 'href="/demo"' in answer.text
    assert _ticks(client) == [True, False, False, False, False, True]
    assert "without a password" in demo.test_client().get("/sign-in").text
