"""What is done about people not heard of for years (`silence`): a proposal, never a verdict.

Staff ask once, record a renewed basis, or erase; each run is a change set that is reported and
cannot be undone.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.changes import Change, ChangeKind, ChangeSet
from outreach.core.contributions import Erasure
from outreach.core.keys import KeyRing
from outreach.mail.writing import write
from outreach.projects.models import List
from outreach.stakeholders.eligibility import withheld_reason
from outreach.stakeholders.erasing import erase
from outreach.stakeholders.ledger import record_consent
from outreach.stakeholders.models import (
    ASKED_BY_US,
    Basis,
    Consent,
    ConsentState,
    Purpose,
    SignUp,
    Stakeholder,
)
from outreach.stakeholders.phrases import PHRASES
from outreach.stakeholders.sender import Desk, post_letter
from outreach.stakeholders.silence import ANSWER_WITHIN, asked_at
from outreach.stakeholders.wordings import WORDING
from outreach.web.phrasebook import day_in


def _run(session: Session, label: str, actor: str, now: datetime) -> ChangeSet:
    batch = ChangeSet(kind=ChangeKind.RETENTION, label=label, actor=actor, created_at=now)
    session.add(batch)
    session.flush()  # changes name their set
    return batch


def ask_once(
    session: Session, ids: Sequence[int], *, desk: Desk, now: datetime, actor: str
) -> ChangeSet:
    """Mail the question whether to go on to whoever gets letters and was not asked before."""
    batch = _run(session, "Asked whether they still want letters", actor, now)
    query = select(Stakeholder, asked_at()).where(Stakeholder.id.in_(ids))
    asked = 0
    for person, asked_before in session.execute(query).all():
        lists = [] if asked_before else _lists_of(session, person.id, now)
        if lists and person.email:
            _post(session, person, lists, desk, now)
            session.add(
                Change(
                    change_set_id=batch.id,
                    object_type="stakeholder",
                    object_id=person.id,
                    after={"asked": True},
                )
            )
            asked += 1
    batch.summary = {"counts": {"asked": asked, "left alone": len(ids) - asked}}
    return batch


def _lists_of(session: Session, person_id: int, now: datetime) -> list[List]:
    """The lists of which letters go out to them: whoever gets none is not asked by letter."""
    query = (
        select(List)
        .join(Consent, Consent.list_id == List.id)
        .join(Stakeholder, Stakeholder.id == Consent.stakeholder_id)
        .where(
            Consent.stakeholder_id == person_id,
            Consent.purpose == Purpose.NEWSLETTER,
            withheld_reason(Consent.list_id, now).is_(None),
        )
    )
    return list(session.scalars(query.order_by(List.id)))


def _post(
    session: Session, person: Stakeholder, lists: Sequence[List], desk: Desk, now: datetime
) -> None:
    """The answer is a sign-up of their own: the page with one button, and a line of the ledger."""
    asked = SignUp(
        email=person.email,
        fingerprint=person.fingerprint,
        list_ids=[found.id for found in lists],
        roles=[],
        other_role="",
        language=person.language,
        wording_version=WORDING,
        source=ASKED_BY_US,
        requested_at=now,
        expires_at=now + ANSWER_WITHIN,
        mailed_at=now,
    )
    session.add(asked)
    session.flush()  # the letter's link names the row
    names = ", ".join(found.name.pick(person.language) for found in lists)
    written = write(
        "still_wanted",
        language=person.language,
        phrase=PHRASES.speaker(person.language),
        list_name=names,
        address=f"{desk.base_url}/subscribe/confirm/{desk.signer.sign_up(asked.id, now)}"
        f"?lang={person.language}",
        until=day_in(person.language, asked.expires_at),
        controller=lists[0].controller,
    )
    post_letter(
        session,
        written,
        kind="still_wanted",
        email=asked.email,
        its_list=lists[0],
        reference=("sign_up", asked.id),
        now=now,
    )


def renew(
    session: Session,
    ids: Sequence[int],
    list_id: int,
    *,
    basis: Basis,
    source: str,
    now: datetime,
    actor: str,
) -> ChangeSet:
    """Record why they may still be written to; whoever left stays off."""
    batch = _run(session, f"Renewed basis: {source}"[:200], actor, now)
    standing = select(Consent.stakeholder_id).where(
        Consent.stakeholder_id.in_(ids),
        Consent.list_id == list_id,
        Consent.purpose == Purpose.NEWSLETTER,
        Consent.state == ConsentState.ACTIVE,
    )
    found = session.scalars(standing).all()
    for person_id in found:
        record_consent(
            session,
            person_id,
            list_id,
            Purpose.NEWSLETTER,
            ConsentState.ACTIVE,
            basis=basis,
            source=source,
            actor=actor,
            now=now,
            change_set_id=batch.id,
        )
    batch.summary = {"counts": {"renewed": len(found), "left alone": len(ids) - len(found)}}
    return batch


def erase_silent(
    session: Session,
    ids: Sequence[int],
    *,
    erasures: Iterable[Erasure],
    ring: KeyRing,
    now: datetime,
    actor: str,
) -> ChangeSet:
    """Erase people, each as if they had asked for it."""
    batch = _run(session, "Erased after a long silence", actor, now)
    steps = list(erasures)
    for person_id in ids:
        erase(session, person_id, now=now, erasures=steps, ring=ring, actor=actor)
    batch.summary = {"counts": {"erased": len(ids)}}
    return batch
