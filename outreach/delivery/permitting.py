"""Fetching the permits to send that letters on a board wait for."""

from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, OperationalError

from outreach.core.db import transaction
from outreach.delivery.board import Board
from outreach.mail.permits import take


def fetch_permits(engine: Engine, board: Board, server: str) -> None:
    """Take what is waited for out of what all workers share; nothing is done where nothing is.

    Without the database there are none, and no letter leaves that needs one.
    """
    if board.pacer.is_free or not (wants := board.wanted_permits()):
        return
    try:
        with transaction(engine) as writing:
            waits = [take(writing, f"{server} {one.name}"[:600], one.seconds) for one in wants]
    except (OperationalError, InterfaceError):
        board.grant_permits(wants, None)
        raise
    board.grant_permits(wants, waits)
