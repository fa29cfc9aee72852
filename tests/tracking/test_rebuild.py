"""Counting batch by batch, all again, and naively by hand: three ways, one answer."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, update

from outreach.core.db import transaction
from outreach.delivery.bounced import note_bounce
from outreach.delivery.figures import COUNTED as COUNTED_STATES
from outreach.delivery.figures import recount
from outreach.delivery.judging import Result
from outreach.delivery.models import WAITING, Delivery, DeliveryFigure, DeliveryState
from outreach.delivery.settling import settle
from outreach.mail.replies import BounceClass
from outreach.tracking.facts import FORWARDED
from outreach.tracking.models import (
    COUNTED,
    MACHINE_COLUMNS,
    GroupFigure,
    Hit,
    HitKind,
    LinkFigure,
    Reader,
)
from outreach.tracking.rebuild import rebuild
from outreach.tracking.records import Face, HitRecord
from outreach.tracking.relabelling import put_in_force, rerun_some
from outreach.tracking.rules import DEFAULT, FIRST_VERSION
from tests.factories import Factory
from tests.tracking.factories import Sent
from tests.tracking.sending import sent_mailing

HITS = st.lists(
    st.tuples(
        st.sampled_from(["open", "click", "click", "download", "web_view"]),
        st.sampled_from([1, 2, 7, 8]),
        st.integers(1, 4),
        st.one_of(
            st.floats(0, 6),
            st.integers(0, 9000),
            st.floats(1794, 1812),
            st.floats(90_000, 90_006),
        ),
        st.sampled_from(["chrome", "chrome", "firefox", "other", "library", "gmail-proxy"]),
        st.booleans(),
    ),
    max_size=30,
)
LETTERS = st.lists(
    st.tuples(st.integers(1, 8), st.sampled_from(DeliveryState), st.booleans()), max_size=8
)
CUTS = st.lists(st.integers(0, 30), max_size=4)


def record(sent: Sent, hit: Any) -> HitRecord:
    kind, number, link, after, family, is_range = hit
    who = {"delivery": number, "is_personal": number > 6, "family": family, "after": after}
    if kind == "open":
        return sent.open(**who)
    if kind == "click":
        return sent.click(link, **who)
    if kind == "web_view":
        at = sent.now + timedelta(seconds=who.pop("after"))
        return sent.record(Face.WEB_VIEW, at=at, **who)
    return sent.download(4, is_range=is_range, **who)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(hits=HITS, letters=LETTERS, cuts=CUTS, withdrawing=st.sampled_from([None, 7, 8]))
def test_random_histories_in_random_batches_equal_a_rebuild_and_a_naive_count(
    app: Flask,
    make: Factory,
    now: datetime,
    hits: list[Any],
    letters: list[tuple[int, DeliveryState, bool]],
    cuts: list[int],
    withdrawing: int | None,
) -> None:
    sent = sent_mailing(app, make, now)
    sent.link_document(4)
    unsend(sent)
    edges = [0, *sorted(cuts), max(len(hits), len(letters))]

    for start, end in pairwise(edges):
        sent.apply(*(record(sent, hit) for hit in hits[start:end]))
        settle_some(sent, letters[start:end])
        if withdrawing and end > 10:
            sent.withdraw(withdrawing)

    assert rebuild(sent.engine, sent.mailing_id) == []
    assert counted(sent) == naive(sent)
    assert letters_counted(sent) == naive_letters(sent)
    assert judged(sent) == judged_at_once(sent)


def judged(sent: Sent) -> dict[int, tuple[str, str, bool]]:
    return {hit["id"]: (hit["label"], hit["reason"], hit["is_repeat"]) for hit in sent.rows(Hit)}


def judged_at_once(sent: Sent) -> dict[int, tuple[str, str, bool]]:
    """Judge every reader's hits together, all that a batch left out of its view included."""
    with sent.app.app_context(), transaction() as session:
        put_in_force(session, DEFAULT, by="Ada", now=sent.now, is_rerun=True)
    rerun_some(sent.engine, now=sent.now)
    return judged(sent)


def unsend(sent: Sent) -> None:
    """Let all letters wait to be sent."""
    with transaction(sent.engine) as connection:
        of_mailing = Delivery.mailing_id == sent.mailing_id
        connection.execute(update(Delivery).where(of_mailing).values(state=DeliveryState.QUEUED))
        recount(connection, sent.mailing_id)


def settle_some(sent: Sent, letters: Sequence[tuple[int, DeliveryState, bool]]) -> None:
    """Try letters; some of those the server took come back."""
    if not letters:
        return
    with sent.app.app_context(), transaction() as session:
        for number, state, comes_back in letters:
            result = Result(number, state, 250 if state is DeliveryState.ACCEPTED else None)
            settle(session.connection(), sent.mailing_id, [result], now=sent.now)
            if comes_back:
                found = sent.delivery(session, number)
                note_bounce(session, found, BounceClass.BLOCKED, "5.7.1", now=sent.now)


def letters_counted(sent: Sent) -> dict[DeliveryState, int]:
    """Return how many letters the roll-up says are in each state; those that wait are alike."""
    figures = {state: sent.figure(DeliveryFigure, state.value) for state in COUNTED_STATES}
    waiting = sent.figure(DeliveryFigure, "letters") - sum(figures.values())
    found = Counter({**figures, DeliveryState.QUEUED: waiting})
    return Counter({state: number for state, number in found.items() if number})


def naive_letters(sent: Sent) -> dict[DeliveryState, int]:
    states = (row["state"] for row in sent.rows(Delivery) if row["mailing_id"] == sent.mailing_id)
    return Counter(DeliveryState.QUEUED if one in WAITING else one for one in states)


def counted(sent: Sent) -> dict[str, int]:
    figures = {
        name: sent.figure(GroupFigure, name)
        for name in (
            "opened", "clicked", "downloaded", "engaged", "visits", "downloads", "web_views"
        )
    }  # fmt: skip
    figures["links"] = sent.figure(LinkFigure, "counted")
    figures["machines"] = sum(sent.figure(GroupFigure, column) for column in MACHINE_COLUMNS)
    return figures


def naive(sent: Sent) -> dict[str, int]:
    """Count as somebody would with a pencil, from the list of hits."""
    hits = [hit for hit in sent.rows(Hit) if hit["mailing_id"] == sent.mailing_id]
    good = [hit for hit in hits if hit["label"] in COUNTED]
    letters = defaultdict(set)
    moments = defaultdict(list)
    for hit in good:
        if hit["is_letter"] and hit["reason"] != FORWARDED:
            letters[hit["kind"]].add(hit["reader"])
        if hit["kind"] in {HitKind.CLICK, HitKind.DOWNLOAD}:
            moments[hit["reader"]].append(hit["at"])
    return {
        "opened": len(letters[HitKind.OPEN]),
        "clicked": len(letters[HitKind.CLICK]),
        "downloaded": len(letters[HitKind.DOWNLOAD]),
        "engaged": len(letters[HitKind.CLICK] | letters[HitKind.DOWNLOAD]),
        "visits": sum(visits(found) for found in moments.values()),
        "downloads": sum(h["kind"] is HitKind.DOWNLOAD and not h["is_repeat"] for h in good),
        "web_views": sum(h["kind"] is HitKind.WEB_VIEW for h in good),
        "links": sum(h["link_number"] is not None and not h["is_repeat"] for h in good),
        "machines": len(hits) - len(good),
    }


def visits(moments: Sequence[datetime]) -> int:
    ordered = sorted(moments)
    gaps = [later - earlier for earlier, later in pairwise(ordered)]
    return 1 + sum(gap > timedelta(minutes=30) for gap in gaps)


def test_a_wrong_figure_is_named_and_set_right(sent: Sent) -> None:
    sent.apply(sent.click(1), sent.open(delivery=7, is_personal=True))
    before = sent.figures()
    with transaction(sent.engine) as connection:
        connection.execute(update(GroupFigure).values(clicks=41))
        connection.execute(
            insert(LinkFigure).values(
                mailing_id=sent.mailing_id, link_number=9, group_no=1, counted=3, machine=0
            )
        )
        connection.execute(update(Reader).values(first_click_at=None))
        connection.execute(
            update(DeliveryFigure).where(DeliveryFigure.group_no == 1).values(refused=5)
        )

    found = rebuild(sent.engine, sent.mailing_id)

    assert {(d.table, d.column, d.was, d.is_now) for d in found} == {
        ("group_figure", "clicks", 41, 1),
        ("group_figure", "clicks", 41, 0),
        ("link_figure", "counted", 3, 0),
        ("reader", "first_click_at", None, sent.now),
        ("delivery_figure", "refused", 5, 0),
    }
    assert sent.figures() == before
    assert rebuild(sent.engine, sent.mailing_id) == []


def test_every_hit_names_the_rules_it_was_judged_by(sent: Sent) -> None:
    sent.apply(sent.click(1))

    (hit,) = sent.rows(Hit)
    assert hit["rule_version"] == FIRST_VERSION
    assert hit["reason"]


def test_visitors_without_a_letter_are_rebuilt_as_well(sent: Sent) -> None:
    version = sent.link_document(4)
    sent.apply(sent.on_site(version), sent.on_site(version, after=2))

    assert rebuild(sent.engine, 0) == []
    assert sent.downloads(version) == 2
