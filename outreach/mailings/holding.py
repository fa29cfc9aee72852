"""Holding a mailing still while it is changed, and noticing who changed it before."""

from sqlalchemy.orm import Session

from outreach.core.errors import Conflict
from outreach.mailings.models import Mailing


class StaleEdit(Conflict):
    """Somebody else saved the mailing after it was opened here; nothing was overwritten."""

    def __init__(self) -> None:
        super().__init__(
            "Somebody saved this mailing while you had it open. Nothing was overwritten, and what "
            "you typed is still here.",
            "Copy it if you need it, reload the page to see what changed, and save again.",
        )


def claim(session: Session, mailing: Mailing) -> None:
    """Read the mailing anew and keep others from moving it until this transaction ends.

    The sender and a person may want to move the same mailing in the same second.
    """
    session.flush()  # a refresh forgets what this transaction has not yet written
    # Of this table alone: PostgreSQL locks no outer-joined list or sender loaded along with it.
    session.refresh(mailing, with_for_update={"of": Mailing})
