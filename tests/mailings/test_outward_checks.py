"""Around the letter: the sender's domain, where answers go, colours, and links never tried."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from outreach.core.db import transaction
from outreach.mail.dns_records import DnsAway
from outreach.mail.letter import Address
from outreach.mailings import links, sender_domain
from outreach.mailings.domain_models import DomainCheck
from outreach.mailings.findings import Report
from outreach.mailings.following import UNCHECKED, Outcome
from outreach.mailings.gathering import gather
from outreach.mailings.models import Mailing
from outreach.mailings.outward_checks import about_colours, about_replies
from outreach.mailings.overriding import answer_for
from outreach.mailings.preflight import check
from outreach.mailings.traits import spam_like_subject
from tests.mailings.factories import BASE, OUTLET, MailingFactory

SENDER = "news@city-network.eu"


def _report(session: Session, mailing_id: int, now: datetime) -> Report:
    session.expire_all()
    mailing = session.get_one(Mailing, mailing_id)
    sender = {**OUTLET, "sender": Address(SENDER, "The network")}
    return check(session, mailing, now=now, **sender)


def _said(report: Report) -> str:
    return " ".join(f"{each.level} {each.message} {each.remedy}" for each in report.findings)


def test_the_senders_domain_is_looked_up_when_asked_and_never_called_missing_offline(
    app: Flask, room: MailingFactory, session: Session, now: datetime
) -> None:
    mailing_id = room.mailing()

    def away(*_: str) -> list[str]:
        raise DnsAway("no network")

    def looked_up(answers: object) -> str:
        with transaction() as writing:
            sender_domain.ask(writing, SENDER, now=now)
        assert sender_domain.look_up_waiting(app, ask_dns=answers) == 1  # type: ignore[arg-type]
        return _said(_report(session, mailing_id, now))

    before = _said(_report(session, mailing_id, now))
    offline = looked_up(away)
    bare = looked_up(lambda name, kind: ["10 mx."] if kind == "MX" else [])
    later = _said(_report(session, mailing_id, now + timedelta(days=9_000)))

    assert "city-network.eu was not looked up yet" in before
    assert "could not be checked: DNS gave no answer" in offline
    assert "no SPF" not in offline
    assert "warning Sender's domain, SPF: city-network.eu has no SPF record" in bare
    assert "DMARC" in bare
    assert "MX" not in bare
    assert "was not looked up yet" in later
    assert sender_domain.look_up_waiting(app) == 0


def test_a_key_that_does_not_fit_blocks_until_somebody_answers_for_it(
    room: MailingFactory, session: Session, now: datetime
) -> None:
    mailing_id = room.mailing()
    with transaction() as writing:
        sender_domain.ask(writing, SENDER, now=now)
        found = writing.get_one(DomainCheck, "city-network.eu")
        found.checked_at, found.said = now, {"faults": [["DKIM", "It fits not.", "Publish it."]]}
    blocked = _report(session, mailing_id, now)
    with transaction() as writing:
        mailing = writing.get_one(Mailing, mailing_id)
        code = "dns:dkim:city-network.eu"
        answer_for(writing, mailing, code, "The relay signs.", actor="Ada", now=now)

    assert "It fits not." in blocked.blocks[0].message
    assert "The relay signs. (Ada)" in _said(_report(session, mailing_id, now))
    assert not _report(session, mailing_id, now).blocks


def test_links_tried_without_a_network_are_told_once_and_block_nothing(
    app: Flask, room: MailingFactory, session: Session, now: datetime
) -> None:
    mailing_id = room.mailing()
    mailing = session.get_one(Mailing, mailing_id)
    letter = gather(session, mailing, sender=OUTLET["sender"], base_url=BASE)
    with transaction() as writing:
        links.ask(writing, mailing, links.outward(letter), now=now)
    links.try_waiting(app, look=lambda _: Outcome(False, f"{UNCHECKED}no connection came about"))

    report = _report(session, mailing_id, now)

    assert not report.blocks
    assert (
        sum("could not be checked from this server" in each.message for each in report.warnings)
        == 1
    )
    assert "untried" not in _said(report)


@pytest.mark.parametrize(
    ("address", "inbox", "said"),
    [
        ("no-reply@city.eu", None, "by its name nobody reads"),
        ("DoNotReply@city.eu", "", "by its name nobody reads"),
        ("ask@city.eu", "", "reads no mailbox"),
        ("ask@city.eu", "other@city.eu", "it reads other@city.eu"),
        ("ask@city.eu", "ASK@city.eu", ""),
        ("ask@city.eu", None, ""),
    ],
)
def test_answers_nobody_reads(address: str, inbox: str | None, said: str) -> None:
    found = " ".join(each.message for each in about_replies(address, inbox))

    assert said in found
    assert bool(said) == bool(found)


def test_colours_are_looked_at_and_a_brands_own_is_told_when_it_had_to_give_way() -> None:
    assert list(about_colours("")) == list(about_colours("#0b5d66")) == []
    (pale,) = about_colours("#ffee00")
    assert "too little contrast; letters show #" in pale.message


@pytest.mark.parametrize("subject", ["Re: your grant", "FWD: news", "AW: Termin"])
def test_a_subject_that_feigns_an_answer_is_told(subject: str) -> None:
    assert any("as if it were an answer" in each for each in spam_like_subject(subject))
    assert not spam_like_subject("Report: what cities need")
