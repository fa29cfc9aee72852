"""Doing what was planned for a chunk of a file, in one short transaction, without the ORM."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, bindparam, update

from outreach.core.changes import Change
from outreach.core.slugs import slugify
from outreach.core.text import LocalText
from outreach.projects.models import Organisation
from outreach.stakeholders.importing.bulk import (
    insert_alike,
    insert_pairs,
    insert_rows,
    is_among,
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
    mark,
    marks_of,
)
from outreach.stakeholders.texts import search_text_of, sort_name_of

T = TypeVar("T")
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
    "role_marks",
    "created_at",
    "updated_at",
)


def apply(
    connection: Connection,
    steps: Sequence[Step],
    known: Mapping[str, Known],
    fingerprints: Mapping[str, str],
    order: Order,
    begin_next: Callable[[], None],
) -> None:
    """Write new people, changes, roles, topics, tags, consents and the change set's lines.

    `begin_next` is called when Python becomes free for long: PostgreSQL is waited for from here on,
    while SQLite, which works within Python, has but one long call, the commit that follows.
    """
    at = moment(connection, order.now)
    _stop(connection, [s for s in steps if s.fate is Fate.STOPPED], fingerprints, order, at)
    new = [step for step in steps if step.fate is Fate.NEW]
    updated = [step for step in steps if step.fate is Fate.UPDATED]
    if not (active := new + updated):
        return
    organisations = _organisations(connection, active, order)
    _add_people(connection, new, fingerprints, organisations, order, at)
    _change_people(connection, updated, known, organisations, order)
    if connection.dialect.name == "postgresql":
        begin_next()
    _add_belongings(connection, active, order)
    if gaining := [step.person_id for step in updated if step.role_ids]:
        mark(connection, is_among(connection, Stakeholder.id, gaining), now=order.now)
    grant(connection, [step for step in active if step.grants], order, at)
    _remember(connection, new, updated, order)
    begin_next()


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
        [
            (fingerprints[s.draft.email], s.draft.shared.stop, evidence, order.actor, at)
            for s in steps
        ],
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
    new: Sequence[Step],
    fingerprints: Mapping[str, str],
    organisations: Mapping[str, int],
    order: Order,
    at: Any,
) -> None:
    if not new:
        return
    ids = reserve_ids(connection, table_of(Stakeholder), len(new))
    for step, id_ in zip(new, ids, strict=True):
        step.person_id = id_
    rows = (
        _person_row(
            step,
            fingerprints[step.draft.email],
            organisations.get(step.draft.organisation),
            order.source,
            at,
        )
        for step in new
    )
    insert_rows(connection, table_of(Stakeholder), _PERSON, rows)


def _person_row(
    step: Step, fingerprint: str, organisation_id: int | None, source: str, at: Any
) -> tuple[Any, ...]:
    draft, said, tier = step.draft, step.draft.shared, step.tier
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
        said.country,
        said.language or "en",
        tier.value if tier else None,
        draft.source or source,
        False,
        marks_of(step.role_ids),
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
        if step.changes
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


def _add_belongings(connection: Connection, steps: Sequence[Step], order: Order) -> None:
    roles = _by_what([(step.role_ids, step.person_id) for step in steps if step.role_ids])
    pair, since = ("role_id", "stakeholder_id"), {"since": order.now}
    insert_pairs(connection, table_of(StakeholderRole), pair, roles, since)
    tagged = _by_what([(step.tags, step.person_id) for step in steps if step.tags])
    names = {name: {"name": name} for name in tagged}
    tags = order.ids.by_key(connection, table_of(Tag), "name", names)
    held = {tags[name]: people for name, people in tagged.items()}
    insert_pairs(connection, table_of(StakeholderTag), ("tag_id", "stakeholder_id"), held, {})
    _add_topics(connection, steps, order)


def _add_topics(connection: Connection, steps: Sequence[Step], order: Order) -> None:
    slugs: dict[str, dict[str, Any]] = {}
    wished: defaultdict[str, dict[int, None]] = defaultdict(dict)
    for name, people in _by_what([(s.topics, s.person_id) for s in steps if s.topics]).items():
        slug = slugify(name)
        slugs[slug] = {"slug": slug, "name": LocalText(en=name)}
        wished[slug] |= dict.fromkeys(people)  # two names of one topic are one wish
    topics = order.ids.by_key(connection, table_of(Topic), "slug", slugs)
    held = {topics[slug]: list(people) for slug, people in wished.items()}
    insert_pairs(connection, table_of(StakeholderTopic), ("topic_id", "stakeholder_id"), held, {})


def _by_what(said: Iterable[tuple[tuple[T, ...], int | None]]) -> dict[T, list[int]]:
    """Return who holds each thing, of (things, person): an index is written in its own order."""
    people: dict[T, list[int]] = {}
    for things, person_id in said:
        for thing in things:
            if person_id is not None:
                people.setdefault(thing, []).append(person_id)
    return people


def _remember(
    connection: Connection, new: Sequence[Step], updated: Sequence[Step], order: Order
) -> None:
    of = {"change_set_id": order.change_set_id, "object_type": "stakeholder"}
    ids = [step.person_id for step in new if step.person_id]
    same = {**of, "before": {}, "after": {"new": True}}
    insert_alike(connection, table_of(Change), "object_id", ids, same)
    rows = [
        (*of.values(), step.person_id, json.dumps(dict(step.before)), json.dumps(_after(step)))
        for step in updated
    ]
    insert_rows(connection, table_of(Change), (*of, "object_id", "before", "after"), rows)


def _after(step: Step) -> dict[str, Any]:
    added = {"roles": step.role_ids, "topics": step.topics, "tags": step.tags}
    return {**step.changes, **{name: list(values) for name, values in added.items() if values}}
