"""Every hit can be listed with its reason, and the reasons add up to all hits."""

from sqlalchemy.orm import Session

from outreach.tracking.hit_list import PER_PAGE, hit_page, reason_lines
from outreach.tracking.models import HitKind, HitLabel
from tests.tracking.factories import Sent


def test_hits_are_listed_newest_first_with_role_target_and_reason(
    sent: Sent, session: Session
) -> None:
    sent.apply(sent.open(), sent.click(2, after=5), sent.click(1, after=9, family="library"))

    page = hit_page(session, sent.mailing_id)

    assert [(line.kind, line.label) for line in page.lines] == [
        (HitKind.CLICK, HitLabel.MACHINE),
        (HitKind.CLICK, HitLabel.HUMAN),
        (HitKind.OPEN, HitLabel.HUMAN),
    ]
    assert page.lines[1].link_label == "Link 2"
    assert page.lines[0].reason == "a program's library"
    assert all(line.role for line in page.lines)
    assert page.older is None


def test_a_long_list_is_walked_without_gap_or_double(sent: Sent, session: Session) -> None:
    sent.apply(*(sent.open(after=n, delivery=n % 6 + 1) for n in range(PER_PAGE + 3)))

    first = hit_page(session, sent.mailing_id, kind=HitKind.OPEN)
    second = hit_page(session, sent.mailing_id, kind=HitKind.OPEN, before=first.older)

    assert second.older is None
    assert len({line.id for line in (*first.lines, *second.lines)}) == PER_PAGE + 3


def test_reasons_add_up_to_all_hits(sent: Sent, session: Session) -> None:
    version = sent.link_document(4)
    assert version
    sent.apply(
        sent.open(family="apple-privacy"),
        sent.download(4, after=1),
        sent.download(4, after=2),
        *(sent.click(n, after=60 + n / 10, delivery=2) for n in (1, 2, 3)),
    )

    lines = {(line.kind, line.reason): line for line in reason_lines(session, [sent.mailing_id])}

    assert sum(line.hits for line in lines.values()) == 6
    assert lines[HitKind.CLICK, "several links at once"].hits == 3
    assert lines[HitKind.DOWNLOAD, "a mail program or browser"].repeats == 1
