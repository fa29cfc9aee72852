"""What pre-flight finds in subjects and preview lines: the mailing's own, tried and translated."""

from collections.abc import Iterator
from dataclasses import dataclass

from outreach.mailings.blocks import Content, merge
from outreach.mailings.findings import Finding, Step, warning
from outreach.mailings.models import Mailing
from outreach.mailings.testing_subjects import chosen_test
from outreach.mailings.traits import LONG_PREHEADER, spam_like_subject
from outreach.web.filters import language_name

LONG_SUBJECT = 60
"""Characters; phones cut what is longer."""
_STANDS_IN = {"organisation": "your organisation", "role": "reader"}


@dataclass(frozen=True, slots=True)
class Line:
    """A subject with its preview line, as some readers see it in their inbox."""

    subject: str
    preheader: str
    whose: str
    """What tells it from the mailing's own: " in German", " of line B"; empty for that one."""
    step: Step
    """Where it is written."""


def about_lines(mailing: Mailing, content: Content) -> Iterator[Finding]:
    """Look at every subject and preview line a reader may get."""
    if not mailing.preheader:
        yield warning(
            "The preview line is missing: inboxes will show the letter's first words instead.",
            "Write one sentence that goes on where the subject ends.",
            Step.DETAILS,
        )
    for language in content.languages:
        yield from _about_untranslated(mailing, content, language)
    for line in _lines(mailing, content):
        yield from _about_line(line)


def without_fallback(*texts: str) -> list[str]:
    """Return the merge fields that have no word to stand in."""
    return [field.name for field in merge.find(*texts) if not field.fallback]


def no_fallback(name: str) -> str:
    """Say what is wrong with a merge field without one."""
    return f"{{{name}}} stays empty for people of whom we do not know it."


def no_field(braced: str) -> str:
    """Say what is wrong with braces around what is no merge field."""
    return f"“{braced}” is no merge field: readers see it as it stands."


def fields_remedy() -> str:
    """Say which merge fields there are."""
    known = ", ".join(f"{{{name}|…}}" for name in merge.NAMES)
    return f"Write one of {known}, or leave the braces out."


def fallback_remedy(name: str) -> str:
    """Say what to write."""
    return f"Write a word to stand in: {{{name}|{_STANDS_IN.get(name, 'colleague')}}}."


def _lines(mailing: Mailing, content: Content) -> Iterator[Line]:
    yield Line(mailing.subject, mailing.preheader, "", Step.DETAILS)
    test = chosen_test(mailing)
    for arm, line in zip(test.arms[1:], test.others, strict=True) if test else ():
        yield Line(line.subject, line.preheader, f" of line {arm}", Step.DETAILS)
    for language in content.languages:
        if said := content.lines.get(language):
            where = f" in {language_name(language)}"
            yield Line(said.subject, said.preheader, where, Step.CONTENT)


def _about_untranslated(mailing: Mailing, content: Content, language: str) -> Iterator[Finding]:
    said, name = content.lines.get(language), language_name(language)
    for what, own, its in (
        ("subject", mailing.subject, said and said.subject),
        ("preview line", mailing.preheader, said and said.preheader),
    ):
        if own and not its:
            yield warning(f"The {what} is not in {name}.", f"Write it under Content in {name}.")


def _about_line(line: Line) -> Iterator[Finding]:
    length = len(merge.to_fallbacks(line.subject))
    if length > LONG_SUBJECT:
        yield warning(
            f"The subject{line.whose} has {length} characters; phones show about {LONG_SUBJECT}.",
            "Put what matters first, or shorten it.",
            line.step,
        )
    length = len(merge.to_fallbacks(line.preheader))
    if length > LONG_PREHEADER:
        yield warning(
            f"The preview line{line.whose} has {length} characters; inboxes cut it off.",
            f"Keep it under {LONG_PREHEADER}.",
            line.step,
        )
    for trait in spam_like_subject(merge.to_fallbacks(line.subject), line.whose):
        yield warning(
            trait, "Filters and readers take it for unwanted mail; say it calmly.", line.step
        )
    for field in without_fallback(line.subject, line.preheader):
        yield warning(no_fallback(field), fallback_remedy(field), line.step)
    for braced in merge.look_alikes(line.subject, line.preheader):
        yield warning(no_field(braced), fields_remedy(), line.step)
