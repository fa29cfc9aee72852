"""What forms of blocks make of words typed or pasted into them."""

import pytest

from outreach.mailings.block_forms.words import points_of, without_quotation_marks


def test_points_pasted_from_a_list_lose_its_signs_and_nothing_else() -> None:
    pasted = (
        "·\tInvest in time\r\no\tin places\n1.\tand people\n•       Fourth\n- Fifth\n– Sixth\n\n"
        "2027. A year\no más gente\n3 cities\n-5 °C"
    )

    assert points_of(pasted) == [
        "Invest in time",
        "in places",
        "and people",
        "Fourth",
        "Fifth",
        "Sixth",
        "2027. A year",
        "o más gente",
        "3 cities",
        "-5 °C",
    ]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("“Everybody gains.”", "Everybody gains."),
        ("„Alle gewinnen.“", "Alle gewinnen."),
        ("« Tout le monde y gagne. »", "Tout le monde y gagne."),
        ('"Everybody" gains, "and more"', '"Everybody" gains, "and more"'),
        ("A “smart” city", "A “smart” city"),
        ("Everybody gains.", "Everybody gains."),
    ],
)
def test_a_quote_keeps_no_quotation_marks_around_it(typed: str, kept: str) -> None:
    assert without_quotation_marks(typed) == kept
