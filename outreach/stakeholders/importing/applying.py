"""Doing what was planned for a chunk of a file, in one short transaction, without the ORM."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, update

from outreach.core.changes import Change
from outreach.core.slugs import slugify
from outreach.core.text import LocalText
from outreach.projects.models import Organisation
from outreach.stakeholders.importing.bulk import (
    insert_rows,
    moment,
    reserve_ids,
    table_of,
)
from outreach.stakeholders.importing.granting import Order, grant
from outreach.stakeholders.importing.plan import Fate, Known, Step
from outreach.stakeholders.models import (
    Purpose,
    Stakeholder,
    StakeholderRole,
    StakeholderTag,
    StakeholderTopic,
    Stop,
    Suppression,
    Tag,
    Topic,
)
from outreach.stakeholders.texts import search_text_of, sort_name_of

_PERSON = (
    "id",
    "email",
    "fingerprint",
    "name",
    "given_name",
    "sort_name",
    "search_text",
    "job_title",
    "organisation_id",
    "country",
    "language",
    "tier",
    "source",
    "at_most_monthly",
    "created_at",
    "updated_at",
)


def apply(
    connection: Connection,
    steps: Sequence[Step],
    known: Mapping[str, Known],
    fingerprints: Mapping[str, str],
    order: Order,
) -> None:
    """Write new people, changes, roles, topics, tags, consents and the change set's lines."""
    at = moment(connection, order.now)
    _stop(connection, [s for s in steps if s.fate is Fate.STOPPED], fingerprints, order, at)
    active = [step for step in steps if step.fate in {Fate.NEW, Fate.UPDATED}]
    if not active:
        return
    organisations = _organisations(connection, active, order)
    _add_people(connection, active, fingerprints, organisations, order, at)
    _change_people(connection, active, known, organisations, order)
    _add_belongings(connection, active, order, at)
    grant(connection, [step for step in active if step.grants], order, at)
    _remember(connection, active, order)


def evidence_of(change_set_id: int) -> str:
    """Return how lines of the do-not-mail list that many got at once end; an undo finds them."""
    return f"(batch {change_set_id})"


def _stop(
    connection: Connection,
    steps: Sequence[Step],
    fingerprints: Mapping[str, str],
    order: Order,
    at: Any,
) -> None:
    """Put addresses on the do-not-mail list, and stop letters to those we know."""
    evidence = f"Said so in the imported file {evidence_of(order.change_set_id)}"
    insert_rows(
        connection,
        table_of(Suppression),
        ("fingerprint", "reason", "evidence", "actor", "since"),
        [(fingerprints[s.draft.email], s.draft.stop, evidence, order.actor, at) for s in steps],
    )
    insert_rows(
        connection,
        table_of(Stop),
        ("stakeholder_id", "purpose", "at"),
        [(s.person_id, Purpose.NEWSLETTER.value, at) for s in steps if s.person_id],
    )


def _organisations(
    connection: Connection, steps: Sequence[Step], order: Order
) -> Mapping[str, int]:
    names = {step.draft.organisation for step in steps} - {""}
    values = {name: {"name": name, "website": ""} for name in names}
    return order.ids.by_key(connection, table_of(Organisation), "name", values)


def _add_people(
    connection: Connection,
    steps: Sequence[Step],
    fingerprints: Mapping[str, str],
    organisations: Mapping[str, int],
    order: Order,
    at: Any,
) -> None:
    new = [step for step in steps if step.fate is Fate.NEW]
    ids = reserve_ids(connection, table_of(Stakeholder), len(new))
    rows = []
    for step, id_ in zip(new, ids, strict=True):
        step.person_id = id_
        fingerprint = fingerprints[step.draft.email]
        organisation_id = organisations.get(step.draft.organisation)
        rows.append(_person_row(step, fingerprint, organisation_id, order.source, at))
    insert_rows(connection, table_of(Stakeholder), _PERSON, rows)


def _person_row(
    step: Step, fingerprint: str, organisation_id: int | None, source: str, at: Any
) -> tuple[Any, ...]:
    draft, tier = step.draft, step.changes["tier"]
    return (
        step.person_id,
        draft.email,
        fingerprint,
        draft.name,
        draft.given_name,
        sort_name_of(draft.name, draft.email),
        search_text_of(draft.name, draft.email, draft.organisation),
        draft.job_title,
        organisation_id,
        draft.country,
        draft.language or "en",
        tier.value if tier else None,
        draft.source or source,
        False,
        at,
        at,
    )


def _change_people(
    connection: Connection,
    steps: Sequence[Step],
    known: Mapping[str, Known],
    organisations: Mapping[str, int],
    order: Order,
) -> None:
    rows = [
        _changed(step, known[step.draft.email], organisations, order)
        for step in steps
        if step.fate is Fate.UPDATED and step.changes
    ]
    for columns in {tuple(row) for row in rows}:
        values: dict[str, Any] = {name: bindparam(name) for name in columns if name != "key"}
        statement = update(table_of(Stakeholder)).where(
            table_of(Stakeholder).c.id == bindparam("key")
        )
        same = [row for row in rows if tuple(row) == columns]
        connection.execute(statement.values(values), same)


def _changed(
    step: Step, known: Known, organisations: Mapping[str, int], order: Order
) -> dict[str, Any]:
    row = {name: value for name, value in step.changes.items() if name != "organisation"}
    name = step.changes.get("name", known.name)
    organisation = step.changes.get("organisation", known.organisation)
    if "organisation" in step.changes:
        row["organisation_id"] = organisations[organisation]
    row["sort_name"] = sort_name_of(name, step.draft.email)
    row["search_text"] = search_text_of(name, step.draft.email, organisation)
    return {**row, "updated_at": order.now, "key": known.id}


def _add_belongings(connection: Connection, steps: Sequence[Step], order: Order, at: Any) -> None:
    roles = [(step.person_id, role, at) for step in steps for role in step.role_ids]
    insert_rows(
        connection, table_of(StakeholderRole), ("stakeholder_id", "role_id", "since"), roles
    )
    names = {name: {"name": name} for step in steps for name in step.tags}
    tags = order.ids.by_key(connection, table_of(Tag), "name", names)
    rows = [(step.person_id, tags[name]) for step in steps for name in step.tags]
    insert_rows(connection, table_of(StakeholderTag), ("stakeholder_id", "tag_id"), rows)
    slugs = {
        slugify(name): {"slug": slugify(name), "name": LocalText(en=name)}
        for step in steps
        for name in step.topics
    }
    topics = order.ids.by_key(connection, table_of(Topic), "slug", slugs)
    pairs = {(step.person_id, topics[slugify(name)]) for step in steps for name in step.topics}
    insert_rows(connection, table_of(StakeholderTopic), ("stakeholder_id", "topic_id"), list(pairs))


def _remember(connection: Connection, steps: Sequence[Step], order: Order) -> None:
    insert_rows(
        connection,
        table_of(Change),
        ("change_set_id", "object_type", "object_id", "before", "after"),
        [
            (
                order.change_set_id,
                "stakeholder",
                step.person_id,
                json.dumps(step.before) if step.before else "{}",
                json.dumps(_after(step)) if step.fate is Fate.UPDATED else '{"new": true}',
            )
            for step in steps
        ],
    )


def _after(step: Step) -> dict[str, Any]:
    added = {"roles": step.role_ids, "topics": step.topics, "tags": step.tags}
    return {**step.changes, **{name: list(values) for name, values in added.items() if values}}
