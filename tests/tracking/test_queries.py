"""What came of a mailing, read in a constant number of statements."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import event, update
from sqlalchemy.orm import Session

from outreach.core.db import db, transaction
from outreach.delivery.models import TokenGroup
from outreach.tracking.queries import (
    Counts,
    document_lines,
    hour_lines,
    link_lines,
    mailing_figures,
    withdrawn_document,
)
from tests.factories import Factory
from tests.tracking.factories import Sent
from tests.tracking.sending import sent_mailing


@pytest.fixture
def two_roles(app: Flask, make: Factory, now: datetime) -> Sent:
    """Letters 1 to 12 unlinked, 13 to 16 personal; odd numbers politicians, even ones NGOs."""
    return sent_mailing(
        app, make, now, unlinked=12, personal=4, roles=("ngo", "politician"), links=3
    )


def test_rows_by_role_add_up_to_the_total(two_roles: Sent, session: Session) -> None:
    two_roles.apply(
        two_roles.click(1, delivery=2),
        two_roles.click(1, delivery=1),
        two_roles.open(delivery=3),
        two_roles.click(2, delivery=13, is_personal=True),
        two_roles.open(delivery=4, family="crawler"),
    )
    roles = two_roles.make.roles()

    figures = mailing_figures(session, two_roles.mailing_id)

    assert figures is not None
    rows = {row.value: row for row in figures.by("role_id")}
    assert rows[roles["ngo"]].counts == Counts(
        clicked=1, engaged=1, visits=1, clicks=1, machine_opens=1
    )
    assert rows[roles["politician"]].counts.clicked == 2
    assert rows[roles["politician"]].counts.opened == 1
    assert {row.letters for row in rows.values()} == {row.sent for row in rows.values()} == {8}
    assert figures.total.clicked == sum(row.counts.clicked for row in rows.values())
    assert figures.total.machine == 1
    assert figures.agreed.clicked == 1
    assert figures.sent == 16


def test_folded_groups_are_one_row_that_comes_last(two_roles: Sent, session: Session) -> None:
    with transaction() as writing:
        writing.execute(
            update(TokenGroup)
            .where(TokenGroup.no.in_([1, 2]))
            .values(role_id=None, folded=["role_id"], is_measured=False)
        )

    figures = mailing_figures(session, two_roles.mailing_id)

    assert figures is not None
    *_, last = figures.by("role_id")
    assert (last.value, last.is_folded, last.unmeasured) == (None, True, last.letters)
    with pytest.raises(KeyError):
        figures.by("email")


def test_what_can_be_told_by_no_group_counts_in_the_total(sent: Sent, session: Session) -> None:
    with transaction() as writing:
        writing.execute(update(TokenGroup).values(is_personal=True))
    sent.withdraw(7)
    sent.apply(sent.click(1, delivery=7, is_personal=True))

    figures = mailing_figures(session, sent.mailing_id)

    assert figures is not None
    assert figures.beside.visits == figures.total.visits == 1


def test_a_mailing_that_was_never_sent_has_no_figures(session: Session) -> None:
    assert mailing_figures(session, 4711) is None


def test_links_are_listed_with_what_machines_did_beside(sent: Sent, session: Session) -> None:
    sent.apply(sent.click(2), sent.click(2, after=50, delivery=2), sent.click(2, family="library"))

    lines = link_lines(session, sent.mailing_id)

    assert [(line.number, line.counted, line.machine) for line in lines] == [
        (1, 0, 0),
        (2, 2, 1),
        (3, 0, 0),
        (4, 0, 0),
    ]
    assert lines[1].address == "https://example.org/2"


def test_documents_and_hours_are_listed(sent: Sent, session: Session) -> None:
    file = sent.link_document(3)
    elsewhere = sent.link_document(4, address="https://zenodo.example/1")
    sent.apply(
        sent.download(3),
        sent.download(3, after=3600, delivery=2),
        sent.click(4, after=4000, delivery=3),
        sent.on_site(file),
    )

    documents = document_lines(session, sent.mailing_id)
    hours = hour_lines(session, sent.mailing_id, until=sent.now + timedelta(hours=72))

    assert [(d.downloads, d.followed, d.address) for d in documents] == [
        (2, 0, ""),
        (0, 1, "https://zenodo.example/1"),
    ]
    assert documents[0].title.pick() == "Policy brief"
    assert [(h.hour, h.visits, h.downloads) for h in hours] == [
        (sent.now, 1, 1),
        (sent.now + timedelta(hours=1), 2, 1),
    ]
    assert [d.downloads for d in document_lines(session, 0)] == [1]
    assert elsewhere


def test_the_number_of_statements_does_not_grow(two_roles: Sent, session: Session) -> None:
    statements: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))

    mailing_figures(session, two_roles.mailing_id)
    link_lines(session, two_roles.mailing_id)

    reads = [statement for statement in statements if "FROM" in statement]
    assert len(reads) == 6


def test_a_document_taken_back_names_a_page_that_leads_on(sent: Sent, session: Session) -> None:
    version = sent.link_document(3)

    found = withdrawn_document(session, version)

    assert found is not None
    assert found.result_slug.startswith("result-")
    assert withdrawn_document(session, 4711) is None
