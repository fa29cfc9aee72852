"""What goes along when a person's address changes: their wishes, and letters we sent to the old."""

from datetime import datetime

from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from outreach.mail.models import OutboxLetter
from outreach.stakeholders.models import Stakeholder
from outreach.stakeholders.suppressions import WISHES, carry_over

OWN_LETTERS = or_(
    # Those of questions go with the questions.
    OutboxLetter.subject_type.in_(("sign_up", "own_link")),
    OutboxLetter.kind == "test",
)
"""Letters of this room and test copies of mailings, which only their recipient ties to a person."""


def move(
    session: Session,
    person: Stakeholder,
    *,
    old_email: str | None,
    old_fingerprint: str | None,
    actor: str,
    now: datetime,
) -> None:
    """Carry over what is tied to the address a person had until now; nothing where it is the same.

    An erasure finds letters to the old address by the person from then on.
    """
    if old_fingerprint is None or old_fingerprint == person.fingerprint:
        return
    session.flush()  # what is written of the new address must find it
    session.execute(
        update(OutboxLetter)
        .where(OutboxLetter.recipient == old_email, OWN_LETTERS)
        .values(subject_type=Stakeholder.__tablename__, subject_id=person.id)
    )
    new = person.fingerprint or ""
    carry_over(session, old_fingerprint, new, WISHES, person.id, actor=actor, now=now)
