"""Withdrawal and erasure reach back: no delivery number stays, what was counted stays."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from outreach.core.config import TrackingMode
from outreach.core.db import transaction
from outreach.stakeholders.consents import leave_list, withdraw_measurement
from outreach.stakeholders.models import ConsentState
from outreach.tracking.forgetting import forget_person, forget_withdrawn, sweep
from outreach.tracking.models import DocumentFigure, GroupFigure, Hit, LinkFigure, Reader
from outreach.tracking.rebuild import rebuild
from tests.factories import Factory
from tests.tracking.factories import Sent
from tests.tracking.sending import sent_mailing


@pytest.fixture
def read(sent: Sent) -> Sent:
    """Letters 7 and 8, of people who agreed, were read; letter 1 as well."""
    sent.apply(
        sent.open(delivery=7, is_personal=True),
        sent.click(1, after=5, delivery=7, is_personal=True),
        sent.click(2, after=9, delivery=8, is_personal=True),
        sent.click(1, after=9),
    )
    return sent


def numbers(sent: Sent) -> set[int | None]:
    rows = [*sent.rows(Hit), *sent.rows(Reader)]
    return {row["number"] for row in rows if row["mailing_id"] == sent.mailing_id}


def test_a_withdrawal_takes_the_number_from_every_table(read: Sent, context: None) -> None:
    with transaction() as session:
        withdraw_measurement(
            session, read.people[7], read.list_id, now=read.now, actor="the person"
        )

    forgotten = forget_withdrawn(read.engine, now=read.now)

    assert forgotten == 1
    assert numbers(read) == {None, 8}
    moved = [hit for hit in read.rows(Hit) if hit["number"] is None]
    assert {hit["group_no"] for hit in moved} == {1}
    assert {hit["seconds_since_sent"] for hit in moved} == {None}


def test_the_letter_stays_counted_once_among_people_who_never_agreed(read: Sent) -> None:
    read.withdraw(7)
    sweep(read.engine)

    assert read.figure(GroupFigure, "clicked") == 3
    assert read.figure(GroupFigure, "clicked", group_no=1) == 2
    assert read.figure(GroupFigure, "opened", group_no=2) == 0
    assert read.figure(LinkFigure, "counted", link_number=1, group_no=1) == 2
    assert rebuild(read.engine, read.mailing_id) == []


def test_a_hit_after_the_withdrawal_counts_by_group_alone(read: Sent) -> None:
    read.withdraw(7)

    read.apply(read.click(3, after=600, delivery=7, is_personal=True))

    last = max(read.rows(Hit), key=lambda hit: hit["id"])
    assert (last["number"], last["group_no"], last["is_letter"]) == (None, 1, False)
    assert read.figure(GroupFigure, "visits", group_no=1) == 2
    assert read.figure(GroupFigure, "clicked", group_no=1) == 1
    assert rebuild(read.engine, read.mailing_id) == []


def test_after_a_withdrawal_the_hits_of_two_visits_are_not_joined(read: Sent) -> None:
    read.withdraw(7)

    read.apply(*(read.click(3, after=9000 * n, delivery=7, is_personal=True) for n in (1, 2)))

    later = [hit["reader"] for hit in read.rows(Hit) if hit["at"] > read.now + timedelta(hours=1)]
    assert len(set(later)) == 2


def test_a_stop_of_long_ago_is_left_to_the_sweep(read: Sent, context: None) -> None:
    with transaction() as session:
        leave_list(session, read.people[7], read.list_id, now=read.now, actor="the person")
    later = read.now + timedelta(hours=1)

    assert forget_withdrawn(read.engine, now=later) == 0
    assert sweep(read.engine) == 1
    assert sweep(read.engine) == 0


def test_whoever_still_agrees_is_not_forgotten(read: Sent) -> None:
    assert sweep(read.engine) == 0
    assert numbers(read) == {None, 7, 8}


def test_consent_that_was_never_confirmed_follows_nobody(sent: Sent) -> None:
    sent.withdraw(7, ConsentState.PENDING)

    sent.apply(sent.click(1, delivery=7, is_personal=True))

    assert numbers(sent) == {None}


def test_an_erasure_forgets_although_consent_still_stands(read: Sent, context: None) -> None:
    with transaction() as session:
        forget_person(session, read.people[7])

    assert numbers(read) == {None, 8}


def test_an_erasure_forgets_whom_the_deliveries_no_longer_name(read: Sent, context: None) -> None:
    with transaction() as session:
        _take_the_person_away(session, read, 7)
        forget_person(session, read.people[7])

    assert numbers(read) == {None, 8}


def _take_the_person_away(session: Session, sent: Sent, number: int) -> None:
    sent.delivery(session, number).stakeholder_id = None


def test_a_person_merged_into_another_is_forgotten_with_the_other(
    read: Sent, context: None
) -> None:
    with transaction() as session:
        read.person(session, 7).merged_into_id = read.people[8]
    with transaction() as session:
        forget_person(session, read.people[8])

    assert numbers(read) == {None}


def test_where_everybody_is_followed_small_groups_count_in_the_total_alone(
    app: Flask, make: Factory, sent: Sent
) -> None:
    one = sent_mailing(app, make, sent.now, unlinked=0, personal=8, mode=TrackingMode.INDIVIDUAL)
    small = sent_mailing(app, make, sent.now, unlinked=0, personal=4, mode=TrackingMode.INDIVIDUAL)
    for mailing in (one, small):
        mailing.withdraw(1)

    for mailing in (one, small):
        mailing.apply(mailing.click(1, delivery=1, is_personal=True))

    assert one.figure(GroupFigure, "visits", group_no=2) == 1
    assert small.figure(GroupFigure, "visits", group_no=0) == 1


def test_figures_survive_the_person_and_the_document(read: Sent, context: None) -> None:
    version = read.link_document(3)
    read.apply(read.download(3, after=900, delivery=7, is_personal=True))
    before = read.figure(DocumentFigure, "downloads", version_id=version)

    with transaction() as session:
        forget_person(session, read.people[7])
    read.archive(version)

    assert before == 1
    assert read.figure(DocumentFigure, "downloads", version_id=version) == 1
    assert rebuild(read.engine, read.mailing_id) == []
