"""The ledger of hits: adds hits of readers, judges each reader's anew, and moves the figures along.

Whoever calls it holds a writing transaction and its turn (`figure_rows.wait_for_turn`); hits,
readers and figures change together or not at all.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, update

from outreach.tracking.bulk import insert_rows
from outreach.tracking.counting import (
    PUBLIC,
    Firsts,
    Identity,
    Tally,
    firsts_of,
)
from outreach.tracking.facts import Fact, Judgement
from outreach.tracking.figure_rows import add_figures
from outreach.tracking.labels import FLOOD, FLOODED, judge
from outreach.tracking.models import Hit, Reader
from outreach.tracking.rules import Rules, load_rules
from outreach.tracking.stored import (
    READER_COLUMNS,
    KnownReader,
    ReaderKey,
    StoredHit,
    load_hits,
    load_readers,
)


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

    hits: list[dict[str, Any]] = field(default_factory=list)
    judgements: list[dict[str, Any]] = field(default_factory=list)
    readers: list[dict[str, Any]] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)


def add_hits(connection: Connection, hits: Iterable[NewHit], *, links: Mapping[int, int]) -> None:
    """Add hits and all that follows from them; `links` tells how many links a mailing has."""
    by_reader: dict[ReaderKey, list[NewHit]] = {}
    for hit in hits:
        by_reader.setdefault(hit.key, []).append(hit)
    known = load_readers(connection, by_reader)
    judgeable = [key for key, reader in known.items() if reader.hits < FLOOD]
    stored = load_hits(connection, judgeable)
    changes = Changes(load_rules(connection))
    for key in sorted(by_reader):
        new = sorted(by_reader[key], key=lambda hit: hit.fact.at)
        _add_to_reader(
            changes, new, known.get(key), stored.get(key, []), links=links.get(key[0], 0)
        )
    _write(connection, changes)


def _add_to_reader(
    changes: Changes,
    new: list[NewHit],
    known: KnownReader | None,
    stored: list[StoredHit],
    *,
    links: int,
) -> None:
    reader = known or _new_reader(new[0])
    who = Identity(reader.mailing_id, reader.group_no, reader.is_letter)
    room = max(0, FLOOD - reader.hits)
    fresh, flooding = new[:room], new[room:]
    merged: list[NewHit | StoredHit] = [*stored, *fresh]
    merged.sort(key=lambda hit: hit.fact.at)
    judged = judge(
        [hit.fact for hit in merged],
        links=links,
        rules=changes.rules,
        is_personal=new[0].number is not None,
    )
    after = [(hit.fact, verdict) for hit, verdict in zip(merged, judged, strict=True)]
    for hit, verdict in zip(merged, judged, strict=True):
        _note(changes, hit, verdict, who)
    for hit in flooding:
        _note(changes, hit, FLOODED, who)
    first = firsts_of(after)
    before = [(hit.fact, hit.judgement) for hit in stored]
    changes.tally.change(who, before, after, was=reader.firsts, now=first)
    if flooding:
        changes.tally.add(who, [(hit.fact, FLOODED) for hit in flooding])
    changes.readers.append(
        _reader_row(reader, first if merged else None, number=new[0].number, added=len(new))
    )


def _new_reader(hit: NewHit) -> KnownReader:
    return KnownReader(hit.mailing_id, hit.reader, hit.group_no, hit.is_letter, hit.number)


def _note(changes: Changes, hit: NewHit | StoredHit, verdict: Judgement, who: Identity) -> None:
    if isinstance(hit, NewHit):
        changes.hits.append(_hit_row(hit, verdict, who, changes.rules))
    elif hit.judgement != verdict:
        changes.judgements.append({"hit_id": hit.id, **verdict_columns(verdict, changes.rules)})


def verdict_columns(verdict: Judgement, rules: Rules) -> dict[str, Any]:
    """Return the columns of a hit that say how it was judged."""
    return {
        "label": verdict.label,
        "reason": verdict.reason,
        "is_repeat": verdict.is_repeat,
        "rule_version": rules.version,
    }


def _hit_row(hit: NewHit, verdict: Judgement, who: Identity, rules: Rules) -> dict[str, Any]:
    fact, is_public = hit.fact, who.mailing_id == PUBLIC
    return {
        "at": fact.at,
        "kind": fact.kind,
        "mailing_id": None if is_public else who.mailing_id,
        "group_no": None if is_public else who.group_no,
        "number": hit.number,
        "reader": hit.reader,
        "is_letter": who.is_letter,
        "link_number": fact.link_number,
        "document_id": fact.document_id,
        "version_id": fact.version_id,
        "method": fact.method,
        "agent_family": fact.agent_family,
        "is_prefetch": fact.is_prefetch,
        "is_range": fact.is_range,
        "role_id": fact.role_id,
        "share_id": fact.share_id,
        "seconds_since_sent": fact.seconds_since_sent,
        **verdict_columns(verdict, rules),
    }


def _reader_row(
    reader: KnownReader, first: Firsts | None, *, number: int | None, added: int
) -> dict[str, Any]:
    """Return a reader's row; what came first stays where its hits were not looked at again."""
    row = {name: getattr(reader, name) for name in READER_COLUMNS}
    row.update(number=number, hits=reader.hits + added)
    if first is not None:
        row.update(
            first_open_at=first.open_at,
            first_click_at=first.click_at,
            first_download_at=first.download_at,
            first_question_at=first.question_at,
            last_visit_at=first.last_visit_at,
        )
    return row


def _write(connection: Connection, changes: Changes) -> None:
    insert_rows(connection, Hit.__table__, changes.hits)
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


def write_readers(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write whole rows of readers, whether or not they are there already."""
    insert_rows(connection, Reader.__table__, rows, replacing=("mailing_id", "key"))
