"""Signing in by OAuth 2.0: tokens are got, shared, and renewed before their end or when refused."""

import stat
from pathlib import Path
from typing import Any

import pytest

from outreach.core.config import load_settings
from outreach.core.errors import ConfigurationError
from outreach.mail.oauth import OAuth, TokenRefused, TokenServerAway, access_token
from outreach.mail.server import ServerUnreachable, SignInRefused, SmtpSettings
from outreach.mail.transport import connection
from tests.mail.letters import letter, settings_of
from tests.mail.smtp_server import RecordingSmtpServer
from tests.mail.token_server import TokenServer, token_server

ADA = "ada@example.org"


def _answer(token: str, **more: Any) -> tuple[int, dict[str, Any]]:
    return 200, {"access_token": token, "token_type": "Bearer", "expires_in": 3600, **more}


def _oauth(server: TokenServer, **more: Any) -> OAuth:
    return OAuth(server.url, "client", **{"refresh_token": "refresh-1", **more})


def test_a_token_is_shared_and_renewed_before_its_end(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    clock = [1_000.0]
    monkeypatch.setattr("outreach.mail.oauth.time.monotonic", lambda: clock[0])
    with token_server(_answer("one", refresh_token="refresh-2"), _answer("two")) as server:
        kept = tmp_path / "new" / "mail-oauth.json"
        asked = _oauth(server, client_secret="hush", scope="mail", kept_in=kept)

        given = [access_token(asked), access_token(asked)]
        clock[0] += 3_600 - 299
        given.append(access_token(asked))

    assert given == ["one", "one", "two"]
    assert server.asked[0] == {
        "grant_type": "refresh_token",
        "client_id": "client",
        "client_secret": "hush",
        "refresh_token": "refresh-1",
        "scope": "mail",
    }
    assert server.asked[1]["refresh_token"] == "refresh-2", "the newest refresh token is kept"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert "refresh-1" not in kept.read_text()


def test_an_application_signs_in_by_itself_without_a_refresh_token() -> None:
    with token_server(_answer("app")) as server:
        assert access_token(_oauth(server, refresh_token="", client_secret="hush")) == "app"

    assert server.asked[0]["grant_type"] == "client_credentials"


@pytest.mark.parametrize(
    ("answer", "error", "said"),
    [
        (
            (400, {"error": "invalid_grant", "error_description": "Expired"}),
            TokenRefused,
            "Expired",
        ),
        ((503, {}), TokenServerAway, "503"),
        ((200, {"token": "elsewhere"}), TokenRefused, "without a token"),
    ],
)
def test_no_token_is_said_with_the_reason(
    answer: tuple[int, dict[str, Any]], error: type[Exception], said: str
) -> None:
    with token_server(answer) as server, pytest.raises(error, match=said):
        access_token(_oauth(server))


def test_letters_leave_by_token_and_a_withdrawn_token_is_renewed_once() -> None:
    with (
        token_server(_answer("old"), _answer("new")) as tokens,
        RecordingSmtpServer(bearers={ADA: "new"}) as server,
    ):
        settings = settings_of(server, username=ADA, oauth=_oauth(tokens))
        with connection(settings) as first, connection(settings) as second:
            assert first.deliver(letter()).is_accepted
            assert second.deliver(letter()).is_accepted

    assert server.signed_in == [ADA, ADA]
    assert len(tokens.asked) == 2


def test_what_keeps_a_token_from_signing_in_is_said() -> None:
    with (
        token_server(_answer("wrong")) as tokens,
        RecordingSmtpServer(bearers={ADA: "x"}) as server,
    ):
        settings = settings_of(server, username=ADA, oauth=_oauth(tokens))
        with pytest.raises(SignInRefused, match=r"did not let ada.*535.*OUTREACH_MAIL_OAUTH"):
            connection(settings).open()
        server.offer.bearers, server.offer.users = {}, {ADA: "password"}
        with pytest.raises(SignInRefused, match="does not offer XOAUTH2"):
            connection(settings).open()
        server.offer.bearers = {ADA: "x"}
        tokens.answers = [(503, {})]
        with pytest.raises(ServerUnreachable, match="answers 503"):
            connection(settings).open()


def test_the_settings_name_servers_by_number_and_how_to_sign_in(tmp_path: Path) -> None:
    environment = {
        "OUTREACH_MAIL_SERVER": "smtp.office365.com",
        "OUTREACH_MAIL_USERNAME": ADA,
        "OUTREACH_MAIL_USE_TLS": "true",
        "OUTREACH_MAIL_DEFAULT_SENDER": ADA,
        "OUTREACH_MAIL_OAUTH_TOKEN_URL": "https://login.example.org/token",
        "OUTREACH_MAIL_OAUTH_CLIENT_ID": "client",
        "OUTREACH_MAIL_OAUTH_REFRESH_TOKEN": "refresh",
        "OUTREACH_MAIL_SERVER_3": "smtp.example.org",
        "OUTREACH_MAIL_PORT_3": "465",
        "OUTREACH_MAIL_USE_SSL_3": "true",
    }
    settings = load_settings(environment=environment, instance=tmp_path)

    first, second = SmtpSettings.all_of(settings)

    assert first.oauth is not None
    assert first.oauth.kept_in == tmp_path / "mail-oauth.json"
    assert (second.where, second.use_ssl, second.oauth) == ("smtp.example.org:465", True, None)
    assert second.setting("PORT") == "OUTREACH_MAIL_PORT_3"
    assert "refresh" not in repr(settings) + repr(first)


def test_the_mailbox_has_tokens_of_its_own(tmp_path: Path) -> None:
    environment = {
        "OUTREACH_INBOX_SERVER": "outlook.office365.com",
        "OUTREACH_INBOX_USERNAME": ADA,
        "OUTREACH_INBOX_OAUTH_TOKEN_URL": "https://login.example.org/token",
        "OUTREACH_INBOX_OAUTH_CLIENT_ID": "client",
        "OUTREACH_INBOX_OAUTH_CLIENT_SECRET": "hush",
        "OUTREACH_INBOX_OAUTH_SCOPE": "https://outlook.office365.com/.default",
    }
    settings = load_settings(environment=environment, instance=tmp_path)

    found = OAuth.of(settings.inbox_sign_in, instance=tmp_path, settings="OUTREACH_INBOX_OAUTH_*")

    assert found is not None
    assert (found.client_secret, found.kept_in) == ("hush", tmp_path / "mail-oauth.json")
    assert found.remedy.startswith("Check OUTREACH_INBOX_OAUTH_*")
    assert "hush" not in repr(settings) + repr(found)


def test_settings_of_the_mailbox_that_do_not_fit_together_are_named(tmp_path: Path) -> None:
    environment = {
        "OUTREACH_INBOX_USERNAME": ADA,
        "OUTREACH_INBOX_PASSWORD": "word",
        "OUTREACH_INBOX_OAUTH_TOKEN_URL": "http://login.example.org/token",
    }

    with pytest.raises(ConfigurationError) as refused:
        load_settings(environment=environment, instance=tmp_path)

    said = str(refused.value)
    assert "INBOX_OAUTH_TOKEN_URL must begin with https://" in said
    assert "choose INBOX_PASSWORD or INBOX_OAUTH_TOKEN_URL" in said
    assert "INBOX_OAUTH_CLIENT_ID" in said
    assert "INBOX_OAUTH_CLIENT_SECRET" in said
