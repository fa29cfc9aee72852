"""Drafts made of a result or of a Markdown file."""

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from outreach.core.db import transaction
from outreach.core.paths import PACKAGE
from outreach.core.text import LocalText
from outreach.mailings.announcing import announce
from outreach.mailings.audience import Audience, audience_of
from outreach.mailings.blocks import (
    Acknowledgement,
    CallsToAction,
    Headline,
    Relevance,
    Text,
    load,
)
from outreach.mailings.importing import UnknownNames, export_draft, import_draft
from outreach.mailings.markdown import UnreadableFile, parse
from outreach.mailings.models import Mailing, MailingState
from outreach.mailings.subject_test import SubjectLine, SubjectTest
from outreach.projects.models import List, Project
from outreach.results.models import DocumentKind, Result
from outreach.stakeholders.models import Segment, Tier
from tests.factories import Factory
from tests.mailings.factories import MailingFactory

EXAMPLE = (PACKAGE / "mailings" / "example.md").read_text(encoding="utf-8")
SUMMARY = """**Go-betweens** hold neighbourhoods together.

- What they [do](https://example.org)
- What helps them

They need time."""


def _announce(result_id: int, list_id: int, now: datetime, language: str = "en") -> Mailing:
    with transaction() as session:
        result = session.get_one(Result, result_id)
        return announce(session, result, list_id=list_id, language=language, actor="Ada", now=now)


def _import(text: str, now: datetime, project_ids: frozenset[int] | None = None) -> Mailing:
    with transaction() as session:
        return import_draft(session, text, actor="Ada", now=now, project_ids=project_ids)


def _segment(now: datetime) -> int:
    with transaction() as session:
        segment = Segment(name="Mayors: NO & “AT”", rule={}, created_at=now, updated_at=now)
        session.add(segment)
        session.flush()
        return segment.id


def _reference_case(make: Factory) -> int:
    """Make the project, list, result and documents that the example file names."""
    project_id = make.project(website="https://example.org/smarturbi")
    result_id = make.result(project_id, slug="socially-smart-cities")
    for kind in (DocumentKind.POLICY_BRIEF, DocumentKind.REPORT):
        make.address_document(result_id, kind=kind)
    list_id = make.list_of(project_id)
    with make.app.app_context(), transaction() as session:
        session.get_one(Project, project_id).slug = "smarturbi"
        session.get_one(List, list_id).slug = "smart-urban-futures"
    return project_id


def test_announcing_a_result_fills_what_is_known_of_it(
    make: Factory, session: Session, now: datetime
) -> None:
    project_id = make.project(website="https://example.org/project")
    result_id = make.result(
        project_id, title=LocalText(en="Learn from go-betweens"), summary=LocalText(en=SUMMARY)
    )
    brief = make.address_document(result_id, kind=DocumentKind.POLICY_BRIEF)
    make.address_document(result_id, kind=DocumentKind.FAQ)

    mailing = _announce(result_id, make.list_of(project_id), now)

    blocks = load(mailing.content).blocks
    slug = session.get_one(Project, project_id).slug
    assert [block.kind for block in blocks] == [
        "headline",
        "relevance",
        "text",
        "calls_to_action",
        "acknowledgement",
        "faq_link",
        "ask_us",
    ]
    assert isinstance(blocks[0], Headline)
    assert blocks[0].text == "Learn from go-betweens"
    assert blocks[0].intro == "Go-betweens hold neighbourhoods together."
    assert isinstance(blocks[1], Relevance)
    assert blocks[1].points == ("What they do", "What helps them")
    assert isinstance(blocks[2], Text)
    assert blocks[2].markdown == "They need time."
    assert isinstance(blocks[3], CallsToAction)
    assert [(item.label, item.target) for item in blocks[3].items] == [
        ("View the policy brief", f"document:{brief}"),
        ("Learn about the project", f"page:project/{slug}"),
    ]
    assert isinstance(blocks[4], Acknowledgement)
    assert [result.id for result in mailing.results] == [result_id]
    assert mailing.subject == "Learn from go-betweens"


def test_a_heading_of_the_summary_goes_with_its_points_and_none_stands_alone(
    make: Factory, session: Session, now: datetime
) -> None:
    summary = (
        "### In short\n\nThey hold it.\n\n### What was found\n\n- *One*\n- Two\n\n### Next\n\nMore."
    )
    result_id = make.result(make.project(), summary=LocalText(en=summary))

    mailing = _announce(result_id, make.list_of(make.project()), now)

    headline, relevance, text = load(mailing.content).blocks[:3]
    assert isinstance(headline, Headline)
    assert headline.intro == "They hold it."
    assert isinstance(relevance, Relevance)
    assert (relevance.lead, relevance.points) == ("What was found", ("One", "Two"))
    assert isinstance(text, Text)
    assert text.markdown == "### Next\n\nMore."


def test_a_result_of_which_little_is_known_still_makes_a_letter(
    make: Factory, session: Session, now: datetime
) -> None:
    project_id = make.project(acknowledgement=LocalText())
    result_id = make.result(project_id, title=LocalText(en="Short"))

    mailing = _announce(result_id, make.list_of(project_id), now)

    kinds = [block.kind for block in load(mailing.content).blocks]
    assert kinds == ["headline", "acknowledgement", "faq_link", "ask_us"]


def test_a_result_is_announced_in_the_letters_language(
    make: Factory, session: Session, now: datetime
) -> None:
    project_id = make.project()
    result_id = make.result(project_id, title=LocalText(en="Short", fr="Bref"))
    make.address_document(result_id, kind=DocumentKind.REPORT)

    mailing = _announce(result_id, make.list_of(project_id), now, "fr")

    actions = load(mailing.content).blocks[1]
    assert (mailing.language, mailing.subject) == ("fr", "Bref")
    assert isinstance(actions, CallsToAction)
    assert actions.items[0].label == "Lire le rapport"


def test_the_reference_case_comes_out_of_its_file(
    room: MailingFactory, make: Factory, session: Session, now: datetime
) -> None:
    _reference_case(make)

    mailing = _import(EXAMPLE, now)

    assert mailing.state is MailingState.DRAFT
    assert mailing.due_at is None
    assert (mailing.due_local, mailing.due_zone) == ("2026-12-01 09:00", "Europe/Brussels")
    assert audience_of(mailing).role_ids == tuple(
        room.roles[slug] for slug in ("policy-maker", "politician", "ngo", "funder")
    )
    actions = next(b for b in load(mailing.content).blocks if isinstance(b, CallsToAction))
    targets = [item.target for item in actions.items]
    assert targets[0].startswith("document:")
    assert targets[0].removeprefix("document:").isdigit()
    assert targets[2] == "page:project/smarturbi"


def test_a_draft_written_to_a_file_is_the_same_draft_again(
    room: MailingFactory, make: Factory, session: Session, now: datetime
) -> None:
    _reference_case(make)
    first = _import(EXAMPLE, now)
    segment_id = _segment(now)
    with transaction() as writing:
        mailing = writing.get_one(Mailing, first.id)
        mailing.audience = Audience(
            role_ids=(room.roles["ngo"], room.roles["funder"]),
            tiers=(Tier.EU, Tier.COUNTRY),
            countries=("NO", "AT"),
            languages=("de", "no"),
            segment_ids=(segment_id,),
            not_role_ids=(room.roles["media"],),
            not_segment_ids=(segment_id,),
            not_mailing_ids=(first.id,),
            is_invitation=True,
        ).model_dump(mode="json")
        test = SubjectTest(others=(SubjectLine(preheader="Read on, {name|you}"),), share=50)
        mailing.subject_test = test.model_dump(mode="json")
    session.expire_all()

    again = _import(export_draft(session, first), now)

    assert (again.content, again.audience) == (first.content, first.audience)
    assert again.subject_test == first.subject_test
    assert (again.title, again.subject, again.due_local) == (
        first.title,
        first.subject,
        first.due_local,
    )
    assert parse(export_draft(session, again)) == parse(export_draft(session, first))


def test_everything_a_file_names_in_vain_is_said_at_once(
    room: MailingFactory, make: Factory, session: Session, now: datetime
) -> None:
    _reference_case(make)
    text = (
        EXAMPLE.replace("politician,", "mayor,")
        .replace("(document:report)", "(document:raport)")
        .replace("acknowledgement smarturbi", "acknowledgement smarturbo")
    )

    with pytest.raises(UnknownNames) as refused:
        _import(text, now)

    assert refused.value.names == (
        "role “mayor”",
        "document “raport”",
        "project “smarturbo”",
    )


def test_who_is_limited_to_a_project_names_nothing_of_others(
    room: MailingFactory, make: Factory, session: Session, now: datetime
) -> None:
    project_id = _reference_case(make)

    assert _import(EXAMPLE, now, frozenset({project_id})).id
    with pytest.raises(UnknownNames, match=r"list “smart-urban-futures”.*result “socially"):
        _import(EXAMPLE, now, frozenset({project_id + 1}))


def test_a_file_that_cannot_be_read_makes_no_draft(
    make: Factory, session: Session, now: datetime
) -> None:
    with pytest.raises(UnreadableFile, match="Line 1"):
        _import("no front matter", now)

    assert session.query(Mailing).count() == 0
