"""A frozen letter stays what it was, and its links have their numbers."""

from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.db import transaction
from outreach.core.text import LocalText
from outreach.mailings.blocks import compose, dump
from outreach.mailings.freezing import FrozenLetter, freeze, gather, render_frozen, thaw
from outreach.mailings.models import LinkKind, Mailing, MailingLink, MailingRevision
from outreach.mailings.rendering import PlainLinks, TrackedLinks, Unrenderable
from outreach.projects.models import Project, SenderProfile
from outreach.results.models import Document, DocumentVersion, StoredFile
from tests.factories import Factory
from tests.mailings.factories import BASE, SENDER, MailingFactory


def _freeze(mailing_id: int, now: datetime) -> MailingRevision:
    with transaction() as session:
        mailing = session.get_one(Mailing, mailing_id)
        return freeze(session, mailing, sender=SENDER, base_url=BASE, now=now)


def _gather(session: Session, mailing_id: int) -> FrozenLetter:
    mailing = session.get_one(Mailing, mailing_id)
    return gather(session, mailing, sender=SENDER, base_url=BASE)


def test_what_a_revision_keeps_is_what_was_gathered(
    room: MailingFactory, session: Session, now: datetime
) -> None:
    mailing_id = room.mailing()
    gathered = _gather(session, mailing_id)

    revision = _freeze(mailing_id, now)

    kept = thaw(revision)
    assert kept.model_copy(update={"numbers": ()}) == gathered
    assert [block_id for block_id, _, _ in kept.numbers] == ["b2", "b3", "b3", "b5"]
    assert session.get_one(Mailing, mailing_id).revision_id == revision.id


def test_compiling_again_gives_the_same_bytes_whatever_changed_meanwhile(
    room: MailingFactory, make: Factory, session: Session, now: datetime
) -> None:
    project_id = make.project()
    revision = _freeze(room.mailing(project_id), now)
    before = render_frozen(thaw(revision), TrackedLinks(BASE))

    with transaction() as writing:
        project = writing.get_one(Project, project_id)
        project.acknowledgement = LocalText(en="Quite another funder.")
        project.question_address = "elsewhere@example.org"
        for version in writing.scalars(select(DocumentVersion)):
            version.address = "https://example.org/moved"
    revision = session.get_one(MailingRevision, revision.id)

    assert render_frozen(thaw(revision), TrackedLinks(BASE)) == before
    assert "supported by the call" in before.text


def test_links_are_numbered_as_they_stand_in_the_letter(
    room: MailingFactory, session: Session, now: datetime
) -> None:
    mailing_id = room.mailing()

    rendered = render_frozen(thaw(_freeze(mailing_id, now)), TrackedLinks(BASE))

    rows = session.scalars(
        select(MailingLink).where(MailingLink.mailing_id == mailing_id).order_by(MailingLink.number)
    ).all()
    assert [row.number for row in rows] == [1, 2, 3, 4]
    assert [row.label for row in rows] == [
        "work",
        "View the brief",
        "About this page",
        "Questions we are asked",
    ]
    assert [(r.number, r.address) for r in rows] == [(x.number, x.address) for x in rendered.links]
    assert rows[3].address.startswith(f"{BASE}/results/")


def test_only_a_file_of_ours_is_a_download(
    room: MailingFactory, make: Factory, session: Session, now: datetime
) -> None:
    result_id = make.result()
    elsewhere = make.address_document(result_id)
    ours = make.address_document(result_id)
    with transaction() as writing:
        writing.add(
            StoredFile(
                sha256="a" * 64, size=1_234_567, content_type="application/pdf", created_at=now
            )
        )
        version = writing.get_one(Document, ours).versions[0]
        version.address, version.sha256 = None, "a" * 64
    items = [{"label": f"View {n}", "target": f"document:{n}"} for n in (elsewhere, ours)]
    content = dump(compose([{"kind": "calls_to_action", "items": items}]))
    mailing_id = room.mailing(room.project_of(result_id), result_id=result_id, content=content)

    rendered = render_frozen(thaw(_freeze(mailing_id, now)), TrackedLinks(BASE))

    kinds = {
        row.document_id: (row.kind, row.version_id)
        for row in session.scalars(select(MailingLink))
        if row.label.startswith("View")
    }
    assert kinds[elsewhere][0] is LinkKind.CLICK
    assert kinds[ours] == (LinkKind.DOWNLOAD, version.id)
    assert "PDF, 1.2\xa0MB, English" in rendered.text


def test_freezing_again_replaces_the_links(
    room: MailingFactory, session: Session, now: datetime
) -> None:
    mailing_id = room.mailing()
    first = _freeze(mailing_id, now)
    with transaction() as writing:
        mailing = writing.get_one(Mailing, mailing_id)
        mailing.content = dump(compose([{"kind": "headline", "text": "No links"}]))

    second = _freeze(mailing_id, now)

    assert second.id != first.id
    assert session.scalars(select(MailingLink)).all() == []
    assert len(thaw(session.get_one(MailingRevision, first.id)).content.blocks) == 6


def test_the_way_to_ask_carries_a_token_only_where_something_is_measured(
    room: MailingFactory, session: Session
) -> None:
    letter = _gather(session, room.mailing())

    measured = render_frozen(letter, TrackedLinks(BASE)).text
    plain = render_frozen(letter, PlainLinks()).text

    assert f"{BASE}/ask?via=\ue000url:measure\ue001" in measured
    assert f"{BASE}/ask?mailing={letter.web_key}" in plain
    assert "measure" not in plain


def test_questions_go_to_the_announced_project_and_mail_comes_from_the_lists_sender(
    room: MailingFactory, make: Factory, session: Session
) -> None:
    project_id = make.project(question_address="ask@example.org")
    mailing_id = room.mailing(project_id)
    by_default = _gather(session, mailing_id)
    with transaction() as writing:
        mailing = writing.get_one(Mailing, mailing_id)
        mailing.mailing_list.sender_profile = SenderProfile(
            name="team", from_name="The team", from_address="team@example.org"
        )

    own = _gather(session, mailing_id)

    assert by_default.reply_address == by_default.question_address == "ask@example.org"
    assert (by_default.sender_name, by_default.sender_address) == (SENDER.name, SENDER.email)
    assert (own.sender_name, own.sender_address) == ("The team", "team@example.org")
    assert own.message_domain == "example.org"


def test_everything_is_taken_in_the_letters_language(
    room: MailingFactory, make: Factory, session: Session
) -> None:
    project_id = make.project(
        acknowledgement=LocalText(en="Funded.", de="Gefördert."), website="https://example.org"
    )
    letter = _gather(session, room.mailing(project_id, language="de"))

    assert list(letter.acknowledgements.values()) == ["Gefördert."]
    assert letter.role_name(room.roles["politician"]) != letter.role_name(None)
    assert letter.role_name(None) == "Abonnentin oder Abonnent"


def test_what_a_block_refers_to_and_is_not_there_is_named(
    room: MailingFactory, session: Session
) -> None:
    items = [{"label": "Read it", "target": "document:999999"}]
    content = dump(compose([{"kind": "calls_to_action", "items": items}]))
    letter = _gather(session, room.mailing(content=content))

    with pytest.raises(Unrenderable, match="“Read it”"):
        render_frozen(letter, PlainLinks())
