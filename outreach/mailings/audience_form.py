"""Who a letter is for, as a part of a form: a mailing's details and a list's digest share it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField

from outreach.mailings.audience import Audience
from outreach.mailings.choosing import Checks, options
from outreach.mailings.queries import (
    ProjectIds,
    countries_and_languages,
    roles_to_choose,
    sent_to_choose,
)
from outreach.mailings.words import LEVELS
from outreach.stakeholders.models import Role, Segment, Tier
from outreach.stakeholders.segments.services import segments_in_use
from outreach.web.filters import country_name, language_name
from outreach.web.forms import Form, choice, tidy


@dataclass(frozen=True, slots=True)
class People:
    """What an audience can be chosen from."""

    roles: Sequence[Role]
    countries: Sequence[str]
    languages: Sequence[str]
    segments: Sequence[Segment]
    sent: Sequence[tuple[int, str]] = ()
    """Mailings that went out, by id, whose readers can be left out."""

    @classmethod
    def known(cls, session: Session, project_ids: ProjectIds, *, but: int = 0) -> "People":
        """Return what is known here, with the mailings in reach except one."""
        countries, languages = countries_and_languages(session)
        return cls(
            roles=roles_to_choose(session),
            countries=countries,
            languages=languages,
            segments=segments_in_use(session),
            sent=sent_to_choose(session, project_ids, but=but),
        )


class AudienceForm(Form):
    """Roles, levels, countries, languages, segments, and whom to leave out."""

    role_ids = Checks("Roles", coerce=int)
    tiers = Checks(
        "Levels",
        choices=[choice(tier.value, LEVELS[tier]) for tier in Tier],
        description="Narrows policy-makers and politicians; other roles get it at every level.",
    )
    countries = Checks("Countries")
    languages = Checks("Languages of readers")
    segment_ids = Checks(
        "Segments",
        coerce=int,
        description="Whoever belongs to any of them, one copy each. What you choose beside them "
        "narrows them.",
    )
    is_invitation = BooleanField(
        "It invites to an event",
        description="Then it goes only to those who agreed to be invited to events of this list.",
    )
    not_role_ids = Checks("Who holds one of these roles", coerce=int)
    not_segment_ids = Checks("Who belongs to one of these segments", coerce=int)
    not_mailing_ids = Checks(
        "Who got one of these mailings",
        coerce=int,
        description="Also whoever is about to get it, while it is being sent.",
    )

    @staticmethod
    def values_of(audience: Audience) -> dict[str, Any]:
        """Return the fields' values for an audience."""
        values = audience.model_dump(mode="json")
        return {name: list(x) if isinstance(x, list | tuple) else x for name, x in values.items()}

    def offer_people(self, audience: Audience, people: People) -> None:
        """Fill in what can be chosen; what `audience` chose and is offered no more stays."""
        roles = [(role.id, str(role.plural)) for role in people.roles]
        self.role_ids.choices = options(roles, audience.role_ids)
        self.not_role_ids.choices = options(roles, audience.not_role_ids)
        countries = sorted((country_name(code), code) for code in people.countries)
        self.countries.choices = options(
            ((code, name) for name, code in countries), audience.countries
        )
        languages = ((code, language_name(code)) for code in people.languages)
        self.languages.choices = options(languages, audience.languages)
        segments = [(segment.id, segment.name) for segment in people.segments]
        self.segment_ids.choices = options(segments, audience.segment_ids)
        self.not_segment_ids.choices = options(segments, audience.not_segment_ids)
        self.not_mailing_ids.choices = options(people.sent, audience.not_mailing_ids)

    @property
    def left_out(self) -> int:
        """How many choices leave somebody out."""
        groups = (self.not_role_ids, self.not_segment_ids, self.not_mailing_ids)
        return sum(len(group.data or ()) for group in groups)

    @property
    def audience(self) -> Audience:
        """Who is chosen; only after validation."""
        return Audience(
            role_ids=tuple(self.role_ids.data or ()),
            tiers=tuple(Tier(value) for value in self.tiers.data or ()),
            countries=tuple(self.countries.data or ()),
            languages=tuple(self.languages.data or ()),
            segment_ids=tuple(self.segment_ids.data or ()),
            not_role_ids=tuple(self.not_role_ids.data or ()),
            not_segment_ids=tuple(self.not_segment_ids.data or ()),
            not_mailing_ids=tuple(self.not_mailing_ids.data or ()),
            is_invitation=bool(self.is_invitation.data),
        )


def asked_audience(arguments: MultiDict[str, str], known: set[int]) -> Audience:
    """Read an audience from an address, with these roles; what makes no sense chooses nobody."""
    try:
        return Audience(
            role_ids=tuple(n for n in arguments.getlist("role_ids", type=int) if n in known),
            tiers=tuple(Tier(tier) for tier in arguments.getlist("tiers")),
            countries=tuple(map(tidy, arguments.getlist("countries")[:300])),
            languages=tuple(map(tidy, arguments.getlist("languages")[:100])),
            segment_ids=tuple(arguments.getlist("segment_ids", type=int)[:50]),
            not_role_ids=tuple(
                n for n in arguments.getlist("not_role_ids", type=int) if n in known
            ),
            not_segment_ids=tuple(arguments.getlist("not_segment_ids", type=int)[:50]),
            not_mailing_ids=tuple(arguments.getlist("not_mailing_ids", type=int)[:50]),
            is_invitation=bool(arguments.get("is_invitation")),
        )
    except ValueError:
        return Audience()
