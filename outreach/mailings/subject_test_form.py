"""The form of a subject test."""

from wtforms import BooleanField, IntegerField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange
from wtforms.widgets import HiddenInput

from outreach.core.errors import Refusal
from outreach.mailings.models import Mailing
from outreach.mailings.subject_test import LEAST_AN_ARM, Measure, SubjectLine, SubjectTest
from outreach.mailings.testing_subjects import LARGEST_SHARE
from outreach.web.forms import Form, choice

_SHARES = (10, 20, 30, 50, 80, LARGEST_SHARE)
_LONGEST = Length(max=250, message="Keep it under 250 letters.")


class SubjectTestForm(Form):
    """Up to two lines beside the mailing's own."""

    lock_version = IntegerField(widget=HiddenInput(), validators=[InputRequired()])
    subject_b = StringField("Subject, line B", [_LONGEST])
    preheader_b = StringField("Preview line, line B", [_LONGEST])
    subject_c = StringField("Subject, line C", [_LONGEST])
    preheader_c = StringField("Preview line, line C", [_LONGEST])
    share = SelectField(
        "Tried on",
        coerce=int,
        choices=[choice(str(share), f"{share} % of the readers") for share in _SHARES],
        description="Shared out evenly among the lines, by chance. The others wait for the winner.",
    )
    measure = RadioField(
        "The better line is the one with more",
        choices=[
            choice(Measure.VISITS.value, "visits"),
            choice(Measure.DOWNLOADS.value, "downloads"),
        ],
    )
    hours = IntegerField(
        "Hours until the figures are read",
        [
            InputRequired("Write how many hours, for example 24."),
            NumberRange(1, 168, "Write a number of hours from 1 to 168, for example 24."),
        ],
        description="Counted from the first letter. Most visits come within a day.",
    )
    is_by_hand = BooleanField("I choose the line myself, whatever the figures say")

    @classmethod
    def of(cls, mailing: Mailing, test: SubjectTest | None, letters: int) -> "SubjectTestForm":
        """Return the form, filled with what was posted, what is saved, or what is usual.

        `letters` could be tried on: the least share is proposed that is enough for two lines.
        """
        shown = test or _proposal(letters)
        first, second = (*shown.others, SubjectLine())[:2]
        form = cls(
            lock_version=mailing.lock_version,
            subject_b=first.subject,
            preheader_b=first.preheader,
            subject_c=second.subject,
            preheader_c=second.preheader,
            share=shown.share,
            measure=shown.measure.value,
            hours=shown.hours,
            is_by_hand=shown.is_by_hand,
        )
        if shown.share not in _SHARES:
            form.share.choices = [
                choice(str(shown.share), f"{shown.share} % of the readers"),
                *(form.share.choices or ()),
            ]
        return form

    @property
    def test(self) -> SubjectTest:
        """What was chosen; only after validation. Raises Refusal when no line is written."""
        typed = (
            SubjectLine(subject=subject.data or "", preheader=preheader.data or "")
            for subject, preheader in (
                (self.subject_b, self.preheader_b),
                (self.subject_c, self.preheader_c),
            )
        )
        others = tuple(line for line in typed if line.subject.strip() or line.preheader.strip())
        if not others:
            raise Refusal(
                "There is no other line to try.", "Write another subject or preview line under B."
            )
        return SubjectTest(
            others=others,
            share=self.share.data,
            measure=Measure(self.measure.data),
            hours=self.hours.data or 24,
            is_by_hand=bool(self.is_by_hand.data),
        )


def _proposal(letters: int) -> SubjectTest:
    others = (SubjectLine(),)
    proposals = [SubjectTest(others=others, share=share) for share in _SHARES]
    enough = (one for one in proposals if one.size(letters) >= LEAST_AN_ARM)
    return next(enough, proposals[-1])
