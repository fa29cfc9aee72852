"""Charts: honest shapes, words for those who do not see them, nothing that runs."""

from xml.etree import ElementTree as ET

import pytest
from markupsafe import Markup

from outreach.web.charts import HIDDEN, BarRow, HourSeries, bars, hours_chart

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '</title><script>alert(1)</script>"&'


def parsed(markup: Markup) -> ET.Element:
    return ET.fromstring(str(markup))


def words(markup: Markup) -> str:
    return " ".join("".join(text.itertext()) for text in parsed(markup).iter(f"{SVG}text"))


def shapes(markup: Markup, css: str) -> list[ET.Element]:
    rects = parsed(markup).iter(f"{SVG}rect")
    return [rect for rect in rects if css in (rect.get("class") or "").split()]


def hatches(markup: Markup, kind: str) -> list[ET.Element]:
    rects = parsed(markup).iter(f"{SVG}rect")
    return [rect for rect in rects if (rect.get("fill") or "").endswith(f"-{kind})")]


def length(rect: ET.Element, name: str) -> float:
    return float(rect.get(name) or 0)


def test_the_longest_bar_fills_the_width_and_the_others_follow() -> None:
    chart = bars([BarRow("A", 200), BarRow("B", 50)], name="c", title="Downloads")

    widths = [rect.get("width") for rect in shapes(chart, "chart-fill")]

    assert widths == ["100%", "25%"]


def test_the_machine_share_lies_hatched_over_the_end_of_its_bar() -> None:
    chart = bars([BarRow("A", 200, share_machine=0.25)], name="c", title="Visits")

    (hatch,) = hatches(chart, "machine")

    assert (hatch.get("x"), hatch.get("width")) == ("75%", "25%")


def test_a_hidden_cell_is_hatched_and_has_no_length_to_measure() -> None:
    rows = [BarRow("A", 200), BarRow("B", None, note=HIDDEN), BarRow("C", None, note=HIDDEN)]

    chart = bars(rows, name="c", title="Downloads")

    assert {rect.get("width") for rect in hatches(chart, "hidden")} == {"6%"}
    assert words(chart).count("< 5") == 2


def test_an_unknown_figure_reads_not_available_and_draws_no_hatch() -> None:
    chart = bars([BarRow("A", None)], name="c", title="Opens")

    assert "not available" in words(chart)
    assert not hatches(chart, "hidden")


def test_a_bar_wears_the_colour_of_its_role() -> None:
    chart = bars([BarRow("NGO", 3, role_slug="ngo")], name="c", title="Visits")

    assert shapes(chart, "role-ngo")


def test_a_screen_reader_hears_title_and_figures() -> None:
    root = parsed(bars([BarRow("NGO", 1234)], name="c", title="Visits by role"))

    said = {element.get("id"): element.text for element in root if element.get("id")}

    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "c-title c-desc"
    assert said == {"c-title": "Visits by role", "c-desc": "NGO: 1,234"}


@pytest.mark.parametrize(
    "chart",
    [
        bars([BarRow(HOSTILE, 3, role_slug=HOSTILE, note=HOSTILE)], name=HOSTILE, title=HOSTILE),
        hours_chart([HourSeries(HOSTILE, [1], [1], HOSTILE)], name=HOSTILE, title=HOSTILE),
    ],
    ids=["bars", "hours"],
)
def test_hostile_words_stay_words(chart: Markup) -> None:
    tags = {element.tag.removeprefix(SVG) for element in parsed(chart).iter()}

    assert "script" not in tags
    assert HOSTILE in words(chart)


def test_an_hour_stands_at_its_place_and_machines_stand_on_top() -> None:
    chart = hours_chart(
        [HourSeries("Visits", [0] * 36 + [30], [0] * 36 + [10])], name="h", title="t"
    )

    people, machine = shapes(chart, "chart-fill")[:2]

    assert people.get("x") == machine.get("x") == "50%"
    assert length(people, "height") == 3 * length(machine, "height")
    assert length(machine, "y") + length(machine, "height") == length(people, "y")


def test_what_comes_after_72_hours_is_left_out() -> None:
    chart = hours_chart([HourSeries("Visits", [1] * 100)], name="h", title="t")

    assert len(shapes(chart, "chart-fill")) == 72


def test_each_panel_names_its_series_and_total_instead_of_a_legend() -> None:
    series = [HourSeries("Visits", [1000, 200]), HourSeries("Downloads", [3, None])]

    said = words(hours_chart(series, name="h", title="t"))

    assert "Visits 1,200" in said
    assert "Downloads 3" in said
    assert "1,000 in an hour" in said


def test_hatching_is_explained_only_where_it_occurs() -> None:
    plain = hours_chart([HourSeries("Visits", [1])], name="h", title="t")
    full = hours_chart([HourSeries("Visits", [1, None], [2])], name="h", title="t")

    assert "machine" not in words(plain)
    assert "by a machine" in words(full)
    assert "< 5 in an hour, hidden" in words(full)


def test_nothing_to_draw_is_still_a_sound_picture() -> None:
    empty = [bars([], name="c", title="t"), hours_chart([], name="h", title="t")]
    silent = hours_chart([HourSeries("Visits", [0, 0])], name="s", title="t")

    assert [parsed(chart).get("role") for chart in empty] == ["img", "img"]
    assert not shapes(silent, "chart-fill")


def test_ids_differ_between_two_charts_of_one_page() -> None:
    charts = [bars([], name=name, title="t") for name in ("a", "b")]

    ids = [element.get("id") for chart in charts for element in parsed(chart).iter()]
    named = [one for one in ids if one]

    assert len(named) == len(set(named))
