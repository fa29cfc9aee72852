"""Families of user agents: all that is ever stored of one, from a closed list of words.

The full text is read in memory only. Sources: the crawler-user-agents list (which also names
libraries and the image proxies of Google and Yahoo), and what mail programs send.
"""

import re
from enum import StrEnum
from functools import lru_cache

from crawleruseragents import is_crawler

LONGEST = 400
"""Characters of a user agent that are looked at."""


class AgentClass(StrEnum):
    """What kind of program asks."""

    BROWSER = "browser"
    MAIL = "mail"
    """A mail program that loads pictures while somebody reads."""
    PROXY = "proxy"
    """An image proxy that loads when somebody looks."""
    PRIVACY = "privacy"
    """Apple's privacy loading: every picture of every letter, looked at or not."""
    LIBRARY = "library"
    CRAWLER = "crawler"
    EMPTY = "empty"
    OTHER = "other"


_B, _M, _P = AgentClass.BROWSER, AgentClass.MAIL, AgentClass.PROXY
CLASS_OF: dict[str, AgentClass] = {
    "chrome": _B,
    "edge": _B,
    "firefox": _B,
    "opera": _B,
    "safari": _B,
    "samsung": _B,
    "apple-mail": _M,
    "outlook": _M,
    "thunderbird": _M,
    "gmail-proxy": _P,
    "yahoo-proxy": _P,
    "apple-privacy": AgentClass.PRIVACY,
    "library": AgentClass.LIBRARY,
    "crawler": AgentClass.CRAWLER,
    "empty": AgentClass.EMPTY,
    "other": AgentClass.OTHER,
}
_LIBRARY = re.compile(
    r"^(curl|wget|python|go-http|java/|okhttp|axios|node|libwww|lwp|perl|php|ruby|aiohttp|httpx|"
    r"scrapy|guzzle|postman|insomnia|apache-httpclient|winhttp|powershell|undici|reqwest|dart)|"
    r"python-(requests|urllib)|httpclient|headless|phantomjs|puppeteer|playwright|selenium",
    re.IGNORECASE,
)
_FAMILIES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (family, re.compile(pattern))
    for family, pattern in (
        ("outlook", r"Microsoft Outlook|ms-office|MSOffice|Microsoft Office"),
        ("thunderbird", r"Thunderbird|Betterbird"),
        ("samsung", r"SamsungBrowser"),
        ("edge", r"Edg(e|A|iOS)?/"),
        ("opera", r"OPR/|Opera"),
        ("firefox", r"Firefox/|FxiOS/"),
        ("chrome", r"Chrome/|CriOS/|Chromium/"),
        ("safari", r"Version/[\d.]+.* Safari/"),
        ("apple-mail", r"^Mozilla/5\.0 \((Macintosh|iPhone|iPad)[^)]*\) AppleWebKit/\S+ \(KHTML, "),
    )
)


@lru_cache(maxsize=8192)
def family_of(user_agent: str) -> str:
    """Return the family of a user agent, one of the words of `CLASS_OF`."""
    text = user_agent[:LONGEST].strip()
    if not text or text == "-":
        return "empty"
    # Both stand in the list of crawlers, but load when a person looks.
    if "GoogleImageProxy" in text:
        return "gmail-proxy"
    if "YahooMailProxy" in text:
        return "yahoo-proxy"
    if text == "Mozilla/5.0":
        return "apple-privacy"
    if _LIBRARY.search(text):
        return "library"
    if is_crawler(text):
        return "crawler"
    return next((family for family, found in _FAMILIES if found.search(text)), "other")


def class_of(family: str) -> AgentClass:
    """Return what kind of program a family is; a family of an older rule is "other"."""
    return CLASS_OF.get(family, AgentClass.OTHER)
