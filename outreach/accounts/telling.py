"""Writing to users about what happened while they were away; the letters leave when mail can."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.accounts.models import Access, Membership, User
from outreach.mail import outbox
from outreach.mail.letter import Address


def administrators(session: Session) -> Sequence[User]:
    """Return everybody who may see and set all of the installation."""
    found = (
        select(User)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.access == Access.ADMINISTRATOR, User.active)
        .order_by(User.id)
    )
    return session.scalars(found).unique().all()


def tell(
    session: Session,
    users: Iterable[User],
    kind: str,
    *,
    now: datetime,
    reference: tuple[str, int] | None = None,
    **words: str,
) -> None:
    """Write to users with the words of the templates `emails/<kind>`."""
    templates = current_app.jinja_env  # the pages' own frame needs a request, which we are not in
    for user in users:
        outbox.post(
            session,
            kind=kind,
            to=Address(user.email, user.name),
            subject=templates.get_template(f"emails/{kind}/subject.txt").render(words),
            text=templates.get_template(f"emails/{kind}/body.txt").render(words),
            headers=outbox.AUTOMATIC,
            reference=reference,
            now=now,
        )
