"""Users: added by an administrator or the command line, never by themselves."""

import uuid
from datetime import datetime

from email_validator import EmailNotValidError, validate_email
from flask_security import hash_password
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.accounts.models import Access, Membership, User
from outreach.core.errors import Conflict, Refusal

PASSWORD_LENGTH = 12


def add_user(
    session: Session,
    email: str,
    access: Access,
    *,
    password: str,
    now: datetime,
    name: str = "",
    project_id: int | None = None,
    is_demo: bool = False,
) -> User:
    """Add a user with one membership (in `project_id`, or in all projects when None).

    Raises Refusal for a malformed address or a password under 12 characters, Conflict when the
    address has an account. Needs an application context, for the password hash.
    """
    address = _checked(email)
    if len(password) < PASSWORD_LENGTH:
        raise Refusal(f"The password needs at least {PASSWORD_LENGTH} characters.")
    if session.scalar(select(User.id).where(User.email == address)):
        raise Conflict(f"{address} has an account already.")
    user = User(
        email=address,
        name=name,
        password=hash_password(password),
        fs_uniquifier=uuid.uuid4().hex,
        created_at=now,
        is_demo=is_demo,
    )
    user.memberships.append(Membership(access=access, project_id=project_id))
    session.add(user)
    return user


def grant(session: Session, user: User, access: Access, *, project_id: int | None = None) -> None:
    """Give a user one more access level; having it already is fine."""
    held = {(membership.access, membership.project_id) for membership in user.memberships}
    if (access, project_id) not in held:
        user.memberships.append(Membership(access=access, project_id=project_id))
        session.add(user)


def _checked(email: str) -> str:
    try:
        return validate_email(email, check_deliverability=False).normalized.lower()
    except EmailNotValidError as error:
        raise Refusal(f"{email!r} is no e-mail address: {error}") from error


def set_active(user: User, *, is_active: bool) -> None:
    """Let a user sign in or keep them out; a new uniquifier ends every session they have (S13)."""
    user.active = is_active
    user.fs_uniquifier = uuid.uuid4().hex
