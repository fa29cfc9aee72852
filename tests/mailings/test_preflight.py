"""Pre-flight: what keeps a mailing back, and what is only pointed at."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from outreach.core.db import transaction
from outreach.core.errors import Refusal
from outreach.core.text import LocalText
from outreach.mailings import links
from outreach.mailings.blocks import (
    compose,
    dump,
    entitle,
    load,
    replace,
    say_otherwise,
    show_to,
    speak,
)
from outreach.mailings.findings import Finding, Report, Step
from outreach.mailings.following import Outcome
from outreach.mailings.gathering import gather
from outreach.mailings.models import Mailing
from outreach.mailings.overriding import answer_for
from outreach.mailings.preflight import check, is_public
from outreach.mailings.subject_test import SubjectLine, SubjectTest
from outreach.mailings.traits import spam_like, spam_like_subject
from outreach.projects.models import Programme, Project
from outreach.results.models import Result
from tests.factories import Factory
from tests.mailings.factories import BASE, OUTLET, SENDER, MailingFactory


def _check(session: Session, mailing_id: int, now: datetime, **outlet: Any) -> Report:
    session.expire_all()
    mailing = session.get_one(Mailing, mailing_id)
    return check(session, mailing, now=now, **{**OUTLET, **outlet})


def _messages(findings: Sequence[Finding]) -> str:
    return " ".join(f"{found.message} {found.remedy}" for found in findings)


def _letter(*blocks: dict[str, Any]) -> dict[str, Any]:
    return dump(compose(blocks))


SUPPORTED = LocalText(en="SmartUrbI is supported by ENSUF.")


def test_a_mailing_that_is_ready_has_nothing_to_put_right(
    room: MailingFactory, make: Factory, session: Session, now: datetime
) -> None:
    mailing_id = room.mailing(make.project(acknowledgement=SUPPORTED))
    mailing = session.get_one(Mailing, mailing_id)
    before = _check(session, mailing_id, now)
    letter = gather(session, mailing, sender=SENDER, base_url=BASE)
    with transaction() as writing:
        links.ask(writing, mailing, links.outward(letter), now=now)
    links.try_waiting(make.app, look=lambda _: Outcome(is_dead=False))

    report = _check(session, mailing_id, now)

    assert _messages(before.findings).startswith("2 links are still untried")
    assert report.findings == ()
    assert len(report.passed) == 13
    assert report.audience.recipients == 1


def test_a_dead_link_blocks_until_somebody_answers_for_it(
    room: MailingFactory, make: Factory, session: Session, now: datetime
) -> None:
    mailing_id = room.mailing(make.project(acknowledgement=SUPPORTED))
    with transaction() as writing:
        mailing = writing.get_one(Mailing, mailing_id)
        links.ask(writing, mailing, ["https://example.org/work"], now=now)
    links.try_waiting(make.app, look=lambda _: Outcome(is_dead=True, detail="nobody is there"))
    found = _check(session, mailing_id, now).blocks

    with transaction() as writing:
        mailing = writing.get_one(Mailing, mailing_id)
        with pytest.raises(Refusal):
            answer_for(writing, mailing, found[0].code, " well ", actor="Ada", now=now)
        answer_for(writing, mailing, found[0].code, "It opens on Monday.", actor="Ada", now=now)
    report = _check(session, mailing_id, now)

    assert [each.block_id for each in found] == ["b2"]
    assert "nobody is there" in found[0].message
    assert report.blocks == ()
    assert "It goes out in spite of it: It opens on Monday. (Ada)" in _messages(report.warnings)


def test_the_words_of_a_credit_line_are_held_against_its_programme(
    room: MailingFactory, make: Factory, session: Session, now: datetime
) -> None:
    project_id = make.project(acknowledgement=LocalText(en="Thanks to the European Union."))
    mailing_id = room.mailing(project_id)
    with transaction() as writing:
        call = writing.get_one(Project, project_id).call
        call.programme, call.grant_number = Programme.H2020, "693443"

    wrong = _check(session, mailing_id, now)
    with transaction() as writing:
        project = writing.get_one(Project, project_id)
        project.acknowledgement = LocalText(en="European Union, grant agreement No 693443.")
    right = _check(session, mailing_id, now)

    assert "grant agreement 693443" in _messages(wrong.blocks)
    assert right.blocks == ()


def test_a_credit_line_is_read_in_every_language_of_the_letter(
    room: MailingFactory, make: Factory, session: Session, now: datetime
) -> None:
    german = "Gefördert von der Europäischen Union, Nr. 693443."
    project_id = make.project(acknowledgement=LocalText(de=german, fr="Merci.", en="Thanks."))
    mailing_id = room.mailing(project_id, language="de")
    with transaction() as writing:
        call = writing.get_one(Project, project_id).call
        call.programme, call.grant_number = Programme.H2020, "693443"

    german_alone = _check(session, mailing_id, now)
    with transaction() as writing:
        mailing = writing.get_one(Mailing, mailing_id)
        mailing.content = dump(speak(load(mailing.content), ["fr"]))
    french_too = _check(session, mailing_id, now)

    assert german_alone.blocks == ()
    assert [found.message for found in french_too.blocks] == [
        "The acknowledgement of SmartUrbI in French does not say what its programme asks for: "
        "the European Union and grant agreement 693443."
    ]


def test_every_line_and_every_variant_is_looked_at(
    room: MailingFactory, session: Session, now: datetime
) -> None:
    tried = SubjectTest(others=(SubjectLine(subject="Re: {first_name}, hello"),))
    mailing_id = room.mailing(subject_test=tried.model_dump(mode="json"))
    with transaction() as writing:
        mailing = writing.get_one(Mailing, mailing_id)
        content = speak(load(mailing.content), ["de"])
        content = entitle(content, "de", {"subject": "{organisation}: " + "x" * 70})
        content = say_otherwise(content, "b2", "ngo")
        content = replace(
            content,
            f"b{content.last}",
            {"kind": "text", "markdown": "Act now, [click](https://a.example)"},
        )
        mailing.content = dump(content)

    found = _check(session, mailing_id, now).findings

    said = [(each.message, each.step) for each in found]
    assert (
        "The subject of line B begins with “Re:” as if it were an answer.",
        Step.DETAILS,
    ) in said
    assert ("{first_name} stays empty for people of whom we do not know it.", Step.DETAILS) in said
    assert ("The subject in German has 72 characters; phones show about 60.", Step.CONTENT) in said
    assert (
        "{organisation} stays empty for people of whom we do not know it.",
        Step.CONTENT,
    ) in said
    assert ("The preview line is not in German.", Step.CONTENT) in said
    assert "{organisation|your organisation}" in _messages(found)
    assert [each.block_id for each in found if "“Act now”" in each.message] == [f"b{content.last}"]


def test_variants_without_words_or_approval_are_pointed_at(
    room: MailingFactory, session: Session, now: datetime
) -> None:
    mailing_id = room.mailing()
    with transaction() as writing:
        mailing = writing.get_one(Mailing, mailing_id)
        content = speak(load(mailing.content), ["de"])
        mailing.content = dump(show_to(content, "b2", ["ngo"]))

    said = _messages(_check(session, mailing_id, now).warnings)

    assert "5 blocks are not in German" in said
    assert "The subject is not in German" in said
    assert "4 of 4 variants are not approved" in said


def test_words_of_unwanted_mail_are_named() -> None:
    words = "word " * 50

    assert spam_like(words) == spam_like_subject("A calm subject") == []
    assert "capitals" in spam_like_subject("FREE")[0]
    assert "Act now" in spam_like_subject("Act now")[0]
    assert "click here" in spam_like(f"click here {words}")[0]
    assert "shouts" in spam_like(f"THIS LETTER SHOUTS LOUD {words}")[0]
    assert "hardly any words" in spam_like("One.")[0]


@pytest.mark.parametrize(
    ("values", "step", "message"),
    [
        ({"audience": {}}, Step.DETAILS, "Nobody is chosen"),
        ({"readers": 0}, Step.DETAILS, "may be written to"),
        ({"subject": ""}, Step.DETAILS, "subject is missing"),
        ({"content": {}}, Step.CONTENT, "letter is empty"),
    ],
)
def test_what_is_missing_blocks_at_its_step(
    room: MailingFactory,
    session: Session,
    now: datetime,
    values: dict[str, Any],
    step: Step,
    message: str,
) -> None:
    report = _check(session, room.mailing(**values), now)

    assert message in _messages([found for found in report.blocks if found.step is step])


def test_the_funders_credit_line_may_not_be_missing(
    room: MailingFactory, session: Session, now: datetime
) -> None:
    mailing_id = room.mailing(content=_letter({"kind": "headline", "text": "Hello"}))

    report = _check(session, mailing_id, now)

    assert "acknowledgement of SmartUrbI's funder is missing" in _messages(report.blocks)


def test_a_project_without_a_credit_line_is_pointed_at(
    room: MailingFactory, make: Factory, session: Session, now: datetime
) -> None:
    project_id = make.project(acknowledgement=LocalText())
    mailing_id = room.mailing(project_id, content=_letter({"kind": "headline", "text": "Hello"}))

    report = _check(session, mailing_id, now)

    assert report.blocks == ()
    assert "funder is missing" in _messages(report.warnings)


def test_a_programme_of_the_eu_is_thanked_also_without_words_of_ones_own(
    room: MailingFactory, make: Factory, session: Session, now: datetime
) -> None:
    project_id = make.project(acknowledgement=LocalText())
    with transaction() as writing:
        writing.get_one(Project, project_id).call.programme = Programme.HORIZON_EUROPE
    mailing_id = room.mailing(project_id, content=_letter({"kind": "headline", "text": "Hello"}))

    report = _check(session, mailing_id, now)

    assert "funder is missing" in _messages(report.blocks)


def test_braces_that_hold_no_merge_field_are_told_with_their_place(
    room: MailingFactory, make: Factory, session: Session, now: datetime
) -> None:
    markdown = "Dear {Name|colleague}, {{ first_name }} of {organisation|your town}, {name|you}"
    content = _letter(
        {"kind": "headline", "text": "Hello"},
        {"kind": "text", "markdown": f"{markdown} [here](https://example.org/a)"},
        {"kind": "text", "markdown": "[here](https://example.org/b)"},
    )
    mailing_id = room.mailing(make.project(), content=content, subject="For {role of reader}")

    found = _check(session, mailing_id, now).findings

    told = {
        one.message.split("”")[0]: one.block_id for one in found if "no merge field" in one.message
    }
    assert told == {"“{role of reader}": "", "“{Name|colleague}": "b2", "“{{ first_name }}": "b2"}
    (twice,) = (one for one in found if one.message.startswith("Several links say “here”"))
    assert twice.block_id == "b2"


@pytest.mark.parametrize(
    ("markdown", "complaint"),
    [
        ("[](https://example.org/silent)", "https://example.org/silent has no words"),
        ("[words]()", "“words” leads to no address"),
    ],
)
def test_links_need_words_and_an_address(
    room: MailingFactory,
    make: Factory,
    session: Session,
    now: datetime,
    markdown: str,
    complaint: str,
) -> None:
    content = _letter({"kind": "headline", "text": "Hello"}, {"kind": "text", "markdown": markdown})
    mailing_id = room.mailing(make.project(acknowledgement=LocalText()), content=content)

    report = _check(session, mailing_id, now)

    assert [found.block_id for found in report.blocks] == ["b2"]
    assert complaint in _messages(report.blocks)


def test_a_document_that_is_gone_blocks_by_the_name_of_its_button(
    room: MailingFactory, session: Session, now: datetime
) -> None:
    items = [{"label": "Read it", "target": "document:999999"}]
    mailing_id = room.mailing(content=_letter({"kind": "calls_to_action", "items": items}))

    report = _check(session, mailing_id, now)

    assert "“Read it”" in _messages(report.blocks)


def test_a_picture_without_words_blocks(
    room: MailingFactory, session: Session, now: datetime
) -> None:
    content = {
        "version": 1,
        "last": 1,
        "blocks": [{"id": "b1", "kind": "picture", "source": "file:1", "alt": "", "caption": ""}],
    }
    report = _check(session, room.mailing(content=content), now)

    assert "describe the picture for people who do not see it" in _messages(report.blocks)


def test_a_letter_that_would_be_cut_off_blocks(
    room: MailingFactory, make: Factory, session: Session, now: datetime
) -> None:
    long = {"kind": "text", "markdown": "Wort für Wort. " * 1_300}
    content = _letter(*[long] * 5)
    mailing_id = room.mailing(make.project(acknowledgement=LocalText()), content=content)

    report = _check(session, mailing_id, now)

    assert "at most 90 KB" in _messages(report.blocks)


def test_a_list_without_a_postal_address_and_an_unpublished_result_block(
    room: MailingFactory, make: Factory, session: Session, now: datetime
) -> None:
    project_id = make.project()
    result_id = make.result(project_id)
    mailing_id = room.mailing(project_id, result_id=result_id)
    with transaction() as writing:
        writing.get_one(Mailing, mailing_id).mailing_list.postal_address = " "
        writing.get_one(Result, result_id).published_at = None

    report = _check(session, mailing_id, now)

    assert "has no postal address" in _messages(report.blocks)
    assert "is not published" in _messages(report.blocks)


def test_where_no_letter_can_leave_the_remedy_is_named(
    room: MailingFactory, session: Session, now: datetime
) -> None:
    report = _check(session, room.mailing(), now, can_send=False)

    assert "OUTREACH_MAIL_SERVER" in _messages(report.blocks)
    assert "OUTREACH_CATCHER=1" in _messages(report.blocks)


def test_warnings_do_not_block(
    room: MailingFactory, make: Factory, session: Session, now: datetime
) -> None:
    project_id = make.project()
    document_id = make.address_document(make.result(project_id))
    content = room.content(project_id, document_id)
    content["blocks"][0]["intro"] = "Dear {first_name}"
    mailing_id = room.mailing(
        project_id, subject="{name}, " + "x" * 60, preheader="", content=content
    )

    report = _check(session, mailing_id, now, base_url="http://127.0.0.1:8000")

    warnings = _messages(report.warnings)
    assert report.blocks == ()
    for part in (
        "phones show about 60",
        "preview line is missing",
        "{name|colleague}",
        "{first_name|colleague}",
        "only this machine or network",
    ):
        assert part in warnings


def test_a_mailing_without_results_may_go_but_its_faq_link_may_not(
    room: MailingFactory, session: Session, now: datetime
) -> None:
    mailing_id = room.mailing()
    with transaction() as writing:
        mailing = writing.get_one(Mailing, mailing_id)
        mailing.results = []

    report = _check(session, mailing_id, now)

    assert "FAQ link leads nowhere" in _messages(report.blocks)
    assert "announces no result" in _messages(report.warnings)


def test_without_any_reply_address_answers_are_pointed_at(
    room: MailingFactory, make: Factory, session: Session, now: datetime
) -> None:
    project_id = make.project()
    mailing_id = room.mailing(project_id)
    with transaction() as writing:
        writing.get_one(Project, project_id).question_address = ""
        writing.get_one(Mailing, mailing_id).mailing_list.reply_address = ""

    report = _check(session, mailing_id, now)

    assert "perhaps nobody reads" in _messages(report.warnings)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://outreach.example.org", True),
        ("https://8.8.8.8", True),
        ("http://outreach.example.org", False),
        ("https://localhost", False),
        ("https://server.local", False),
        ("https://192.168.1.4", False),
        ("https://[::1]:8000", False),
        ("http://127.0.0.1:8000", False),
    ],
)
def test_an_address_is_public_when_readers_anywhere_could_open_it(
    address: str, expected: bool
) -> None:
    assert is_public(address) is expected
