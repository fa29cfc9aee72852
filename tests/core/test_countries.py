"""Countries are offered by the names and in the order their readers know."""

import pytest

from outreach.core.countries import countries_in, country_code


@pytest.mark.parametrize(
    ("language", "in_order"),
    [
        ("fr", "Danemark Égypte Espagne Zimbabwe"),
        ("de", "Afghanistan Ägypten Albanien Österreich Simbabwe"),
        ("da", "Danmark Zimbabwe Ækvatorialguinea Østrig Åland"),
        ("es", "Egipto España Zimbabue"),
    ],
)
def test_accents_do_not_send_a_country_to_the_end(language: str, in_order: str) -> None:
    names = [name for _code, name in countries_in(language)]
    wanted = in_order.split()

    assert [name for name in names if name in wanted] == wanted


def test_only_what_an_address_can_lie_in_is_offered() -> None:
    for language in ("en", "da", "fr"):
        offered = dict(countries_in(language))
        assert not {"AN", "CQ", "IC", "EU"} & set(offered)
        assert {"XK", "GR", "GB", "AX"} <= set(offered)
        assert all(len(name) > 2 for name in offered.values())
    assert country_code("AN") is None
