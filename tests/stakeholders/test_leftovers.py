"""What an import made besides people goes with the last who needed it, when it is taken back."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.changes import ChangeSet
from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.projects.models import Organisation, Partner, Project
from outreach.stakeholders import undoing
from outreach.stakeholders.leftovers import forget_employers
from outreach.stakeholders.models import Stakeholder, Tag, Topic
from outreach.stakeholders.segments.rules import Condition, Group, Rule
from outreach.stakeholders.segments.services import save_segment
from outreach.stakeholders.undoing import Undone
from tests.cast import Cast
from tests.stakeholders.factories import People
from tests.stakeholders.importing import bring_in
from tests.web_client import post

CSV = """email,name,organisation,tags,topics
p0@example.org,P 0,New Trust,forum,heat
p1@example.org,P 1,New Trust,forum; new,floods
p2@example.org,P 2,Other Trust,new,heat
p3@example.org,P 3,City of Palmyra,known,known
known@example.org,Known,New Trust,new,floods
"""


@pytest.fixture
def batch_id(
    people: People, list_id: int, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> int:
    """An import that makes organisations, tags and topics, taken back in groups of two."""
    monkeypatch.setattr(undoing, "GROUP", 2)
    monkeypatch.setattr(undoing, "PAUSE_SECONDS", 0)
    people.person("known@example.org", name="Known", organisation="City of Palmyra")
    left = people.person(
        "gone@example.org", organisation="Empty", tags=("known",), topics=("known",)
    )
    with transaction() as writing:
        writing.get_one(Stakeholder, left).organisation = None
    report = bring_in(people, tmp_path, CSV, list_id=list_id)
    return report.change_set_id or 0


def take_back(people: People, batch_id: int) -> Undone:
    done, is_all = undoing.undo_at_once(batch_id, most=9, now=people.now, actor="Ada")
    assert is_all
    return done


def test_what_an_import_made_besides_people_goes_with_them(
    people: People, session: Session, batch_id: int
) -> None:
    done = take_back(people, batch_id)

    assert done == Undone(removed=4, restored=1, organisations=2, tags=2, topics=2)
    assert _names(session) == {"City of Palmyra", "Empty", "known"}
    assert session.get_one(ChangeSet, batch_id).summary["undone"]["organisations"] == 2


def test_what_others_use_meanwhile_stays(people: People, session: Session, batch_id: int) -> None:
    project_id = people.make.project()
    with transaction() as writing:
        trust, other = (_named(writing, Organisation, f"{name} Trust") for name in ("New", "Other"))
        other.website = "https://example.org"
        project = writing.get_one(Project, project_id)
        project.partners.append(Partner(organisation=trust))
        tag, topic = (
            _named(writing, model, name) for model, name in ((Tag, "new"), (Topic, "heat"))
        )
        _segment(writing, people, tag=str(tag.id), topic=str(topic.id))
    people.person("later@example.org", tags=("forum",), topics=("floods",))

    done = take_back(people, batch_id)

    assert (done.organisations, done.tags, done.topics) == (0, 0, 0)
    assert {"New Trust", "Other Trust", "new", "forum", "heat", "floods"} <= _names(session)


def test_what_staff_changed_by_hand_since_stays(
    people: People, cast: Cast, session: Session, batch_id: int
) -> None:
    ada = cast.ada
    topic_id, trust_id = (
        _named(session, model, name).id
        for model, name in ((Topic, "heat"), (Organisation, "Other Trust"))
    )
    post(ada, f"/staff/settings/topics/{topic_id}", {"name_en": "Heat"})
    said = {"name": "The Other Trust", "kind": "", "country": ""}
    post(ada, f"/staff/settings/organisations/{trust_id}", said)

    done = take_back(people, batch_id)

    assert (done.organisations, done.topics) == (1, 1)
    assert {"The Other Trust", "Heat"} <= _names(session)


def test_of_an_import_that_did_not_note_what_was_there_all_stays(
    people: People, session: Session, batch_id: int
) -> None:
    with transaction() as writing:
        writing.get_one(ChangeSet, batch_id).summary = {"counts": {"new": 4}}

    assert take_back(people, batch_id) == Undone(removed=4, restored=1)


def test_an_import_that_was_cut_off_noted_what_was_there(
    people: People, list_id: int, session: Session, tmp_path: Path
) -> None:
    def cut_off(_done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bring_in(people, tmp_path, CSV, list_id=list_id, progress=cut_off)
    session.rollback()
    batch = session.scalars(select(ChangeSet).order_by(ChangeSet.id.desc())).first()

    done = take_back(people, batch.id if batch else 0)

    assert (done.removed, done.organisations, done.tags, done.topics) == (5, 3, 3, 3)


def test_the_page_says_what_went(people: People, cast: Cast, batch_id: int) -> None:
    with transaction() as writing:
        writing.get_one(ChangeSet, batch_id).created_at = now()
    here = "/staff/stakeholders/batches"

    said = post(cast.ada, f"{here}/{batch_id}/undo", follow_redirects=True).text
    later = cast.ada.get(here).text

    for page in (said, later):
        told = "4 people, 2 organisations, 2 tags, 2 topics removed; 1 person as before"
        assert f"Taken back: {told}" in page


@pytest.mark.parametrize("database_uri", ["postgresql"], indirect=True)
def test_an_organisation_somebody_joins_at_this_moment_stays(
    people: People, session: Session
) -> None:
    with transaction() as writing:
        writing.add(trust := Organisation(name="Trust"))
        writing.flush()
        trust_id = trust.id
    with db.engine.connect() as joining:
        joining.execute(select(Organisation.id).with_for_update(key_share=True))
        with transaction() as writing:
            assert forget_employers(writing, [trust_id]) == 0


def _segment(session: Session, people: People, **asked: str) -> None:
    conditions = tuple(Condition(kind=kind, values=(value,)) for kind, value in asked.items())
    rule = Rule(groups=(Group(conditions=conditions),))
    save_segment(session, None, name="Warm", description="", rule=rule, actor="Ada", now=people.now)


def _named(session: Session, model: type[Any], name: str) -> Any:
    key = model.slug if model is Topic else model.name
    return session.scalars(select(model).where(key == name)).one()


def _names(session: Session) -> set[str]:
    found = [*session.scalars(select(Organisation.name)), *session.scalars(select(Tag.name))]
    return {*found, *(topic.name.pick() for topic in session.scalars(select(Topic)))}
