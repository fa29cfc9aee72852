"""A partner of one project sees a shared mailing's letters and only what its own parts brought."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.db import transaction
from outreach.dashboards.snapshots import build_tables
from outreach.mailings.models import LinkKind, MailingLink, MailingResult
from outreach.questions.models import Question
from outreach.tracking.models import Hit, HitKind, HitLabel
from tests.cast import Cast
from tests.dashboards.factories import sent_mailing
from tests.factories import Factory

LETTERS = {"policy-maker": (60, 0, 20, 12, 6), "ngo": (40, 0, 12, 6, 1)}


def test_of_a_shared_mailing_a_partner_sees_only_its_own_parts(
    cast: Cast, session: Session
) -> None:
    make = cast.make
    mailing_id = sent_mailing(make, cast.project_id, **LETTERS)
    other = make.project("OTHER")
    other_result = make.result(other)
    other_document = make.address_document(other_result)
    with transaction() as writing:
        announced = select(MailingResult.result_id).where(MailingResult.mailing_id == mailing_id)
        own_result = writing.scalars(announced).one()
        writing.add(MailingResult(mailing_id=mailing_id, result_id=other_result, position=1))
        for number, result_id in ((1, own_result), (2, other_result), (3, None)):
            writing.add(_link(mailing_id, number, result_id))
        # One letter clicks all three at once; another reads the other project's part alone.
        for number in (1, 2, 3):
            writing.add(_hit(make, mailing_id, b"a", group=1, link_number=number))
        later = timedelta(hours=2)
        writing.add(_hit(make, mailing_id, b"a", group=1, link_number=2, later=later))
        writing.add(_hit(make, mailing_id, b"b", group=2, link_number=2))
        writing.add(
            _hit(make, mailing_id, b"b", group=2, document_id=other_document, kind="download")
        )
        machine = _hit(make, mailing_id, b"c", group=1, link_number=2)
        machine.label = HitLabel.MACHINE
        writing.add(machine)
        asked = select(Question).where(Question.mailing_id == mailing_id, Question.group_no == 1)
        for question in writing.scalars(asked.limit(5)):
            question.project_id = other
    whole_tables = build_tables(session, cast.project_id, threshold=5)
    whole = dict(whole_tables.totals)

    tables = build_tables(session, other, threshold=5)

    totals = dict(tables.totals)
    assert (totals["Recipients"], totals["Sent"]) == (100, 100) == (whole["Recipients"], 100)
    assert (totals["Visits"], totals["Downloads"], totals["Questions"]) == (3, 1, 5)
    assert whole["Visits"] == 1
    assert whole["Questions"] == 0
    rows = {row[0]: row[1:] for row in tables.by_role}
    assert rows["Policy-makers"][:4] == (60, 2, 1, 0)
    assert rows["Ngos"][:4] == (40, 1, 1, 1)
    # The machine followed a link of this project's part alone.
    assert [row[-1] for row in tables.by_role] == [1, 0]
    assert [row[-1] for row in whole_tables.by_role] == [0, 0]
    assert any("results of other projects" in note for note in tables.notes)
    # Of an opened letter nobody can say for which project it was.
    assert tables.requests == ()


def _link(mailing_id: int, number: int, result_id: int | None) -> MailingLink:
    return MailingLink(
        mailing_id=mailing_id,
        number=number,
        kind=LinkKind.CLICK,
        address=f"https://example.org/{number}",
        label="Read",
        result_id=result_id,
    )


def _hit(
    make: Factory,
    mailing_id: int,
    reader: bytes,
    *,
    group: int,
    kind: str = "click",
    later: timedelta = timedelta(),
    **values: int,
) -> Hit:
    return Hit(
        at=make.now + later,
        kind=HitKind(kind),
        mailing_id=mailing_id,
        group_no=group,
        reader=reader,
        method="GET",
        agent_family="Firefox",
        label=HitLabel.HUMAN,
        reason="",
        rule_version=1,
        **values,
    )
