import socket
import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from outreach.mail.replies import OutcomeKind
from outreach.mail.server import (
    ServerUnreachable,
    SignInRefused,
    SmtpSettings,
    TlsRefused,
    TransportError,
)
from outreach.mail.transport import connection
from outreach.mail.trial import check_sign_in
from tests.mail.letters import BEN, letter, settings_of
from tests.mail.smtp_server import HANG_UP, RecordingSmtpServer


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[trustme.CA, Path]:
    authority = trustme.CA()
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return authority, path


def tls_context(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def test_no_server_is_named_with_what_to_check() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    with pytest.raises(ServerUnreachable, match=f"127.0.0.1:{port}.*OUTREACH_MAIL_PORT"):
        connection(SmtpSettings("127.0.0.1", port)).deliver(letter())


@pytest.mark.parametrize(
    ("stage", "reply", "said"),
    [
        ("connect", "421 4.3.2 Shutting down", "421 4.3.2 Shutting down"),
        ("connect", "554 5.7.1 Not you", "554 5.7.1 Not you"),
        ("connect", HANG_UP, "closed"),
        ("ehlo", "550 No", "550 No"),
    ],
)
def test_a_server_that_does_not_greet_us_is_unreachable(
    smtp_server: RecordingSmtpServer, stage: str, reply: str, said: str
) -> None:
    smtp_server.on(stage, reply)

    with pytest.raises(ServerUnreachable, match=said):
        connection(settings_of(smtp_server)).open()


def test_a_silent_server_is_given_up(smtp_server: RecordingSmtpServer) -> None:
    smtp_server.on("connect", delay=1)

    with pytest.raises(ServerUnreachable, match="timed out"):
        connection(settings_of(smtp_server, timeout=0.1)).open()


def test_letters_travel_in_private_when_asked(authority: tuple[trustme.CA, Path]) -> None:
    ca, path = authority
    context = tls_context(ca, "127.0.0.1")

    with RecordingSmtpServer(starttls=context) as upgraded:
        settings = settings_of(upgraded, use_tls=True, ca_file=str(path))
        with connection(settings) as opened:
            opened.deliver(letter())
        found = check_sign_in(settings)
    with RecordingSmtpServer(tls=context) as private:
        settings = settings_of(private, use_ssl=True, ca_file=str(path))
        with connection(settings) as opened:
            opened.deliver(letter())

    assert upgraded.recipients() == private.recipients() == [BEN]
    assert found.tls.startswith("TLSv1.")
    assert upgraded.commands.index("STARTTLS") < upgraded.commands.index("DATA")


@pytest.mark.parametrize("is_known", [True, False], ids=["wrong-name", "unknown-authority"])
@pytest.mark.parametrize("way", ["use_tls", "use_ssl"])
def test_a_server_that_cannot_prove_its_name_gets_nothing(
    authority: tuple[trustme.CA, Path], is_known: bool, way: str
) -> None:
    ca, path = authority
    context = tls_context(ca, "mail.example.org" if is_known else "127.0.0.1")
    trusted = str(path) if is_known else ""

    upgraded = {"starttls": context} if way == "use_tls" else {"tls": context}
    with RecordingSmtpServer(**upgraded) as server:  # type: ignore[arg-type]  # one of the two
        settings = settings_of(server, ca_file=trusted, **{way: True})
        with pytest.raises(TlsRefused, match="OUTREACH_MAIL_SERVER"):
            connection(settings).deliver(letter())

    assert server.received == []


def test_an_expired_certificate_is_named_as_such(authority: tuple[trustme.CA, Path]) -> None:
    ca, path = authority
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ended = datetime(2026, 1, 1, tzinfo=UTC)
    certificate = ca.issue_cert("127.0.0.1", not_before=ended - timedelta(1), not_after=ended)
    certificate.configure_cert(context)

    with RecordingSmtpServer(tls=context) as server:
        settings = settings_of(server, ca_file=str(path), use_ssl=True)
        with pytest.raises(TlsRefused, match="expired"):
            connection(settings).open()


def test_each_fault_of_a_certificate_names_its_own_remedy(
    authority: tuple[trustme.CA, Path],
) -> None:
    ca, path = authority
    ended = datetime(2026, 1, 1, tzinfo=UTC)
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issued = ca.issue_cert("127.0.0.1", not_before=ended - timedelta(1), not_after=ended)
    issued.configure_cert(old)
    faults = {
        "renew its certificate": (old, str(path)),
        "SSL_CERT_FILE": (tls_context(ca, "127.0.0.1"), ""),
        "to the name on its certificate": (tls_context(ca, "mail.example.org"), str(path)),
    }

    for remedy, (context, trusted) in faults.items():
        with RecordingSmtpServer(starttls=context) as server:
            settings = settings_of(server, ca_file=trusted, use_tls=True)
            with pytest.raises(TlsRefused) as refused:
                connection(settings).open()
        assert remedy in refused.value.remedy
        assert ".." not in refused.value.message


def test_a_server_that_waits_for_tls_is_told_from_one_that_is_away(
    authority: tuple[trustme.CA, Path],
) -> None:
    with RecordingSmtpServer(tls=tls_context(authority[0], "127.0.0.1")) as server:
        with pytest.raises(ServerUnreachable) as waited:
            connection(settings_of(server, use_tls=True, timeout=0.2)).open()
        port = server.port
    with pytest.raises(ServerUnreachable) as away:
        connection(SmtpSettings("127.0.0.1", port, use_tls=True)).open()

    assert "OUTREACH_MAIL_USE_SSL=true" in waited.value.remedy
    assert "USE_SSL" not in away.value.remedy


def test_starttls_is_required_when_asked_for(smtp_server: RecordingSmtpServer) -> None:
    with pytest.raises(TlsRefused, match="does not offer STARTTLS"):
        connection(settings_of(smtp_server, use_tls=True)).deliver(letter())

    assert smtp_server.received == []


def test_clear_words_slipped_in_before_the_handshake_are_refused(
    authority: tuple[trustme.CA, Path],
) -> None:
    ca, path = authority
    with RecordingSmtpServer(starttls=tls_context(ca, "127.0.0.1")) as server:
        server.on("starttls", "220 Go ahead\r\n250-evil\r\n250 AUTH PLAIN")

        with pytest.raises(TlsRefused, match="clear text"):
            connection(settings_of(server, use_tls=True, ca_file=str(path))).open()


def test_signing_in_is_checked_without_sending() -> None:
    with RecordingSmtpServer(users={"ada": "secret"}) as server:
        found = check_sign_in(settings_of(server, username="ada", password="secret"))

    assert found.is_signed_in
    assert "pipelining" in found.features
    assert found.tls == ""
    assert server.signed_in == ["ada"]
    assert server.received == []


@pytest.mark.parametrize("password", ["wrong", "wröng"])
def test_a_wrong_password_is_named_as_such(password: str) -> None:
    with RecordingSmtpServer(users={"ada": "secret"}) as server:
        settings = settings_of(server, username="ada", password=password)

        with pytest.raises(SignInRefused, match="OUTREACH_MAIL_PASSWORD"):
            connection(settings).open()


def test_a_server_without_accounts_refuses_the_sign_in(smtp_server: RecordingSmtpServer) -> None:
    with pytest.raises(SignInRefused):
        connection(settings_of(smtp_server, username="ada", password="secret")).open()


def test_a_password_never_travels_in_clear_to_another_machine(
    smtp_server: RecordingSmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SmtpSettings, "is_loopback", False)

    with pytest.raises(SignInRefused, match="OUTREACH_MAIL_USE_TLS"):
        connection(settings_of(smtp_server, username="ada", password="secret")).open()

    assert not any(line.upper().startswith("AUTH") for line in smtp_server.commands)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("mail.example.org", False)],
)
def test_loopback_is_known_by_its_address(name: str, expected: bool) -> None:
    assert SmtpSettings(name, 25).is_loopback is expected


def test_the_password_is_not_shown() -> None:
    assert "secret" not in repr(SmtpSettings("mail.example.org", 25, "ada", "secret"))


@pytest.mark.parametrize(
    ("said", "username", "error", "remedy"),
    [
        ("530 5.7.0 Must issue a STARTTLS command first", "", TlsRefused, "OUTREACH_MAIL_USE_TLS"),
        ("530 5.7.57 Client not authenticated to send mail", "", SignInRefused, "MAIL_USERNAME"),
        ("530 Authentication required", "ada", SignInRefused, "what ada may send"),
    ],
)
def test_a_server_that_says_late_whom_it_wants_is_not_taken_for_a_refused_letter(
    either_server: RecordingSmtpServer,
    said: str,
    username: str,
    error: type[TransportError],
    remedy: str,
) -> None:
    either_server.offer = replace(either_server.offer, users={"ada": "secret"})
    settings = settings_of(either_server, username=username, password="secret")
    either_server.on("mail", said)

    with pytest.raises(error, match=remedy), connection(settings) as opened:
        opened.deliver(letter())
    with pytest.raises(error, match=remedy):
        check_sign_in(settings)

    either_server.behave()
    with connection(settings) as opened:
        assert opened.deliver(letter()).is_accepted
    assert check_sign_in(settings).greeting


def test_a_recipient_nobody_may_relay_to_is_refused_alone(smtp_server: RecordingSmtpServer) -> None:
    smtp_server.on("rcpt", "530 5.7.1 Relaying denied", recipient=BEN)

    with connection(settings_of(smtp_server)) as opened:
        assert opened.deliver(letter(BEN)).kind is OutcomeKind.REFUSED
        assert opened.deliver(letter("ada@example.org")).is_accepted
