"""The front matter: YAML between two lines of `---`, read without ever making an object of it."""

import re
from collections.abc import Mapping
from datetime import datetime
from itertools import zip_longest
from typing import Any

from pydantic import ValidationError

from outreach.core.text import LANGUAGES
from outreach.core.zones import is_zone
from outreach.mailings.blocks import merge
from outreach.mailings.markdown.draft import AudienceChoice, Schedule, UnreadableFile
from outreach.mailings.markdown.entries import (
    COUNTRY,
    LANGUAGE,
    SLUG,
    Entry,
    compose,
    is_yes,
    line_of,
    mapping,
    names_of,
    slug_of,
    texts_of,
    with_fields,
)
from outreach.mailings.subject_test import SubjectLine, SubjectTest

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d")
_HOW_TO_TEST = (
    "Write one or two other lines, each different: “subjects: [Another one]”; share is 5 to 90, "
    "measure is visits or downloads, hours are 1 to 168."
)
_KEYS = (
    *("title", "subject", "preheader", "language", "list"),
    *("results", "audience", "schedule", "subject-test"),
)
_CHOICES = (
    *("roles", "levels", "countries", "languages", "segments", "invitation"),
    *("not-roles", "not-segments", "not-mailings"),
)
_TEST = ("subjects", "preheaders", "share", "measure", "hours", "by-hand")


def read_front(text: str) -> dict[str, Any]:
    """Return the fields of a MailingDraft except `content`; raises UnreadableFile."""
    entries = mapping(Entry(compose(text), 1), _KEYS)
    return {
        "title": line_of(entries, "title", longest=200, is_needed=True),
        "subject": with_fields(entries, "subject", is_needed=True),
        "preheader": with_fields(entries, "preheader"),
        "language": _language(entries),
        "list": slug_of(entries, "list"),
        "results": names_of(entries, "results", SLUG),
        "audience": _audience(entries.get("audience")),
        "schedule": _schedule(entries.get("schedule")),
        "test": _subject_test(entries),
    }


def _audience(entry: Entry | None) -> AudienceChoice:
    said = mapping(entry, _CHOICES)
    return AudienceChoice(
        roles=names_of(said, "roles", SLUG),
        levels=names_of(said, "levels", SLUG),
        countries=names_of(said, "countries", COUNTRY),
        languages=names_of(said, "languages", LANGUAGE),
        segments=texts_of(said, "segments", longest=120),
        not_roles=names_of(said, "not-roles", SLUG),
        not_segments=texts_of(said, "not-segments", longest=120),
        not_mailings=names_of(said, "not-mailings", SLUG),
        is_invitation=is_yes(said, "invitation"),
    )


def _subject_test(entries: Mapping[str, Entry]) -> SubjectTest | None:
    """Read the lines to try first: the first of `subjects` goes with the first of `preheaders`."""
    entry = entries.get("subject-test")
    said = mapping(entry, _TEST)
    if entry is None or not said:
        return None
    lines = zip_longest(
        texts_of(said, "subjects", longest=250),
        texts_of(said, "preheaders", longest=250),
        fillvalue="",
    )
    numbers = {name: line_of(said, name, longest=10) for name in ("share", "measure", "hours")}
    try:
        test = SubjectTest(
            others=tuple(
                SubjectLine(subject=merge.check(subject), preheader=merge.check(preheader))
                for subject, preheader in lines
            ),
            is_by_hand=is_yes(said, "by-hand"),
            **{name: value for name, value in numbers.items() if value},
        )
    except ValidationError as error:
        wrong = error.errors()[0]
        place = "/".join(str(part) for part in wrong["loc"])
        raise UnreadableFile(entry.line, f"{place}: {wrong['msg']}.", _HOW_TO_TEST) from error
    except ValueError as error:
        raise UnreadableFile(entry.line, f"{error}.") from error
    own = line_of(entries, "subject", longest=250), line_of(entries, "preheader", longest=250)
    if test.has_twins(*own):
        raise UnreadableFile(entry.line, "two lines of the test are the same.", _HOW_TO_TEST)
    return test


def _language(entries: Mapping[str, Entry]) -> str:
    language = line_of(entries, "language", longest=20) or "en"
    if language not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        raise UnreadableFile(
            entries["language"].line, f"no letter can be in “{language}”.", f"Choose of {known}."
        )
    return language


def _schedule(entry: Entry | None) -> Schedule | None:
    entries = mapping(entry, ("at", "zone"))
    if not entries:
        return None
    line = next(iter(entries.values())).line
    moment = line_of(entries, "at", longest=16).replace("T", " ")
    zone = line_of(entries, "zone", longest=60)
    if not (_MOMENT.fullmatch(moment) and _is_real(moment)):
        raise UnreadableFile(line, "this is no moment.", 'Write at: "2026-12-01 09:00".')
    if not is_zone(zone):
        raise UnreadableFile(line, f"there is no zone “{zone}”.", "Write zone: Europe/Brussels.")
    return Schedule(local=moment, zone=zone)


def _is_real(moment: str) -> bool:
    try:
        return bool(datetime.fromisoformat(moment))
    except ValueError:
        return False
