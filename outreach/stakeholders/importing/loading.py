"""What the database knows of the people in a chunk of a file, in a handful of queries."""

from collections.abc import Collection, Mapping
from typing import NamedTuple, TypeVar

from sqlalchemy import Connection, Select, func, or_, select
from sqlalchemy.orm import aliased

from outreach.core.clock import now
from outreach.projects.models import List, Organisation
from outreach.stakeholders.importing.bulk import is_among
from outreach.stakeholders.importing.plan import Known
from outreach.stakeholders.models import (
    Consent,
    Purpose,
    Stakeholder,
    StakeholderRole,
    StakeholderTag,
    StakeholderTopic,
    Suppression,
    SuppressionReason,
    Tag,
    Topic,
)

T = TypeVar("T")


class Situation(NamedTuple):
    """People by address, and reasons of the do-not-mail list by fingerprint."""

    people: Mapping[str, Known]
    suppressed: Mapping[str, SuppressionReason]


def situation(
    connection: Connection,
    emails: Collection[str],
    fingerprints: Collection[str],
    list_id: int | None,
    *,
    is_locking: bool,
) -> Situation:
    """Read what is known; with `is_locking` those people stay locked (PostgreSQL) until the
    transaction ends: somebody who leaves at this moment leaves after us, not in between.
    """
    people = _people(connection, emails, is_locking=is_locking)
    if people:
        _add_belongings(connection, people, list_id)
    return Situation(people, _suppressed(connection, fingerprints))


def _people(
    connection: Connection, emails: Collection[str], *, is_locking: bool
) -> dict[str, Known]:
    # Somebody merged is known as the record that stands for them.
    own = aliased(Stakeholder)
    query = (
        select(
            own.email,
            Stakeholder.id,
            Stakeholder.name,
            Stakeholder.given_name,
            func.coalesce(Organisation.name, ""),
            Stakeholder.job_title,
            Stakeholder.country,
            Stakeholder.language,
            Stakeholder.tier,
        )
        .select_from(own)
        .join(Stakeholder, Stakeholder.id == func.coalesce(own.merged_into_id, own.id))
        .outerjoin(Organisation, Organisation.id == Stakeholder.organisation_id)
        .where(is_among(connection, own.email, emails))
        .order_by(Stakeholder.id)
    )
    if is_locking:
        query = query.with_for_update(of=Stakeholder)
    return {
        str(email): Known(id_, name, given, organisation, position, country, language, tier)
        for email, id_, name, given, organisation, position, country, language, tier in (
            connection.execute(query).all()
        )
    }


def _add_belongings(
    connection: Connection, people: Mapping[str, Known], list_id: int | None
) -> None:
    by_id = {known.id: known for known in people.values()}
    # A mandate whose end is known runs until then: no second term is begun beside it.
    goes_on = or_(StakeholderRole.until.is_(None), StakeholderRole.until > now())
    role_ids = select(StakeholderRole.stakeholder_id, StakeholderRole.role_id).where(
        is_among(connection, StakeholderRole.stakeholder_id, by_id), goes_on
    )
    for id_, found in _grouped(connection, role_ids).items():
        by_id[id_].role_ids = found
    topics = (
        select(StakeholderTopic.stakeholder_id, Topic.slug)
        .join(Topic, Topic.id == StakeholderTopic.topic_id)
        .where(is_among(connection, StakeholderTopic.stakeholder_id, by_id))
    )
    for id_, slugs in _grouped(connection, topics).items():
        by_id[id_].topics = slugs
    tags = (
        select(StakeholderTag.stakeholder_id, Tag.name)
        .join(Tag, Tag.id == StakeholderTag.tag_id)
        .where(is_among(connection, StakeholderTag.stakeholder_id, by_id))
    )
    for id_, names in _grouped(connection, tags).items():
        by_id[id_].tags = names
    consents = (
        select(Consent.stakeholder_id, List.id, List.slug, Consent.state, Consent.basis)
        .join(List, List.id == Consent.list_id)
        .where(
            is_among(connection, Consent.stakeholder_id, by_id),
            Consent.purpose == Purpose.NEWSLETTER,
        )
    )
    for id_, of_list, slug, state, basis in connection.execute(consents).all():
        by_id[id_].by_list[slug] = state
        if of_list == list_id:
            by_id[id_].consent = (state, basis)


def _grouped(connection: Connection, query: Select[int, T]) -> dict[int, frozenset[T]]:
    found: dict[int, list[T]] = {}
    for id_, value in connection.execute(query).all():
        found.setdefault(id_, []).append(value)
    # Many hold the same: a set for each of them would be the largest thing in memory.
    alike: dict[frozenset[T], frozenset[T]] = {}
    return {
        id_: alike.setdefault(held, held)
        for id_, held in ((id_, frozenset(values)) for id_, values in found.items())
    }


_STRONGEST = (
    SuppressionReason.ERASED,
    SuppressionReason.COMPLAINED,
    SuppressionReason.UNSUBSCRIBED,
    SuppressionReason.BOUNCED,
    SuppressionReason.BY_HAND,
)


def _suppressed(
    connection: Connection, fingerprints: Collection[str]
) -> dict[str, SuppressionReason]:
    query = select(Suppression.fingerprint, Suppression.reason).where(
        is_among(connection, Suppression.fingerprint, fingerprints),
        Suppression.released_at.is_(None),
    )
    found: dict[str, SuppressionReason] = {}
    for fingerprint, reason in connection.execute(query).all():
        held = found.get(fingerprint, reason)
        found[fingerprint] = min(held, reason, key=_STRONGEST.index)
    return found
