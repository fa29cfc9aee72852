"""Icons are drawn once and say the same as the library that draws them."""

from heroicons import jinja

from outreach.web.icons import heroicon_mini, heroicon_outline


def test_an_icon_is_drawn_once_for_each_size_and_class() -> None:
    first = heroicon_outline("home", size=20, class_="quiet")

    assert heroicon_outline("home", size=20, class_="quiet") is first
    assert first == jinja.heroicon_outline("home", size=20, class_="quiet")
    assert heroicon_outline("home", size=24) == jinja.heroicon_outline("home", size=24) != first
    assert heroicon_mini("home") == jinja.heroicon_mini("home")
