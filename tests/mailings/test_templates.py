"""Templates: a letter kept under a name, within reach of its network's or project's editors."""

import io
import re
from html import unescape

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.db import db, transaction
from outreach.mailings import blocks
from outreach.mailings.blocks import dump, load
from outreach.mailings.models import Mailing
from outreach.mailings.template_models import LetterTemplate
from outreach.mailings.templates import may_remove, owners_of, save_as_template, templates
from tests.cast import Cast
from tests.factories import Factory
from tests.mailings.factories import MailingFactory
from tests.web_client import post

STAFF = "/staff/mailings"


def test_a_letter_is_kept_and_begins_another(app: Flask, cast: Cast, room: MailingFactory) -> None:
    mailing_id = room.mailing(cast.project_id, subject="Monthly, {name|reader}")
    with app.app_context():
        mailing = db.session.get_one(Mailing, mailing_id)
        list_id, owner = mailing.list_id, mailing.results[0].project.acronym
        slug = mailing.results[0].slug
    with app.app_context(), transaction() as session:
        found = session.get_one(Mailing, mailing_id)
        found.content = dump(blocks.belong(load(found.content), "b1", slug))
    kept = {"name": " The  monthly ", "owner": owner}
    for _ in range(2):
        post(cast.ada, f"{STAFF}/{mailing_id}/template", kept)
    nameless = post(
        cast.ada,
        f"{STAFF}/{mailing_id}/template",
        {**kept, "name": " "},
        follow_redirects=True,
    )
    with app.app_context():
        (template,) = db.session.scalars(select(LetterTemplate)).all()
        template_id = template.id
    offered = cast.ada.get(f"{STAFF}/new")
    begun = post(
        cast.ada,
        f"{STAFF}/new/from-template",
        {"template_id": template_id, "title": "April", "list_id": list_id},
        follow_redirects=True,
    )

    assert "The template has no name yet." in nameless.text
    assert f"The monthly ({owner})" in offered.text
    assert "from the template" in cast.ada.get(begun.request.path.replace("/details", "")).text
    with app.app_context():
        draft = db.session.scalars(select(Mailing).where(Mailing.title == "April")).one()
        original = db.session.get_one(Mailing, mailing_id)
        assert draft.subject == "Monthly, {name|reader}"
        assert (draft.results, draft.audience["role_ids"]) == ([], [])
        assert [b.kind for b in load(draft.content).blocks] == [
            b.kind for b in load(original.content).blocks
        ]
        assert {b.result for b in load(draft.content).blocks} == {""}
    post(cast.ada, f"{STAFF}/templates/{template_id}/remove")
    assert "No letter is kept yet" in cast.ada.get(f"{STAFF}/templates").text


def test_a_template_is_its_projects_or_its_networks(
    cast: Cast, room: MailingFactory, session: Session
) -> None:
    mailing_id = room.mailing(cast.project_id)
    with transaction() as writing:
        mailing = writing.get_one(Mailing, mailing_id)
        owners = owners_of(writing, mailing, None)
        limited = owners_of(writing, mailing, [cast.project_id])
        for name, owner in owners.items():
            save_as_template(writing, mailing, name, owner=owner, actor="Ada", now=cast.make.now)

    def seen(*project_ids: int) -> set[tuple[bool, bool]]:
        found = templates(session, project_ids)
        return {(each.network_id is not None, may_remove(each, project_ids)) for each in found}

    assert len(owners) == 2
    assert len(limited) == 1
    assert len(templates(session, None)) == 2
    assert seen(cast.project_id) == {(False, True), (True, False)}
    assert seen() == set()
    assert (False, False) not in seen(cast.other_project_id)


def test_the_example_of_a_markdown_file_makes_a_draft(
    cast: Cast, room: MailingFactory, make: Factory
) -> None:
    make.list_of(cast.project_id)
    make.result(cast.project_id)
    shown = re.findall(r"<pre [^>]*>(---.*?)</pre>", cast.ada.get("/staff/mailings/new").text, re.S)
    file = (io.BytesIO(unescape(shown[0]).encode()), "example.md")

    made = post(cast.ada, "/staff/mailings/new/from-file", {"file": file}, follow_redirects=True)

    assert "Cities that listen" in made.text
    assert made.request.path.endswith("/details")
