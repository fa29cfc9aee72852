"""Who a mailing is for: a live choice of roles, levels, countries and languages, and its count."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import BaseModel, ConfigDict
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    exists,
    false,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session

from outreach.core.errors import Refusal
from outreach.mailings.models import Mailing
from outreach.mailings.withholding import LeftOut, why_withheld
from outreach.projects.queries import letter_limit
from outreach.stakeholders import eligibility
from outreach.stakeholders.models import (
    Purpose,
    Role,
    Stakeholder,
    StakeholderRole,
    Tier,
    WithheldReason,
)
from outreach.stakeholders.segments.rules import Rule
from outreach.stakeholders.segments.services import rules_of
from outreach.stakeholders.segments.verdicts import members


class Audience(BaseModel):
    """The choice; within a group any of the chosen will do, an empty group narrows nothing.

    Levels belong to public roles only. They narrow policy-makers and politicians; somebody chosen
    for a role without a level (an NGO, a funder) stays.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    role_ids: tuple[int, ...] = ()
    tiers: tuple[Tier, ...] = ()
    countries: tuple[str, ...] = ()
    """ISO 3166-1 alpha-2, capitals."""
    languages: tuple[str, ...] = ()
    segment_ids: tuple[int, ...] = ()
    """Whoever belongs to any of these segments, one copy each; the rest narrows them."""
    not_role_ids: tuple[int, ...] = ()
    """Whoever holds any of these roles is left out, and counted as withheld."""
    not_segment_ids: tuple[int, ...] = ()
    not_mailing_ids: tuple[int, ...] = ()
    """Whoever got any of these mailings, or is about to."""
    is_invitation: bool = False
    """Whether it invites to an event: it goes only to those who agreed to be invited."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was chosen, which selects nobody: a mailing to all is never a slip."""
        groups = (self.role_ids, self.tiers, self.countries, self.languages, self.segment_ids)
        return not any(groups)

    @property
    def purpose(self) -> Purpose:
        """What a person must have agreed to."""
        return Purpose.EVENT_INVITATION if self.is_invitation else Purpose.NEWSLETTER


@dataclass(frozen=True, slots=True)
class RoleCount:
    """How many are counted under one reporting role; without a role, `role_id` is None."""

    role_id: int | None
    selected: int
    recipients: int


@dataclass(frozen=True, slots=True)
class AudienceCount:
    """Who gets a mailing as things stand now."""

    selected: int
    recipients: int
    withheld: dict[WithheldReason, int]
    by_role: tuple[RoleCount, ...]
    """By reporting role, so that the rows add up; largest first."""
    is_invitation: bool = False


def audience_of(mailing: Mailing) -> Audience:
    """Return who a mailing is for, as it was last chosen."""
    return Audience.model_validate(mailing.audience)


def purpose_of(connection: Session | Connection, mailing_id: int) -> Purpose:
    """Return what a person must have agreed to, to get a mailing."""
    audience = connection.scalar(_AUDIENCE, {"of_mailing": mailing_id})
    return Audience.model_validate(audience or {}).purpose


_AUDIENCE = select(Mailing.audience).where(Mailing.id == bindparam("of_mailing"))


def choose_roles(session: Session, slugs: Iterable[str]) -> tuple[int, ...]:
    """Return the ids of roles named by slug; raises Refusal naming those we do not know."""
    known = {role.slug: role.id for role in session.scalars(select(Role).order_by(Role.position))}
    wanted = list(dict.fromkeys(slugs))
    unknown = [slug for slug in wanted if slug not in known]
    if unknown:
        raise Refusal(
            f"There is no role {', '.join(f'“{slug}”' for slug in unknown)}.",
            f"Known are {', '.join(known)}.",
        )
    return tuple(known[slug] for slug in wanted)


@dataclass(frozen=True)
class Judged:
    """An audience as SQL over `Stakeholder`."""

    conditions: list[ColumnElement[bool]]
    """Who is in it."""
    reason: ColumnElement[str | None]
    """Why each of them gets no letter: a WithheldReason value, NULL = gets it."""

    @property
    def recipients(self) -> Select[int]:
        """The ids of those who get a letter.

        Judged apart from what else is asked of them: PostgreSQL takes "no reason" for rare, so that
        with another condition it expects nobody, and reads all roles anew for each of thousands.
        """
        found = select(Stakeholder.id, self.reason.label("reason")).where(*self.conditions).cte()
        found = found.prefix_with("MATERIALIZED")
        return select(found.c.id).where(found.c.reason.is_(None))


def judged(
    connection: Session | Connection, audience: Audience, list_id: int, now: datetime
) -> Judged:
    """Return who is in an audience and why some of them get no letter of the list.

    The one answer for counting, listing, previewing and the fan-out.
    """
    rules = rules_of(connection, audience.segment_ids)
    left_out = LeftOut(
        audience.not_role_ids,
        tuple(rules_of(connection, audience.not_segment_ids)),
        audience.not_mailing_ids,
    )
    limit = letter_limit(connection, list_id)
    reason = why_withheld(list_id, left_out, limit, audience.purpose, now)
    return Judged(_conditions(audience, now, rules), reason)


def count(session: Session, audience: Audience, list_id: int, now: datetime) -> AudienceCount:
    """Count who is selected, who gets the mailing of this list, and who is withheld and why."""
    found = judged(session, audience, list_id, now)
    facts = (
        select(eligibility.reporting_role(now).label("role_id"), found.reason.label("reason"))
        .where(*found.conditions)
        .subquery()
    )
    rows = session.execute(
        select(facts.c.role_id, facts.c.reason, func.count()).group_by(
            facts.c.role_id, facts.c.reason
        )
    ).all()
    return replace(_summed(rows), is_invitation=audience.is_invitation)


def by_country(
    session: Session, audience: Audience, list_id: int, now: datetime
) -> dict[str | None, int]:
    """Count who gets it by country; None for those whose country we do not know."""
    found = judged(session, audience, list_id, now)
    rows = session.execute(
        select(Stakeholder.country, func.count())
        .where(Stakeholder.id.in_(found.recipients))
        .group_by(Stakeholder.country)
    )
    return dict(rows.all())


def _conditions(
    audience: Audience, now: datetime, rules: Sequence[Rule]
) -> list[ColumnElement[bool]]:
    if audience.is_empty:
        return [false()]
    conditions: list[ColumnElement[bool]] = [
        Stakeholder.erased_at.is_(None),
        Stakeholder.merged_into_id.is_(None),
    ]
    if audience.role_ids:
        conditions.append(_holds_a_chosen_role(audience, now))
    elif audience.tiers:
        conditions.append(Stakeholder.tier.in_(audience.tiers))
    if audience.countries:
        conditions.append(Stakeholder.country.in_(audience.countries))
    if audience.languages:
        conditions.append(Stakeholder.language.in_(audience.languages))
    if audience.segment_ids:
        conditions.append(Stakeholder.id.in_(members(rules, now)))
    return conditions


def _holds_a_chosen_role(audience: Audience, now: datetime) -> ColumnElement[bool]:
    held = and_(
        StakeholderRole.stakeholder_id == Stakeholder.id,
        StakeholderRole.role_id.in_(audience.role_ids),
        eligibility.holds_now(now),
    )
    if not audience.tiers:
        return exists().where(held)
    is_at_level = or_(Role.is_public.is_(False), Stakeholder.tier.in_(audience.tiers))
    return exists().where(held, Role.id == StakeholderRole.role_id, is_at_level)


def _summed(rows: Iterable[Row[int | None, str | None, int]]) -> AudienceCount:
    withheld: dict[WithheldReason, int] = {}
    selected: dict[int | None, int] = {}
    recipients: dict[int | None, int] = {}
    for role_id, reason, number in rows:
        selected[role_id] = selected.get(role_id, 0) + number
        if reason is None:
            recipients[role_id] = recipients.get(role_id, 0) + number
        else:
            withheld[WithheldReason(reason)] = withheld.get(WithheldReason(reason), 0) + number
    by_role = [RoleCount(role, selected[role], recipients.get(role, 0)) for role in selected]
    return AudienceCount(
        selected=sum(selected.values()),
        recipients=sum(recipients.values()),
        withheld=dict(sorted(withheld.items(), key=lambda item: (-item[1], item[0]))),
        by_role=tuple(sorted(by_role, key=lambda row: (-row.selected, row.role_id or 0))),
    )
