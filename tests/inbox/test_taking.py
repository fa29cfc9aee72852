"""What comes back is tied to its letter by the signed token alone, and does what its class asks."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.state import state
from outreach.delivery.figures import recount
from outreach.delivery.models import Delivery, DeliveryState
from outreach.inbox.jobs import KNOWN, messages_in, take, take_unread
from outreach.inbox.models import InboundKind, InboundMail
from outreach.inbox.sameness import former_digest_of
from outreach.stakeholders.models import Suppression, SuppressionReason
from tests.inbox.conftest import Returned

pytestmark = pytest.mark.usefixtures("context")


def _take(returned: Returned, raw: bytes) -> InboundMail:
    take(raw, state(returned.kit.app).signer)
    return db.session.scalars(select(InboundMail).order_by(InboundMail.id.desc())).first()  # type: ignore[return-value]  # it was just stored


def _suppressed() -> dict[str, SuppressionReason]:
    lines = db.session.scalars(select(Suppression)).all()
    return {line.fingerprint: line.reason for line in lines}


def test_a_dead_address_is_suppressed_at_once_and_the_letter_bounced(returned: Returned) -> None:
    mail = _take(returned, returned.report(2))

    assert returned.delivery(2).state is DeliveryState.BOUNCED
    assert _suppressed() == {returned.fingerprint(2): SuppressionReason.BOUNCED}
    assert (mail.mailing_id, mail.number, mail.is_open) == (returned.mailing_id, 2, False)
    assert mail.raw == returned.report(2)


@pytest.mark.parametrize(
    ("fields", "state_after", "is_open"),
    [
        ({"Status": "5.2.2", "Diagnostic_Code": "smtp; 552 5.2.2 full"}, "bounced", False),
        ({"Status": "4.4.7", "Diagnostic_Code": "smtp; 451 4.4.7 expired"}, "bounced", False),
        ({"Status": "5.7.1", "Diagnostic_Code": "smtp; 554 5.7.1 spam"}, "bounced", True),
        ({"Action": "delayed", "Status": "4.0.0"}, "accepted", False),
        ({"Action": "delivered", "Status": "2.0.0"}, "accepted", False),
    ],
)
def test_what_may_pass_or_is_policy_suppresses_nobody(
    returned: Returned, fields: dict[str, str], state_after: str, is_open: bool
) -> None:
    mail = _take(returned, returned.report(1, **fields))

    assert _suppressed() == {}
    assert returned.delivery().state == state_after
    assert mail.is_open is is_open


def test_three_mailings_in_a_row_over_two_weeks_that_came_back_softly_give_an_address_up(
    returned: Returned,
) -> None:
    person = returned.delivery(1).stakeholder_id
    for weeks in (1, 2, 3):
        with transaction() as session:
            session.execute(
                update(Delivery)
                .where(Delivery.mailing_id == returned.mailing_id, Delivery.number == 1)
                .values(settled_at=now() - timedelta(weeks=3 - weeks))
            )
        _take(
            returned,
            returned.report(1, Status="5.2.2", Diagnostic_Code=f"smtp; full {weeks}"),
        )
        assert bool(_suppressed()) is (weeks == 3)
        if weeks < 3:
            returned = Returned(returned.kit, _next_mailing(returned))

    assert returned.delivery(1).stakeholder_id == person


def _next_mailing(returned: Returned) -> int:
    """Copy the deliveries to another mailing, as if it had been sent as well."""
    mailing_id = returned.kit.mailing()
    returned.kit.deliveries_made(mailing_id)
    with transaction() as session:
        session.execute(
            update(Delivery)
            .where(Delivery.mailing_id == mailing_id)
            .values(state=DeliveryState.ACCEPTED, settled_at=now())
        )
        recount(session.connection(), mailing_id)
    return mailing_id


def test_a_complaint_unsubscribes_for_good_and_other_feedback_does_not(returned: Returned) -> None:
    for number, kind in ((1, "abuse"), (2, "not-spam"), (3, "auth-failure"), (4, "virus")):
        _take(returned, returned.complaint(number, kind))

    assert _suppressed() == {returned.fingerprint(1): SuppressionReason.COMPLAINED}


def test_a_report_without_a_genuine_token_has_no_effect_and_waits_for_a_person(
    returned: Returned,
) -> None:
    genuine = returned.sender(1)
    forged = genuine.replace(genuine[12:15], "aaa")
    for raw in (
        returned.report(to="person1000000@mail.example.org"),
        returned.report(to=forged),
        returned.report(to=f"{genuine}, {returned.sender(2)}"),
        returned.complaint(to="news@mail.example.org"),
    ):
        assert _take(returned, raw).is_open

    assert _suppressed() == {}
    states = db.session.scalars(select(Delivery.state).distinct()).all()
    assert states == [DeliveryState.ACCEPTED]


def test_relays_that_change_the_case_of_the_token_lose_nothing(returned: Returned) -> None:
    _take(returned, returned.report(to=returned.sender(3).upper()))

    assert list(_suppressed()) == [returned.fingerprint(3)]


def test_a_message_is_stored_once_and_marked_only_then(returned: Returned) -> None:
    raw = returned.report()

    class Box:
        marked: list[str] = []

        def unread(self) -> Iterator[tuple[str, bytes]]:
            yield "1", raw
            yield "2", raw
            yield "3", b"\xff\x00 no message at all"

        def mark(self, uid: str) -> None:
            assert db.session.scalar(select(InboundMail.id)) is not None
            self.marked.append(uid)

    counts = take_unread(Box(), state(returned.kit.app).signer)

    assert counts == {InboundKind.BOUNCE.value: 1, KNOWN: 1, InboundKind.UNREADABLE.value: 1}
    assert Box.marked == ["1", "2", "3"]


def test_the_same_mail_from_a_mailbox_and_from_files_is_one(
    returned: Returned, tmp_path: Path
) -> None:
    head = b"Message-ID:\r\n <1@far.example>\r\nDate: Mon, 2 Mar 2026 09:00:00 +0000\r\n"
    raw = head + returned.report().replace(b"Sorry.\r\n", b"Sorry.\r\nFrom here on:\r\n\r\n")
    lines = raw.replace(b"\r\n", b"\n").replace(b"\nFrom here", b"\n>From here")
    (tmp_path / "mbox").write_bytes(
        b"From x Mon Mar  2 09:00:00 2026\nReturn-Path: <>\nStatus: RO\n" + lines + b"\n\n"
    )
    (tmp_path / "one.eml").write_bytes(b"Delivered-To: us\n" + raw.replace(b"\r\n", b"\n"))
    other = raw.replace(b"somebody@far", b"somebody.else@far")
    signer = state(returned.kit.app).signer

    kinds = [take(raw, signer)]
    kinds += [
        take(one, signer) for name in ("mbox", "one.eml") for one in messages_in(tmp_path / name)
    ]
    kinds += [take(other, signer)]

    assert kinds == ["bounce", KNOWN, KNOWN, "bounce"]


def test_without_a_message_id_only_line_endings_may_differ(returned: Returned) -> None:
    raw = returned.report()
    signer = state(returned.kit.app).signer

    kinds = [
        take(one, signer)
        for one in (raw, raw.replace(b"\r\n", b"\n"), b"Received: by far.example\r\n" + raw)
    ]

    assert kinds == ["bounce", KNOWN, "bounce"]


def test_mail_taken_in_when_each_octet_counted_is_known(returned: Returned) -> None:
    raw = b"Message-ID: <1@far.example>\r\nSubject: Hello\r\n\r\nHello\r\n"
    mail = _take(returned, raw)
    with transaction():
        mail.digest = former_digest_of(raw)

    assert take(raw, state(returned.kit.app).signer) == KNOWN


def test_what_came_back_is_forgotten_with_its_person(returned: Returned) -> None:
    mail = _take(returned, returned.report(2))
    person = returned.delivery(2).stakeholder_id
    assert person is not None

    with transaction() as session:
        erase_steps = state(returned.kit.app).contributions.erasures
        for step in erase_steps:
            if "inbound_mail" in step.tables:
                step.erase(session, person)

    db.session.refresh(mail)
    assert (mail.raw, mail.sender, mail.stakeholder_id) == (b"", "", None)


def test_a_report_about_a_letter_of_ours_that_says_nothing_is_shown_for_a_decision(
    returned: Returned,
) -> None:
    mail = _take(returned, returned.report(1, Action="", Status=""))

    assert (mail.kind, mail.is_open) == (InboundKind.NOTICE, True)
    assert mail.effect == "None yet. What it says is not certain."
    assert returned.delivery().state is DeliveryState.ACCEPTED
