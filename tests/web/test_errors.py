"""Numbers no database takes are answered with a page, on both databases."""

from tests.cast import Cast

HUGE = "9" * 25


def test_a_number_too_large_is_nothing_in_an_address_and_a_mistake_in_a_query(cast: Cast) -> None:
    dora = cast.dora

    assert dora.get(f"/staff/mailings/{HUGE}/progress").status_code == 404
    assert dora.get(f"/staff/mailings/{2**31}/recipients").status_code == 404
    for path in (f"/staff/mailings?result={HUGE}", f"/staff/mailings/new?list_id={HUGE}"):
        assert dora.get(path).status_code < 500


def test_public_pages_say_what_is_wrong_in_the_readers_language_and_staffs_in_english(
    cast: Cast,
) -> None:
    german = {"Accept-Language": "de"}

    for path in ("/nothing", "/results/nothing", "/mailings/nothing"):
        answer = cast.dora.get(path, headers=german)
        assert answer.status_code == 404
        assert "accept-language" in answer.vary
        assert "Hier ist nichts" in answer.text, path
    for path in ("/staff/nothing", f"/staff/mailings/{HUGE}/progress"):
        assert "There is nothing here" in cast.dora.get(path, headers=german).text, path


def test_a_page_that_says_what_is_wrong_also_says_what_to_do(cast: Cast) -> None:
    for path in ("/staff/stakeholders/4711", "/staff/stakeholders/segments/4711"):
        said = cast.ada.get(path)

        assert said.status_code == 404
        assert "There is no such" in said.text
        assert "Check the address, or start from the first page." in said.text
