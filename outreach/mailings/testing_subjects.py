"""Choosing a subject test for a draft, and whether its audience is large enough for one."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach.core.config import TrackingMode
from outreach.core.errors import Conflict, Refusal
from outreach.mailings.audience import audience_of, judged
from outreach.mailings.blocks import merge, one_line
from outreach.mailings.holding import StaleEdit, claim
from outreach.mailings.log import Act, note
from outreach.mailings.models import Mailing
from outreach.mailings.subject_test import LEAST_AN_ARM, SubjectTest
from outreach.stakeholders.models import Stakeholder

COUNTED_BY_LETTER = frozenset({TrackingMode.UNLINKED, TrackingMode.INDIVIDUAL})
LARGEST_SHARE = 90


@dataclass(frozen=True, slots=True)
class Room:
    """How many letters a test has to go by."""

    letters: int
    """Those in the letter's own language."""
    is_counted: bool = True
    """Whether this installation counts single letters."""

    @property
    def why_not(self) -> str:
        """Say why no test can be made; "" where one can."""
        if not self.is_counted:
            return (
                "This installation does not count single letters (OUTREACH_TRACKING), so no line "
                "could be told from another."
            )
        needed = -(-2 * LEAST_AN_ARM * 100 // LARGEST_SHARE)
        if self.letters >= needed:
            return ""
        return (
            f"A test needs at least {LEAST_AN_ARM} letters for each line, or luck decides; with "
            f"two lines on {LARGEST_SHARE}\u00a0% of the readers that is {needed:,} letters in the "
            f"mailing’s own language. This audience has {self.letters:,}."
        )


def chosen_test(mailing: Mailing) -> SubjectTest | None:
    """Return the test chosen for a mailing; None without one."""
    return SubjectTest.model_validate(mailing.subject_test) if mailing.subject_test else None


def told_subject(mailing: Mailing) -> str:
    """Return the subject a mailing is known by: the line its test chose, with no reader’s name."""
    test = chosen_test(mailing)
    lines = test.lines(mailing.subject, mailing.preheader) if test else {}
    chosen = lines.get(mailing.chosen_line)
    return merge.to_fallbacks(chosen.subject if chosen else mailing.subject)


def told_test(mailing: Mailing) -> str:
    """Say a mailing's test in one line; "" without one."""
    test = chosen_test(mailing)
    return test.told if test else ""


def room_for(session: Session, mailing: Mailing, tracking: TrackingMode, *, now: datetime) -> Room:
    """Count the letters that lines could be tried on, where letters are counted at all."""
    return Room(readers_of_it(session, mailing, now=now), tracking in COUNTED_BY_LETTER)


def readers_of_it(session: Session, mailing: Mailing, *, now: datetime) -> int:
    """Count who would get the letter in its own language."""
    found = judged(session, audience_of(mailing), mailing.list_id, now)
    others = [code for code in mailing.content.get("languages", ()) if code != mailing.language]
    readers = select(func.count()).where(
        Stakeholder.id.in_(found.recipients), Stakeholder.language.not_in(others)
    )
    return session.scalar(readers) or 0


def why_too_small(test: SubjectTest, letters: int) -> str:
    """Say why a test would tell nothing with so many letters; "" when it would."""
    size = test.size(letters)
    if size >= LEAST_AN_ARM:
        return ""
    return (
        f"Each subject line would be tried on {size} letters; with fewer than {LEAST_AN_ARM} luck "
        "decides."
    )


def choose_test(
    session: Session,
    mailing: Mailing,
    test: SubjectTest | None,
    room: Room,
    *,
    lock_version: int,
    actor: str,
    now: datetime,
) -> None:
    """Try subject lines before all get the best, or do not (None).

    Raises Refusal for lines that do not differ or an audience that is too small, StaleEdit,
    Conflict when the mailing is no draft.
    """
    if test is not None:
        test = _tidy(test)
        _refuse_unsound(mailing, test, room)
    claim(session, mailing)
    if not mailing.is_editable:
        raise Conflict(
            f"This mailing is {mailing.state.label.lower()}; its subject can no longer be changed."
        )
    if mailing.lock_version != lock_version:
        raise StaleEdit
    mailing.subject_test = test.model_dump(mode="json") if test else {}
    mailing.lock_version += 1
    mailing.updated_at = now
    said = f"a subject test of {len(test.arms)} lines" if test else "no subject test"
    note(session, mailing, Act.EDITED, actor=actor, now=now, detail=said)


def _tidy(test: SubjectTest) -> SubjectTest:
    lines = (
        one.model_copy(
            update={"subject": one_line(one.subject), "preheader": one_line(one.preheader)}
        )
        for one in test.others
    )
    return test.model_copy(update={"others": tuple(lines)})


def _refuse_unsound(mailing: Mailing, test: SubjectTest, room: Room) -> None:
    if test.has_twins(mailing.subject, mailing.preheader):
        raise Refusal(
            "Two lines are the same.",
            "Give each another subject or preview line, or leave the third empty.",
        )
    for arm, line in test.lines(mailing.subject, mailing.preheader).items():
        try:
            merge.check(line.subject)
            merge.check(line.preheader)
        except ValueError as error:
            raise Refusal(f"In line {arm} {error}.") from error
    why_not = room.why_not or why_too_small(test, room.letters)
    if why_not:
        raise Refusal(why_not, "Raise the share, try fewer lines or choose more people.")
