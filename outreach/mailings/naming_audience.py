"""An audience as a mailing's file names it, by slugs and names, and back to what they mean here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from outreach.mailings.audience import Audience
from outreach.mailings.markdown import AudienceChoice
from outreach.mailings.models import Mailing
from outreach.projects.models import List
from outreach.stakeholders.models import Role, Segment, Tier


@dataclass(frozen=True, slots=True)
class Known:
    """The ids of what a file's audience can name."""

    roles: Mapping[str, int]
    segments: Mapping[str, int]
    mailings: Mapping[str, int]

    def audience(self, choice: AudienceChoice) -> Audience:
        """Return the audience that is named; only when nothing is `missing`."""
        return Audience(
            role_ids=tuple(self.roles[slug] for slug in choice.roles),
            tiers=tuple(Tier(level) for level in choice.levels),
            countries=choice.countries,
            languages=choice.languages,
            segment_ids=tuple(self.segments[name] for name in choice.segments),
            not_role_ids=tuple(self.roles[slug] for slug in choice.not_roles),
            not_segment_ids=tuple(self.segments[name] for name in choice.not_segments),
            not_mailing_ids=tuple(self.mailings[slug] for slug in choice.not_mailings),
            is_invitation=choice.is_invitation,
        )

    def missing(self, choice: AudienceChoice) -> list[str]:
        """Return what is named and not there, as messages write it."""
        named = (
            ("role", (*choice.roles, *choice.not_roles), self.roles),
            ("level", choice.levels, [tier.value for tier in Tier]),
            ("segment", (*choice.segments, *choice.not_segments), self.segments),
            ("mailing", choice.not_mailings, self.mailings),
        )
        return [name for what, names, known in named for name in not_there(what, names, known)]


def not_there(what: str, names: Iterable[str], known: Iterable[str]) -> list[str]:
    """Return the names that are not known, each as a message writes it."""
    there = set(known)
    return [f"{what} “{name}”" for name in names if name not in there]


def known_of(session: Session, choice: AudienceChoice, project_ids: frozenset[int] | None) -> Known:
    """Look up what an audience names; `project_ids` limits whose mailings it may (None: any)."""
    roles = session.execute(select(Role.slug, Role.id))
    segments = session.execute(
        select(Segment.name, Segment.id).where(
            Segment.name.in_((*choice.segments, *choice.not_segments)),
            Segment.archived_at.is_(None),
        )
    )
    mailings = select(Mailing.slug, Mailing.id).where(Mailing.slug.in_(choice.not_mailings))
    if project_ids is not None:
        mailings = mailings.join(Mailing.mailing_list).where(List.project_id.in_(project_ids))
    return Known(
        roles={row.slug: row.id for row in roles},
        segments={row.name: row.id for row in segments},
        mailings={row.slug: row.id for row in session.execute(mailings)},
    )


def choice_of(session: Session, audience: Audience) -> AudienceChoice:
    """Return an audience by the names of what it chooses, in the order in which it does."""
    roles = _named(session, Role.id, Role.slug, (*audience.role_ids, *audience.not_role_ids))
    chosen = (*audience.segment_ids, *audience.not_segment_ids)
    segments = _named(session, Segment.id, Segment.name, chosen)
    mailings = _named(session, Mailing.id, Mailing.slug, audience.not_mailing_ids)
    return AudienceChoice(
        roles=_of(audience.role_ids, roles),
        levels=tuple(tier.value for tier in audience.tiers),
        countries=audience.countries,
        languages=audience.languages,
        segments=_of(audience.segment_ids, segments),
        not_roles=_of(audience.not_role_ids, roles),
        not_segments=_of(audience.not_segment_ids, segments),
        not_mailings=_of(audience.not_mailing_ids, mailings),
        is_invitation=audience.is_invitation,
    )


def _named(
    session: Session,
    key: InstrumentedAttribute[int],
    name: InstrumentedAttribute[str],
    ids: Iterable[int],
) -> dict[int, str]:
    return {row[0]: row[1] for row in session.execute(select(key, name).where(key.in_(set(ids))))}


def _of(ids: Iterable[int], names: Mapping[int, str]) -> tuple[str, ...]:
    return tuple(names[one] for one in ids if one in names)
