"""What filters and tired readers take amiss in a letter: judged on its words alone."""

import re
from collections import defaultdict
from collections.abc import Iterable

from outreach.mailings.rendering import RenderedLetter

LONG_PREHEADER = 130
"""Characters; inboxes show less of it."""
FEW_WORDS = 40
_SHOUTING = re.compile(r"\b[A-ZÀ-Þ]{4,}\b(?:\s+\b[A-ZÀ-Þ]{4,}\b){2,}")
_BAIT = re.compile(
    r"!!|\?\?|\$\$|€€|\b(?:100 ?% free|act now|click here|winner|risk[- ]free|buy now|"
    r"no obligation|limited time|guaranteed|urgent)\b",
    re.IGNORECASE,
)


_ADDRESS = re.compile(r"(?:https?://|www\.)\S", re.IGNORECASE)
_FEIGNED = re.compile(r"\s*(?:re|fwd?|aw|wg|tr|sv|vs|antw)\s*:", re.IGNORECASE)


def spam_like_subject(subject: str, whose: str = "") -> list[str]:
    """Return in words what filters hold against a subject; `whose` tells it from others."""
    found = []
    if subject and subject.isupper():
        found.append(f"The subject{whose} is written in capitals only.")
    if match := _FEIGNED.match(subject):
        found.append(
            f"The subject{whose} begins with “{match[0].strip()}” as if it were an answer."
        )
    if match := _BAIT.search(subject):
        found.append(f"“{match[0]}” in the subject{whose} is what unwanted mail says.")
    return found


def spam_like(text: str) -> list[str]:
    """Return in words what filters hold against a text."""
    found = []
    if match := _BAIT.search(text):
        found.append(f"“{match[0]}” is what unwanted mail says.")
    if match := _SHOUTING.search(text):
        found.append(f"“{match[0][:40]}” shouts.")
    if len(text.split()) < FEW_WORDS:
        found.append("The letter has hardly any words.")
    return found


def disguised(made: Iterable[RenderedLetter]) -> list[str]:
    """Return in words which links show an address: what stands in a letter is our own, counted
    one, and mail programs warn of links that show another address than they lead to."""
    labels = (link.label.strip() for rendered in made for link in rendered.links)
    shown = dict.fromkeys(label for label in labels if _ADDRESS.match(label))
    return [f"The link “{label[:60]}” shows an address instead of words." for label in shown]


def two_faced(rendered: RenderedLetter) -> list[str]:
    """Return the words of links that lead to several places: nobody can tell them apart."""
    places: dict[str, set[str]] = defaultdict(set)
    for link in rendered.links:
        places[link.label.strip().casefold()].add(link.address)
    labels = {link.label.strip().casefold(): link.label.strip() for link in rendered.links}
    return [labels[key] for key, addresses in places.items() if key and len(addresses) > 1]


def repeated(rendered: RenderedLetter) -> list[str]:
    """Return the words of links that stand twice in a row of reading under other words."""
    labels: dict[str, list[str]] = defaultdict(list)
    for link in rendered.links:
        labels[link.address].append(link.label.strip())
    return [names[0] for names in labels.values() if len(names) > 2]


def says_any(words: str, wanted: Iterable[str]) -> bool:
    """Say whether any of these stands in the words."""
    folded = words.casefold()
    return any(each and each.casefold() in folded for each in wanted)
