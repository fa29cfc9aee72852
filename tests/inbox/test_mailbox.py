"""Reading a real connection: nothing is marked before it is stored, nothing is ever deleted."""

import pytest
from sqlalchemy import func, select

from outreach.core.config import Settings
from outreach.core.db import db
from outreach.core.state import state
from outreach.inbox.jobs import read_mailbox, take_unread
from outreach.inbox.mailbox import MailboxAway, open_mailbox
from outreach.inbox.models import InboundMail
from outreach.stakeholders.models import Suppression
from tests.inbox.conftest import Returned
from tests.inbox.imap_server import PASSWORD, USER, ImapServer

pytestmark = pytest.mark.usefixtures("context")


def _settings(returned: Returned, server: ImapServer, password: str = PASSWORD) -> Settings:
    here = state(returned.kit.app)
    here.settings = here.settings.model_copy(
        update={
            "inbox_server": "127.0.0.1",
            "inbox_port": server.port,
            "inbox_username": USER,
            "inbox_password": password,
        }
    )
    return here.settings


def test_a_connection_that_is_cut_again_and_again_loses_and_doubles_nothing(
    returned: Returned,
) -> None:
    messages = [returned.report(number) for number in (1, 2, 3, 4)]
    with ImapServer(messages) as server:
        settings = _settings(returned, server)
        for _ in range(3):
            server.hang_up_after = 1
            with pytest.raises(MailboxAway), open_mailbox(settings) as box:
                take_unread(box, state(returned.kit.app).signer)
        with open_mailbox(settings) as box:
            take_unread(box, state(returned.kit.app).signer)

    assert server.seen == {1, 2, 3, 4}
    assert db.session.scalar(select(func.count()).select_from(InboundMail)) == 4
    assert len(db.session.scalars(select(Suppression)).all()) == 4
    assert not [one for one in server.commands if "EXPUNGE" in one.upper() or "Deleted" in one]


def test_the_tick_reads_once_a_minute_whoever_asks(returned: Returned) -> None:
    with ImapServer([returned.report(1)]) as server:
        _settings(returned, server)
        read_mailbox(returned.kit.app)
        read_mailbox(returned.kit.app)

    assert sum(one.upper().startswith("LOGIN") for one in server.commands) == 1
    assert server.seen == {1}


def test_a_mailbox_that_cannot_be_read_says_what_to_look_at(returned: Returned) -> None:
    with ImapServer([]) as server:
        settings = _settings(returned, server, password="wrong")
        with pytest.raises(MailboxAway, match="OUTREACH_INBOX_SERVER"), open_mailbox(settings):
            pass
        read_mailbox(returned.kit.app)
