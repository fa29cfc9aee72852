"""Mail that breaks what reads it: it is quarantined, and what came behind it is read (B9, R9)."""

import random

import pytest
from sqlalchemy import func, select

from outreach.core.db import db
from outreach.core.state import state
from outreach.inbox.jobs import KNOWN, take
from outreach.inbox.models import InboundKind, InboundMail
from outreach.inbox.naming import named_in
from outreach.questions.models import Question
from tests.inbox.conftest import Returned

pytestmark = pytest.mark.usefixtures("context")
SEED = 20260302
BROKEN = (
    b"From: A\x00da <ada\x00@example.net>\r\nTo: %b\r\nSubject: Hello \x00\xff you\r\n"
    b"Message-ID: <x\x00@y>\r\nIn-Reply-To: <a\x00b@c>\r\n\r\nI ask\x00 you \xff\xfe something?\r\n"
)


def _spoilt(raw: bytes, chance: random.Random) -> bytes:
    octets = bytearray(raw)
    for _ in range(chance.randint(1, 12)):
        octets[chance.randrange(len(octets))] = chance.choice([0, 10, 13, 128, 216, 255])
    return bytes(octets)


def test_no_octets_keep_a_message_from_being_kept(returned: Returned) -> None:
    chance, signer = random.Random(SEED), state(returned.kit.app).signer
    person = BROKEN % returned.sender(1).encode()
    whole = [person, returned.report(2), returned.complaint(3)]
    messages = {person, *(_spoilt(chance.choice(whole), chance) for _ in range(60))}

    for raw in messages:
        take(raw, signer)

    kept = db.session.scalars(select(InboundMail)).all()
    assert {mail.raw for mail in kept} == messages
    assert [mail.effect for mail in kept if "log says why" in mail.effect] == []


def test_what_cannot_be_taken_in_is_quarantined_once_and_keeps_nothing_waiting(
    returned: Returned, monkeypatch: pytest.MonkeyPatch
) -> None:
    signer, really = state(returned.kit.app).signer, named_in

    def fail_at_poison(session: object, raw: bytes, *arguments: object) -> object:
        if b"poison" in raw:
            raise RuntimeError("as no code should")
        return really(session, raw, *arguments)  # type: ignore[arg-type]  # handed on as they are

    monkeypatch.setattr("outreach.inbox.taking.named_in", fail_at_poison)
    poison = b"From: ada@example.net\r\nSubject: poison\r\n\r\nx\r\n"
    kinds = [take(raw, signer) for raw in (poison, returned.report(1), poison)]

    assert kinds == ["unreadable", "bounce", KNOWN]
    kept = db.session.scalars(select(InboundMail).order_by(InboundMail.id)).first()
    assert kept is not None
    assert (kept.kind, kept.raw, kept.is_open) == (InboundKind.UNREADABLE, poison, True)


def test_mails_without_a_message_id_are_a_question_each(returned: Returned) -> None:
    raw = f"From: ada@example.net\r\nTo: {returned.sender(1)}\r\nSubject: Why?\r\n\r\n"

    for number in range(4):
        take(f"{raw}Question {number}\r\n".encode(), state(returned.kit.app).signer)

    assert db.session.scalar(select(func.count()).select_from(Question)) == 4
