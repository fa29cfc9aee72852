"""A mailing as a Markdown file: what `outreach mailing import FILE.md` reads.

The file has two parts. **Front matter**, YAML between two lines of `---`:

    title        the name staff know it by                                      (needed)
    subject      what recipients see in their inbox; may hold merge fields      (needed, may be "")
    list         slug of the list it belongs to                                 (needed)
    preheader    the line shown after the subject; may hold merge fields
    language     en (when absent), de, fr, nl, da or es
    results      slugs of the results it announces: [socially-smart-cities]
    audience     roles, levels, countries, languages and segments, each a list; what is absent
                 narrows nothing; not-roles, not-segments and not-mailings leave people out;
                 “invitation: yes” asks only those who agreed to be invited. Segments stand by
                 name, all else by slug or code
    subject-test up to two lines to try beside the subject: subjects and preheaders, each a list,
                 the first of one with the first of the other; share (20), measure (visits or
                 downloads), hours (24), by-hand (no)
    schedule     at: "2026-12-01 09:00" and zone: Europe/Brussels; never sends, only proposes

Then the **blocks**, in their order:

    # Headline                          a headline; lines right below it are its intro
    Any Markdown                        a text: paragraphs, lists, ### headings, **bold**, links
    ---                                 a divider
    ::: relevance … :::                 a lead, then one "- point" a line
    ::: quote … :::                     "> what was said", then "— who said it"
    ::: actions … :::                   calls to action, one a line:
                                        "- [View the policy brief](document:slug)"; a target is
                                        document:slug, page:project/slug, page:result/slug or https://…
    ::: picture … :::                   "![What it shows](file:12)", then a caption or nothing
    ::: acknowledgement slug … :::      nothing inside: the words are the project's own
    ::: faq … :::                       what the link to the questions says
    ::: ask-us … :::                    how readers can ask you
    ::: text … :::                      a text whose lines look like one of these
    ::: data … :::                      any kind of block, and who sees it, as JSON
    ::: languages … :::                 what it is also said in, with subjects, as JSON

A fence may have more colons when a line inside begins with some. A line of an intro or a lead that
would be read as something else takes a backslash in front. Merge fields are `{name|colleague}`,
`{first_name|…}`, `{organisation|…}` and `{role|…}`. A whole example stands in
`outreach/mailings/example.md`.
"""

from dataclasses import asdict
from typing import Any

import yaml

from outreach.mailings.blocks import (
    MOST_BLOCKS,
    BadContent,
    Content,
    compose,
    dump,
    load,
    make_block,
)
from outreach.mailings.markdown.draft import (
    AudienceChoice,
    MailingDraft,
    Schedule,
    UnreadableFile,
)
from outreach.mailings.markdown.front import read_front
from outreach.mailings.markdown.reading import LANGUAGES, Found, Reader
from outreach.mailings.markdown.writing import write_blocks
from outreach.mailings.subject_test import SubjectTest

__all__ = ["AudienceChoice", "MailingDraft", "Schedule", "UnreadableFile", "parse", "write"]
_NEEDED = frozenset({"title", "subject", "list"})
LONGEST_FILE = 300_000
"""Characters; a letter may not be a third of that."""


def parse(text: str) -> MailingDraft:
    """Read a mailing's file; raises UnreadableFile, which names the line and the remedy."""
    if len(text) > LONGEST_FILE:
        raise UnreadableFile(1, "this file is too long for a letter.", "Split it into several.")
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    end = _end_of_front(lines)
    fields = read_front("\n".join(lines[1:end]))
    found = list(Reader(lines[end + 1 :], first=end + 2).blocks())
    return MailingDraft(content=_content(found), **fields)


def write(draft: MailingDraft) -> str:
    """Return the file of a mailing; `parse` gives the same draft again.

    Blocks are numbered anew when the file is read, since it does not hold their ids.
    """
    front = {name: value for name, value in _front(draft).items() if value or name in _NEEDED}
    matter = yaml.safe_dump(front, allow_unicode=True, sort_keys=False, width=10**6)
    return f"---\n{matter}---\n\n{write_blocks(draft.content)}\n"


def _end_of_front(lines: list[str]) -> int:
    if lines[0].rstrip() != "---":
        raise UnreadableFile(
            1, "the file does not begin with “---”.", "Put title and subject there."
        )
    for place, line in enumerate(lines[1:], start=1):
        if line.rstrip() == "---":
            return place
    raise UnreadableFile(1, "the front matter is not closed.", "Put a line “---” after it.")


def _content(every: list[Found]) -> Content:
    found = [each for each in every if each.fields["kind"] != LANGUAGES]
    if len(found) > MOST_BLOCKS:
        line = found[MOST_BLOCKS].line
        raise UnreadableFile(line, f"a letter has at most {MOST_BLOCKS} blocks.", "Shorten it.")
    for each in found:
        try:
            make_block(each.fields)
        except BadContent as error:
            raise UnreadableFile(each.line, str(error)) from error
    content = compose(each.fields for each in found)
    for each in every:
        if each.fields["kind"] == LANGUAGES:
            content = _spoken(content, each)
    return content


def _spoken(content: Content, found: Found) -> Content:
    fields = {name: value for name, value in found.fields.items() if name != "kind"}
    try:
        return load({**dump(content), **fields})
    except BadContent as error:
        raise UnreadableFile(found.line, str(error)) from error


def _front(draft: MailingDraft) -> dict[str, Any]:
    schedule = draft.schedule
    return {
        "title": draft.title,
        "subject": draft.subject,
        "preheader": draft.preheader,
        "language": draft.language,
        "list": draft.list,
        "results": list(draft.results),
        "audience": _audience(draft.audience),
        "subject-test": _subject_test(draft.test) if draft.test else None,
        "schedule": {"at": schedule.local, "zone": schedule.zone} if schedule else None,
    }


def _audience(choice: AudienceChoice) -> dict[str, Any]:
    said = asdict(choice)
    is_invitation = said.pop("is_invitation")
    audience = {name.replace("_", "-"): list(names) for name, names in said.items() if names}
    return audience | ({"invitation": True} if is_invitation else {})


def _subject_test(test: SubjectTest) -> dict[str, Any]:
    return {
        "subjects": [line.subject for line in test.others],
        "preheaders": [line.preheader for line in test.others],
        "share": test.share,
        "measure": test.measure.value,
        "hours": test.hours,
        "by-hand": test.is_by_hand,
    }
