"""Hits files come into the database: whole, once, and without stopping at what is damaged."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from outreach.core.config import TrackingMode
from outreach.core.signing import TokenKind, nonce_of
from outreach.core.state import state
from outreach.delivery.models import DeliveryState
from outreach.tracking import labels
from outreach.tracking.applier import GRACE, Applied, apply, waiting
from outreach.tracking.facts import Fact
from outreach.tracking.hits_file import HitsWriter, hits_files, hits_folder
from outreach.tracking.labels import FLOOD
from outreach.tracking.models import (
    GroupFigure,
    Hit,
    HitKind,
    HitLabel,
    HitsFile,
    HourFigure,
    LinkFigure,
    Reader,
)
from outreach.tracking.rebuild import rebuild
from outreach.tracking.records import HitRecord, encode
from tests.factories import Factory
from tests.statements import counted_statements
from tests.tracking.factories import KEY, Sent
from tests.tracking.sending import sent_mailing


@pytest.fixture
def folder(app: Flask) -> Path:
    return hits_folder(state(app).settings.worker_folder)


def test_a_click_reaches_every_figure(sent: Sent) -> None:
    done = sent.apply(sent.click(2))

    assert done == Applied(hits=1)
    assert sent.figure(GroupFigure, "clicked", group_no=1) == 1
    assert sent.figure(GroupFigure, "engaged") == 1
    assert sent.figure(GroupFigure, "visits") == 1
    assert sent.figure(LinkFigure, "counted", link_number=2) == 1
    assert sent.figure(HourFigure, "visits", hour=sent.now) == 1
    (reader,) = sent.rows(Reader)
    assert (reader["key"], reader["number"]) == (nonce_of(KEY, 1), None)
    assert reader["first_click_at"] == reader["last_visit_at"] == sent.now


def test_an_unlinked_letter_counts_once_however_often_it_is_opened(sent: Sent) -> None:
    sent.apply(sent.open(), sent.open(after=40), sent.open(after=5000, delivery=2))
    sent.apply(sent.open(after=9000))

    assert sent.figure(GroupFigure, "opened") == 2
    assert sent.figure(GroupFigure, "opens") == 4


def test_nothing_is_counted_twice(sent: Sent) -> None:
    sent.apply(sent.click(1))

    again = sent.apply()

    assert again == Applied()
    assert sent.figure(GroupFigure, "clicks") == 1


def test_visits_begin_anew_after_half_an_hour(sent: Sent) -> None:
    sent.apply(sent.click(1), sent.click(1, after=1800), sent.click(1, after=3601))

    assert sent.figure(GroupFigure, "visits") == 2
    assert sent.figure(GroupFigure, "clicked") == 1


def test_a_burst_takes_back_what_was_counted_before(sent: Sent) -> None:
    sent.apply(sent.click(1), sent.click(2, after=0.5))
    assert sent.figure(GroupFigure, "clicked") == 1

    sent.apply(sent.click(3, after=1))

    assert sent.figure(GroupFigure, "clicked") == sent.figure(GroupFigure, "visits") == 0
    assert sent.figure(GroupFigure, "machine_clicks") == 3
    assert {hit["label"] for hit in sent.rows(Hit)} == {HitLabel.MACHINE}
    assert sent.rows(Reader)[0]["first_click_at"] is None


def test_the_order_in_which_files_are_applied_does_not_matter(
    app: Flask, make: Factory, sent: Sent
) -> None:
    found = set()
    orders = list(permutations(range(3)))

    for order in orders:
        one = sent_mailing(app, make, sent.now)
        hits = [one.click(1), one.click(1, after=1700), one.click(1, after=3400)]
        for index in order:
            one.apply(hits[index])
        found.add(tuple(one.figure(GroupFigure, name) for name in ("visits", "clicks", "clicked")))

    assert found == {(1, 3, 1)}


def test_a_personal_letter_keeps_its_delivery_only_with_consent(sent: Sent) -> None:
    sent.apply(sent.click(1, delivery=7, is_personal=True))

    (hit,) = sent.rows(Hit)
    assert (hit["number"], hit["group_no"]) == (7, 2)
    assert hit["seconds_since_sent"] == 3600
    assert sent.rows(Reader)[0]["number"] == 7


def test_a_reader_key_of_a_followed_letter_says_nothing_of_its_number(sent: Sent) -> None:
    sent.apply(sent.click(1, delivery=7, is_personal=True))
    sent.apply(sent.click(1, after=9, delivery=7, is_personal=True))

    (reader,) = sent.rows(Reader)
    assert len(reader["key"]) == 8
    assert reader["hits"] == 2
    assert reader["key"] != nonce_of(KEY, 7)


def test_unlinked_letters_keep_no_age_that_would_tell_them_apart(sent: Sent) -> None:
    sent.apply(sent.click(1))

    assert sent.rows(Hit)[0]["seconds_since_sent"] is None


def test_a_letter_opened_before_its_acceptance_was_written_is_new(sent: Sent) -> None:
    sent.settle(7, DeliveryState.QUEUED, None)

    sent.apply(sent.click(1, delivery=7, is_personal=True, family="other"))

    assert sent.rows(Hit)[0]["seconds_since_sent"] == 0
    assert sent.rows(Hit)[0]["label"] is HitLabel.MACHINE


def test_where_everybody_is_followed_a_withdrawal_still_counts(
    app: Flask, make: Factory, sent: Sent
) -> None:
    one = sent_mailing(app, make, sent.now, mode=TrackingMode.INDIVIDUAL)
    one.withdraw(8)

    one.apply(
        one.click(1, delivery=1, is_personal=True),
        one.click(1, delivery=8, is_personal=True),
    )

    numbers = {hit["number"] for hit in one.rows(Hit)}
    assert numbers == {1, None}


def test_records_that_name_nothing_we_know_are_left_out(sent: Sent) -> None:
    strange = [
        sent.click(99),
        sent.click(1, mailing_id=999),
        sent.click(1, number=77),
        sent.click(1, kind=TokenKind.PERSONAL, number=500, nonce=b""),
        sent.on_site(4711),
    ]

    done = sent.apply(*strange, sent.click(1))

    assert done == Applied(hits=1, skipped=5)
    assert sent.figure(GroupFigure, "clicks") == 1
    assert sent.rows(HitsFile)[0]["skipped"] == 5


def test_garbage_stops_nothing(sent: Sent, folder: Path) -> None:
    writer = HitsWriter(folder)
    for line in (encode(sent.click(1)), b"\x00\xff garbage\n", b"\n", encode(sent.click(2)), b"x"):
        writer.append(line)
    writer.close()

    done = sent.apply()

    assert done == Applied(hits=2, skipped=3)


def test_a_record_the_database_refuses_is_left_out_alone(
    sent: Sent, capsys: pytest.CaptureFixture[str]
) -> None:
    records = [sent.click(1, after=60 * i) for i in range(5)]
    records[2] = sent.click(1, after=120, family="f" * 50)

    done = sent.apply(*records)

    # PostgreSQL keeps to the width of a column, SQLite does not.
    refused = int(sent.engine.dialect.name == "postgresql")
    assert done == Applied(hits=5 - refused, skipped=refused)
    assert sent.figure(GroupFigure, "clicks") == 5 - refused
    logged = capsys.readouterr().out
    assert logged.count("a hit was left out") == refused
    assert nonce_of(KEY, 1).hex() not in logged
    assert sent.apply() == Applied()


def test_a_last_line_still_being_written_waits(sent: Sent, folder: Path) -> None:
    writer = HitsWriter(folder)
    line = encode(sent.click(1))
    writer.append(line)
    writer.append(line[:20])
    assert sent.apply() == Applied(hits=1)

    writer.append(b"")
    writer.close()

    assert sent.apply() == Applied(skipped=1)


def test_a_batch_may_end_anywhere(sent: Sent, folder: Path) -> None:
    sent.append(*(sent.click(1 + i % 2, after=i * 40) for i in range(25)))

    with sent.app.app_context():
        done = apply(sent.engine, folder, now=sent.now, batch=4)

    assert done == Applied(hits=25)
    assert sent.figure(GroupFigure, "clicks") == 25
    assert rebuild(sent.engine, sent.mailing_id) == []


def test_a_file_is_taken_away_when_it_was_applied_a_while_ago(sent: Sent, folder: Path) -> None:
    sent.apply(sent.click(1))
    sent.apply(at=sent.now + GRACE - timedelta(seconds=1))
    assert len(hits_files(folder)) == 1

    sent.apply(at=sent.now + GRACE)

    assert hits_files(folder) == []
    assert sent.rows(HitsFile) == []
    assert sent.figure(GroupFigure, "clicks") == 1


def test_a_file_that_is_still_written_stays(sent: Sent, folder: Path) -> None:
    writer = HitsWriter(folder)
    writer.append(encode(sent.click(1)))
    sent.apply()

    sent.apply(at=sent.now + 2 * GRACE)

    assert len(hits_files(folder)) == 1
    writer.close()


def test_a_run_of_few_batches_leaves_the_rest_to_the_next(sent: Sent, folder: Path) -> None:
    """More may come in than is applied: whoever applies has other duties, too."""
    sent.append(*(sent.click(1, after=60 * n) for n in range(7)))

    first = apply(sent.engine, folder, now=sent.now, batch=2, batches=2)
    stopped = apply(sent.engine, folder, now=sent.now, batch=2, is_stopping=lambda: True)
    rest = apply(sent.engine, folder, now=sent.now, batch=2)

    assert (first.hits, stopped.hits, rest.hits) == (4, 0, 3)
    assert sent.figure(GroupFigure, "clicks") == 7


def test_what_waits_can_be_told(sent: Sent, folder: Path) -> None:
    line = encode(sent.click(1))
    sent.append(sent.click(1))
    assert waiting(sent.engine, folder) == len(line)

    sent.apply()

    assert waiting(sent.engine, folder) == 0


def test_several_appliers_at_once_count_once(sent: Sent, folder: Path) -> None:
    for _ in range(3):
        sent.append(*(sent.click(1, after=60 * i, delivery=1 + i % 6) for i in range(40)))
    engine = sent.engine

    with ThreadPoolExecutor(4) as pool:
        runs = [pool.submit(apply, engine, folder, now=sent.now, batch=7) for _ in range(4)]
        done = sum((run.result() for run in runs), Applied())

    assert done == Applied(hits=120)
    assert sent.figure(GroupFigure, "clicks") == 120
    assert rebuild(engine, sent.mailing_id) == []


def test_more_hits_than_any_person_makes_are_kept_but_not_counted(sent: Sent) -> None:
    flood: list[HitRecord] = [sent.open(after=i / 100) for i in range(FLOOD + 50)]
    sent.apply(*flood[: FLOOD - 10])
    sent.apply(*flood[FLOOD - 10 :])
    sent.apply(sent.open(after=90))

    assert sent.figure(GroupFigure, "opens") == FLOOD
    assert sent.figure(GroupFigure, "machine_opens") == 51
    assert sent.rows(Reader)[0]["hits"] == FLOOD + 51
    assert rebuild(sent.engine, sent.mailing_id) == []


def test_a_batch_costs_the_same_however_many_hits_it_has(
    sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: set[HitKind] = set()
    label = labels.label

    def noting(fact: Fact, **known: Any) -> tuple[HitLabel, str]:
        assert fact.kind not in judged, "hits that are alike were judged before"
        judged.add(fact.kind)
        return label(fact, **known)

    monkeypatch.setattr(labels, "label", noting)
    sent.apply(*(sent.open(delivery=1 + i) for i in range(6)))
    costs = []

    for size in (30, 300):
        with counted_statements() as statements:
            moments = (10_000 * size + 60 * i for i in range(size))
            hits = (sent.click(delivery=1 + i % 6, after=at) for i, at in enumerate(moments))
            sent.apply(*hits)
        costs.append(sum(not re.search("BEGIN|hits_file|advisory", s) for s in statements))

    # What the lines name, the rules, readers, hits and the tables of figures.
    assert costs[0] == costs[1]
    assert costs[0] == 13
    assert sent.figure(GroupFigure, "clicks") == 330
