"""The history: who did what, readable by administrators."""

from tests.cast import Cast
from tests.web_client import post

AT = "/staff/settings/history"


def test_a_change_can_be_looked_up_by_who_made_it_and_field_by_field(cast: Cast) -> None:
    new = {"acronym": "SmartUrbI", "title_en": "Another title", "title_nl": "Een andere"}
    post(cast.ada, f"/staff/settings/projects/{cast.project_id}/edit", new)
    dora = cast.dora

    found = dora.get(f"{AT}?q=ada").text
    step = dora.get(f"{AT}/1").text

    assert "Changed the project SmartUrbI" in found
    assert "Title of SmartUrbI" in step
    assert "en: Another title; nl: Een andere" in step
    assert "Nothing in the history" in dora.get(f"{AT}?q=%25").text
    assert dora.get(f"{AT}/987654").status_code == 404


def test_only_administrators_read_it(cast: Cast) -> None:
    assert cast.ada.get(AT).status_code == 403
