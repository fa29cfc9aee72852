"""The first steps of a fresh installation tick themselves and go away."""

from sqlalchemy.orm import Session

from outreach.dashboards.guide import first_steps
from tests.cast import Cast
from tests.dashboards.factories import sent_mailing
from tests.factories import Factory


def test_an_empty_installation_begins_with_its_project(session: Session) -> None:
    steps = first_steps(session, lambda _verb: True)

    assert [step.is_done for step in steps] == [False] * 6
    assert [step.label for step in steps if step.is_next] == ["Add your project"]


def test_what_is_there_is_ticked_and_the_next_step_is_shown(cast: Cast, make: Factory) -> None:
    make.result(cast.project_id)

    page = cast.ada.get("/staff/overview").text

    assert page.count("is-done") == 3
    assert 'btn-primary" href="/staff/stakeholders"' in page


def test_the_guide_goes_once_a_mailing_has_left(cast: Cast) -> None:
    sent_mailing(cast.make, cast.project_id)

    assert "First steps" not in cast.ada.get("/staff/overview").text
