"""Users: added by an administrator or the command line, never by themselves."""

import uuid
from datetime import datetime

from email_validator import EmailNotValidError, validate_email
from flask_security import hash_password
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from outreach.accounts.models import Access, Membership, User
from outreach.accounts.signing_in import end_all
from outreach.core.errors import Conflict, NotFound, Refusal
from outreach.projects.models import Project

PASSWORD_LENGTH = 12


def add_user(
    session: Session,
    email: str,
    access: Access,
    *,
    password: str | None,
    now: datetime,
    name: str = "",
    project_id: int | None = None,
    is_demo: bool = False,
) -> User:
    """Add a user with one membership (in `project_id`, or in all projects when None).

    Without a password nobody can sign in until a mailed link was used to set one. Raises Refusal
    for a malformed address or a password under 12 characters, Conflict when the address has an
    account. Needs an application context, for the password hash.
    """
    address = _checked(email)
    if session.scalar(select(User.id).where(User.email == address)):
        raise Conflict(f"{address} has an account already.")
    user = User(
        email=address,
        name=name,
        password=None if password is None else _hashed(password),
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


def set_active(session: Session, user: User, *, is_active: bool, now: datetime) -> None:
    """Let a user sign in or keep them out, which ends every stay they have (S13).

    Raises Conflict when nobody who administers would be left.
    """
    _lock_administrators(session)
    user.active = is_active
    end_all(session, user, now=now)
    _refuse_without_administrator(session)


def end_membership(session: Session, user: User, membership_id: int) -> Membership:
    """Take one access level away from a user, from their next page on, and return what it was.

    Raises NotFound when it is none of theirs, Conflict when nobody who administers would be left.
    """
    _lock_administrators(session)
    ended = next((held for held in user.memberships if held.id == membership_id), None)
    if ended is None:
        raise NotFound
    user.memberships.remove(ended)
    _refuse_without_administrator(session)
    return ended


def set_password(session: Session, user: User, password: str, *, now: datetime) -> None:
    """Give a user a new password; every stay and every mailed link of before is over.

    Raises Refusal for one under 12 characters.
    """
    user.password = _hashed(password)
    end_all(session, user, now=now)


def describe(access: Access, project: Project | None) -> str:
    """Say an access level and where it holds: "editor in SmartUrbI", "analyst in all projects"."""
    return f"{access.value} in {project.acronym if project else 'all projects'}"


def _hashed(password: str) -> str:
    if len(password) < PASSWORD_LENGTH:
        raise Refusal(f"The password needs at least {PASSWORD_LENGTH} characters.")
    return str(hash_password(password))


def _administrators() -> Select[int]:
    """Who can sign in and let others in: active, and administering all projects."""
    return (
        select(User.id)
        .join(User.memberships)
        .where(
            User.active, Membership.access == Access.ADMINISTRATOR, Membership.project_id.is_(None)
        )
    )


def _lock_administrators(session: Session) -> None:
    """Let nobody else take one of them away at the same moment (SQLite has one writer anyway)."""
    session.execute(_administrators().with_for_update()).all()


def _refuse_without_administrator(session: Session) -> None:
    session.flush()  # the query asks the database
    if session.scalar(_administrators().limit(1)) is None:
        raise Conflict(
            "Then nobody could administer this installation any more.",
            "Give somebody else the access administrator, in all projects, first.",
        )
