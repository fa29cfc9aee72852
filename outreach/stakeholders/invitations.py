"""Sign-up links: a link or QR code for one occasion that presets list, role, topic and source."""

import secrets
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.stakeholders.models import SignUpLink
from outreach.stakeholders.texts import one_line

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without letters that look alike: people also type these addresses off a screen."""
KEY_LENGTH = 10


def invite(
    session: Session,
    label: str,
    *,
    list_id: int,
    roles: tuple[str, ...],
    topic_id: int | None,
    expires_at: datetime,
    now: datetime,
    actor: str,
) -> SignUpLink:
    """Make a link for an occasion."""
    link = SignUpLink(
        key="".join(secrets.choice(ALPHABET) for _ in range(KEY_LENGTH)),
        label=one_line(label, 200),
        list_id=list_id,
        roles=list(roles),
        topic_id=topic_id,
        created_at=now,
        created_by=actor[:200],
        expires_at=expires_at,
    )
    session.add(link)
    session.flush()  # the next page shows it by its id
    return link


def link_by_key(session: Session, key: str) -> SignUpLink | None:
    """Return the link with this key, open or not; None for none."""
    if len(key) != KEY_LENGTH or not key.isascii():
        return None
    return session.scalars(select(SignUpLink).where(SignUpLink.key == key)).one_or_none()


def end_link(link: SignUpLink, *, now: datetime) -> None:
    """Let a link no longer lead to its own form."""
    link.expires_at = min(link.expires_at, now)
