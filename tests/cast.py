"""The fixed cast: Ada edits, Ben is a partner, Cleo another project's partner, Dora administers."""

from dataclasses import dataclass
from functools import partial

from flask.testing import FlaskClient
from sqlalchemy import select

from outreach.accounts.models import Access, User
from outreach.accounts.services import add_user, grant
from outreach.accounts.sessions import KEY, SEEN
from outreach.accounts.signing_in import begin
from outreach.core import clock
from outreach.core.db import transaction
from tests.factories import Factory
from tests.snapshots import once
from tests.web_client import begin_session

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Cast:
    """Signed-in clients by name, and the two projects their memberships concern."""

    make: Factory
    project_id: int
    other_project_id: int

    def client(self, email: str) -> FlaskClient:
        """Return a client signed in as the user with this address."""
        app = self.make.app
        with app.app_context(), transaction() as session:
            user = session.scalars(select(User).where(User.email == email)).one()
            key = begin(session, user, stays=False, agent="a test", now=clock.now())
            uniquifier = user.fs_uniquifier
        client = app.test_client()
        begin_session(
            client,
            {
                "_user_id": uniquifier,
                "_fresh": True,
                "fs_cc": "set",
                KEY: key,
                SEEN: int(clock.now().timestamp()),
            },
        )
        return client

    @property
    def ada(self) -> FlaskClient:
        """Editor and sender in all projects."""
        return self.client("ada@example.org")

    @property
    def ben(self) -> FlaskClient:
        """Partner in the first project."""
        return self.client("ben@example.org")

    @property
    def cleo(self) -> FlaskClient:
        """Partner in the second project."""
        return self.client("cleo@example.org")

    @property
    def dora(self) -> FlaskClient:
        """Administrator."""
        return self.client("dora@example.org")


def make_cast(make: Factory) -> Cast:
    """Make the users, their memberships and two projects."""
    return Cast(make, *once(make, ("cast",), partial(_make, make)))


def _make(make: Factory) -> tuple[int, int]:
    first, second = make.project("SmartUrbI"), make.project("Greenways")
    members = (
        ("ada@example.org", Access.EDITOR, None),
        ("ben@example.org", Access.PARTNER, first),
        ("cleo@example.org", Access.PARTNER, second),
        ("dora@example.org", Access.ADMINISTRATOR, None),
    )
    with make.app.app_context(), transaction() as session:
        for email, access, project_id in members:
            user = add_user(
                session,
                email,
                access,
                password=PASSWORD,
                now=make.now,
                name=email.partition("@")[0].title(),
                project_id=project_id,
            )
            if email.startswith("ada"):
                grant(session, user, Access.SENDER)
    return first, second
