"""The ledger of hits: adds hits of readers, judges each reader's anew, and moves the figures along.

Whoever calls it holds a writing transaction and its turn (`figure_rows.wait_for_turn`); hits,
readers and figures change together or not at all.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, update

from outreach.tracking.bulk import insert_rows
from outreach.tracking.counting import PUBLIC, Firsts, Identity, Tally
from outreach.tracking.facts import Fact, Judgement
from outreach.tracking.figure_rows import add_figures
from outreach.tracking.labels import FLOOD, FLOODED, judge
from outreach.tracking.models import Hit, Reader
from outreach.tracking.past import NOTHING, Past, load_pasts, load_whole_pasts
from outreach.tracking.rules import Rules, load_rules
from outreach.tracking.stored import KnownReader, ReaderKey, StoredHit


class NewHit(NamedTuple):
    """A hit to be added: whose it is, as far as we may know, and its facts.

    `mailing_id` is `PUBLIC` (0) for visitors who came without a letter.
    """

    mailing_id: int
    group_no: int
    reader: bytes
    is_letter: bool
    number: int | None
    fact: Fact

    @property
    def key(self) -> ReaderKey:
        """The reader it belongs to."""
        return self.mailing_id, self.reader


@dataclass
class Changes:
    """What is to be written for a batch of readers, judged by `rules`."""

    rules: Rules

    hits: list[tuple[object, ...]] = field(default_factory=list)
    """As `_HIT_NAMES` names them."""
    judgements: list[dict[str, Any]] = field(default_factory=list)
    readers: list[KnownReader] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)


def add_hits(connection: Connection, hits: Iterable[NewHit], *, links: Mapping[int, int]) -> None:
    """Add hits and all that follows from them; `links` tells how many links a mailing has."""
    by_reader: dict[ReaderKey, list[NewHit]] = {}
    for hit in hits:
        by_reader.setdefault(hit.key, []).append(hit)
    for new in by_reader.values():
        if len(new) > 1:
            new.sort(key=_moment)
    changes = Changes(load_rules(connection))
    pasts = load_pasts(
        connection,
        {key: new[0].fact.at for key, new in by_reader.items()},
        {key for key, new in by_reader.items() if new[0].number is not None},
        rules=changes.rules,
    )
    undecided = {}
    for key in sorted(by_reader):
        past = pasts.get(key, NOTHING)
        if not _add_to_reader(changes, by_reader[key], past, links=links.get(key[0], 0)):
            undecided[key] = past
    for key, past in load_whole_pasts(connection, undecided):
        _add_to_reader(changes, by_reader[key], past, links=links.get(key[0], 0))
    _write(connection, changes)


def _moment(hit: NewHit | StoredHit) -> datetime:
    return hit.fact.at


def _add_to_reader(changes: Changes, new: list[NewHit], past: Past, *, links: int) -> bool:
    """Add a reader's new hits, in the order of time; False if more of its past has to be known."""
    reader = past.reader or _new_reader(new[0])
    who = Identity(reader.mailing_id, reader.group_no, reader.is_letter)
    room = max(0, FLOOD - reader.hits)
    fresh, flooding = new[:room], new[room:]
    first = _judge_fresh(changes, reader, who, fresh, past, links) if fresh else reader.firsts
    if first is None:
        return False
    if flooding:
        _note_flood(changes, flooding, who)
    changes.readers.append(reader.counted(new[0].number, len(new), first))
    return True


def _judge_fresh(
    changes: Changes,
    reader: KnownReader,
    who: Identity,
    fresh: list[NewHit],
    past: Past,
    links: int,
) -> Firsts | None:
    """Judge new hits with those they may change; gives what the reader did first, as it is now."""
    merged: list[NewHit | StoredHit] = [*past.hits, *fresh]
    if past.hits and fresh[0].fact.at < past.hits[-1].fact.at:
        merged.sort(key=_moment)
    facts = [hit.fact for hit in merged]
    judged = judge(
        facts,
        links=links,
        rules=changes.rules,
        is_personal=fresh[0].number is not None,
        standing=past.standing(fresh[0].fact.at, changes.rules),
    )
    after = list(zip(facts, judged, strict=True))
    was = reader.firsts
    first = past.firsts_with(after, was)
    if first is None:
        return None
    for hit, verdict in zip(merged, judged, strict=True):
        _note(changes, hit, verdict, who)
    before = [(hit.fact, hit.judgement) for hit in past.hits]
    changes.tally.change(who, before, after, was=was, now=first)
    return first


def _new_reader(hit: NewHit) -> KnownReader:
    return KnownReader(hit.mailing_id, hit.reader, hit.group_no, hit.is_letter, hit.number)


def _note(changes: Changes, hit: NewHit | StoredHit, verdict: Judgement, who: Identity) -> None:
    if isinstance(hit, NewHit):
        changes.hits.append(_hit_row(hit, verdict, who, changes.rules))
    elif hit.judgement != verdict:
        changes.judgements.append({"hit_id": hit.id, **verdict_columns(verdict, changes.rules)})


def _note_flood(changes: Changes, flooding: list[NewHit], who: Identity) -> None:
    for hit in flooding:
        _note(changes, hit, FLOODED, who)
    changes.tally.add(who, [(hit.fact, FLOODED) for hit in flooding])


def verdict_columns(verdict: Judgement, rules: Rules) -> dict[str, Any]:
    """Return the columns of a hit that say how it was judged."""
    return {
        "label": verdict.label,
        "reason": verdict.reason,
        "is_repeat": verdict.is_repeat,
        "rule_version": rules.version,
    }


_HIT_NAMES = (
    "mailing_id", "group_no", "number", "reader", "is_letter", *Fact._fields, *Judgement._fields,
    "rule_version",
)  # fmt: skip
"""A hit's columns as a row of `Changes.hits` holds them."""


def _hit_row(hit: NewHit, verdict: Judgement, who: Identity, rules: Rules) -> tuple[object, ...]:
    is_public = who.mailing_id == PUBLIC
    mailing_id, group_no = (None, None) if is_public else (who.mailing_id, who.group_no)
    return (
        mailing_id, group_no, hit.number, hit.reader, who.is_letter, *hit.fact, *verdict,
        rules.version,
    )  # fmt: skip


def _write(connection: Connection, changes: Changes) -> None:
    insert_rows(connection, Hit.__table__, _HIT_NAMES, changes.hits)
    if changes.judgements:
        write_judgements(connection, changes.judgements)
    write_readers(connection, changes.readers)
    add_figures(connection, changes.tally.figures())


def write_judgements(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write how stored hits are judged now; each row names its `hit_id`."""
    names = [name for name in rows[0] if name != "hit_id"]
    connection.execute(
        update(Hit.__table__)  # type: ignore[arg-type]  # a Table in fact
        .where(Hit.id == bindparam("hit_id"))
        .values({name: bindparam(name) for name in names}),
        list(rows),
    )


def write_readers(connection: Connection, readers: Sequence[KnownReader]) -> None:
    """Write whole rows of readers, whether or not they are there already."""
    insert_rows(
        connection,
        Reader.__table__,
        KnownReader._fields,
        readers,
        replacing=("mailing_id", "key"),
    )
