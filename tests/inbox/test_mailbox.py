"""Reading a real connection: nothing is marked before it is stored, nothing is ever deleted."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from outreach.core.clock import now
from outreach.core.config import Settings
from outreach.core.db import db
from outreach.core.state import state
from outreach.inbox.checks import check_mailbox
from outreach.inbox.jobs import read_mailbox, take, take_unread
from outreach.inbox.mailbox import MailboxAway, open_mailbox
from outreach.inbox.models import InboundMail
from outreach.inbox.outages import outage
from outreach.mail.models import OutboxLetter
from outreach.stakeholders.models import Suppression
from tests.cast import Cast
from tests.inbox.conftest import Returned
from tests.inbox.imap_server import PASSWORD, USER, ImapServer
from tests.mail.token_server import TokenServer, token_server

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


def _by_token(returned: Returned, server: ImapServer, tokens: TokenServer) -> Settings:
    """Settings of a mailbox that is signed in to as at Exchange Online."""
    here = state(returned.kit.app)
    here.settings = _settings(returned, server, password="").model_copy(
        update={
            "inbox_oauth_token_url": tokens.url,
            "inbox_oauth_client_id": "client",
            "inbox_oauth_refresh_token": "refresh",
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
        with (
            pytest.raises(MailboxAway, match="OUTREACH_INBOX_SERVER") as refused,
            open_mailbox(settings),
        ):
            pass
        read_mailbox(returned.kit.app)

    assert "Response status" not in refused.value.message
    assert "b'" not in refused.value.message, "the server's words, not Python's"


def _token(text: str) -> tuple[int, dict[str, str]]:
    return 200, {"access_token": text}


def test_a_mailbox_is_read_by_token_and_a_withdrawn_token_is_renewed_once(
    returned: Returned,
) -> None:
    with (
        token_server(_token("old"), _token("new")) as tokens,
        ImapServer([returned.report(1)]) as server,
    ):
        server.bearer = "new"
        settings = _by_token(returned, server, tokens)
        read_mailbox(returned.kit.app)
        with open_mailbox(settings):
            pass

    assert server.seen == {1}
    assert [one["refresh_token"] for one in tokens.asked] == ["refresh", "refresh"]
    offered = [one for one in server.commands if one.startswith("user=")]
    assert offered == [f"user={USER}\1auth=Bearer {token}\1\1" for token in ("old", "new", "new")]
    assert server.commands[server.commands.index(offered[0]) + 1] == "", "a refusal is answered"


def test_what_keeps_a_token_from_opening_the_mailbox_is_said(returned: Returned) -> None:
    with token_server(_token("wrong")) as tokens, ImapServer([]) as server:
        settings = _by_token(returned, server, tokens)
        with pytest.raises(MailboxAway, match="does not offer XOAUTH2"), open_mailbox(settings):
            pass
        server.bearer = "right"
        with pytest.raises(MailboxAway, match=r"failed.*_OAUTH_\*"), open_mailbox(settings):
            pass
        tokens.answers = [(400, {"error": "invalid_grant"})]
        with pytest.raises(MailboxAway) as refused, open_mailbox(settings):
            pass

    assert "invalid_grant" in refused.value.message
    assert refused.value.remedy.startswith("Check OUTREACH_INBOX_OAUTH_* with")


def test_doctor_signs_in_to_the_mailbox_and_reads_nothing(returned: Returned) -> None:
    with ImapServer([returned.report(1)]) as server:
        _settings(returned, server)
        (well,) = check_mailbox(returned.kit.app)
        _settings(returned, server, password="wrong")
        (ill,) = check_mailbox(returned.kit.app)

    assert well.is_well, well
    assert (ill.is_well, "OUTREACH_INBOX_SERVER" in ill.remedy) == (False, True)
    assert server.seen == set()


def test_doctor_says_that_no_mailbox_is_read(returned: Returned) -> None:
    (finding,) = check_mailbox(returned.kit.app)
    take(returned.report(1), state(returned.kit.app).signer)
    (by_files,) = check_mailbox(returned.kit.app)

    assert by_files.is_well, "somebody takes in files"
    assert not finding.is_well
    assert "bounces+" not in finding.message
    assert "OUTREACH_INBOX_SERVER" in finding.remedy


def test_the_page_says_when_the_mailbox_was_read_and_that_it_no_longer_is(
    returned: Returned, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = "/staff/bounces"
    assert "No mailbox is read" in cast.ada.get(page).text
    with ImapServer([returned.report(1)]) as server:
        _settings(returned, server, password="wrong")
        read_mailbox(returned.kit.app)
        never = cast.ada.get(page).text
        _settings(returned, server)
        _claim_again(monkeypatch)
        read_mailbox(returned.kit.app)
    well = cast.ada.get(page).text
    monkeypatch.setattr("outreach.inbox.queries.SILENCE", timedelta(minutes=-5))
    silent = cast.ada.get(page).text

    assert "The mailbox has never been read" in never
    assert "outreach doctor" not in well
    assert "The mailbox was last read on" in well
    assert "outreach doctor" in silent


def _claim_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the tick run again at once, as if a minute had passed."""
    later = now() + timedelta(minutes=2)
    monkeypatch.setattr("outreach.inbox.jobs.now", lambda: later)


def test_administrators_are_told_once_that_the_mailbox_waits_and_once_that_it_is_read(
    returned: Returned, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, begun, said = returned.kit.app, now(), list[list[str]]()

    def read_after(minutes: int) -> None:
        monkeypatch.setattr("outreach.inbox.jobs.now", lambda: begun + timedelta(minutes=minutes))
        read_mailbox(app)
        letters = db.session.scalars(select(OutboxLetter).order_by(OutboxLetter.id)).all()
        said.append([f"{one.recipient}: {one.kind}" for one in letters])
        db.session.rollback()

    with ImapServer([returned.report(1)]) as server:
        _settings(returned, server, password="it's wrong")
        for minutes in (0, 30, 61, 62, 900):
            read_after(minutes)
        page = cast.ada.get("/staff/bounces").text
        (finding,) = check_mailbox(app)
        away = db.session.scalars(select(OutboxLetter.text)).one()
        _settings(returned, server)
        for minutes in (901, 902):
            read_after(minutes)
        _settings(returned, server, password="wrong")
        read_after(903)

    one = ["dora@example.org: mailbox_away"]
    two = [*one, "dora@example.org: mailbox_back"]
    assert said == [[], [], one, one, one, two, two, two]
    assert "OUTREACH_INBOX_SERVER" in page
    assert "So it has been since" in finding.message
    assert f"since {begun:%Y-%m-%d %H:%M} UTC" in away
    assert "&" not in away
    assert server.seen == {1}


def test_without_a_mail_server_only_the_page_says_that_the_mailbox_waits(
    returned: Returned, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cast.dora
    app, begun = returned.kit.app, now()
    with ImapServer([]) as server:
        settings = _settings(returned, server, password="wrong")
        nothing = {"catcher": False, "mail_server": ""}
        state(app).settings = settings.model_copy(update=nothing)
        for minutes in (0, 90):
            later = begun + timedelta(minutes=minutes)
            monkeypatch.setattr("outreach.inbox.jobs.now", lambda moment=later: moment)
            read_mailbox(app)

    assert outage(db.session()) is not None
    assert db.session.scalars(select(OutboxLetter)).all() == []
