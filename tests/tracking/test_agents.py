"""Families of user agents."""

import pytest

from outreach.tracking.agents import CLASS_OF, AgentClass, class_of, family_of
from tests.tracking.factories import CHROME


@pytest.mark.parametrize(
    ("agent", "family"),
    [
        (CHROME, "chrome"),
        ("Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Firefox/128.0", "firefox"),
        (f"{CHROME} Edg/126.0", "edge"),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 "
            "(KHTML, like Gecko) Version/17.4 Safari/605.1.15",
            "safari",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 "
            "(KHTML, like Gecko)",
            "apple-mail",
        ),
        ("Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17)", "outlook"),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.0",
            "thunderbird",
        ),
        (
            "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 "
            "(via ggpht.com GoogleImageProxy)",
            "gmail-proxy",
        ),
        (
            "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
            "yahoo-proxy",
        ),
        ("Mozilla/5.0", "apple-privacy"),
        ("curl/8.5.0", "library"),
        ("python-requests/2.32", "library"),
        ("Go-http-client/1.1", "library"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/126", "library"),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "crawler"),
        ("Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5", "crawler"),
        ("", "empty"),
        ("  ", "empty"),
        ("Something nobody has heard of", "other"),
    ],
)
def test_agents_are_known_by_their_family(agent: str, family: str) -> None:
    assert family_of(agent) == family


def test_families_are_a_closed_list_of_short_words() -> None:
    agents = ["Chrome/1 " + "x" * 10_000, "\x00\xff", "Mozilla/5.0 (" * 200, CHROME]

    families = {family_of(agent) for agent in agents}

    assert families <= set(CLASS_OF)
    assert all(len(family) <= 40 and " " not in family for family in CLASS_OF)


def test_image_proxies_are_no_crawlers_though_the_list_of_crawlers_names_them() -> None:
    assert class_of("gmail-proxy") is class_of("yahoo-proxy") is AgentClass.PROXY
    assert class_of("a family of another version") is AgentClass.OTHER
