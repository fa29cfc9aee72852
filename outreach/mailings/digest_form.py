"""The form of a list's digest."""

from datetime import time

from wtforms import BooleanField, RadioField, SelectField, TimeField
from wtforms.validators import InputRequired

from outreach.core.zones import zones
from outreach.mailings.audience import Audience
from outreach.mailings.audience_form import AudienceForm, People
from outreach.mailings.digest_models import Digest, Rhythm
from outreach.mailings.digests import DigestWords
from outreach.web.forms import choice

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_LAST_DAY = 28


class DigestForm(AudienceForm):
    """When an issue is made, for whom, and whether it leaves by itself."""

    is_on = BooleanField("Make this digest")
    rhythm = RadioField(
        "How often",
        choices=[
            choice(Rhythm.WEEKLY.value, "Every week"),
            choice(Rhythm.MONTHLY.value, "Every month"),
        ],
    )
    weekday = SelectField(
        "Weekday, each week",
        coerce=int,
        choices=[choice(str(n), name) for n, name in enumerate(_WEEKDAYS)],
    )
    day = SelectField(
        "Day, each month",
        coerce=int,
        choices=[choice(str(n), str(n)) for n in range(1, _LAST_DAY + 1)],
    )
    local_time = TimeField("Time", [InputRequired("Choose a time, for example 09:00.")])
    zone = SelectField(
        "Time zone", choices=[choice(name, name.replace("_", " ")) for name in zones()]
    )
    is_automatic = BooleanField(
        "Let issues leave without anybody’s approval",
        description="Only when all checks pass. Otherwise, and when an issue is late, it waits.",
    )

    @classmethod
    def of(cls, digest: Digest | None, zone: str, people: People) -> "DigestForm":
        """Return the form, filled with what was posted, what is saved, or what is usual."""
        shown = digest or Digest(
            is_on=False, rhythm=Rhythm.MONTHLY, day=1, local_time="09:00", zone=zone, audience={}
        )
        audience = Audience.model_validate(shown.audience)
        is_weekly = shown.rhythm is Rhythm.WEEKLY
        form = cls(
            is_on=shown.is_on,
            rhythm=shown.rhythm.value,
            weekday=shown.day if is_weekly else 0,
            day=1 if is_weekly else shown.day,
            zone=shown.zone,
            **cls.values_of(audience),
            is_automatic=bool(shown.is_automatic),
        )
        if not form.is_submitted():
            form.local_time.process_data(time.fromisoformat(shown.local_time))
        form.offer_people(audience, people)
        if shown.zone not in zones():
            form.zone.choices = [choice(shown.zone, shown.zone), *(form.zone.choices or ())]
        return form

    @property
    def words(self) -> DigestWords:
        """What was chosen; only after validation."""
        rhythm = Rhythm(self.rhythm.data)
        return DigestWords(
            is_on=bool(self.is_on.data),
            rhythm=rhythm,
            day=self.weekday.data if rhythm is Rhythm.WEEKLY else self.day.data,
            local_time=f"{self.local_time.data:%H:%M}",
            zone=self.zone.data,
            is_automatic=bool(self.is_automatic.data),
            audience=self.audience,
        )
