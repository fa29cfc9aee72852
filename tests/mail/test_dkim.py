"""DKIM: what others verify, what is signed, and that nothing passes that was changed."""

import base64
from pathlib import Path
from types import SimpleNamespace

import dkim
import pytest
from click.testing import CliRunner
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from outreach.cli.main import outreach
from outreach.core.errors import ConfigurationError, Conflict
from outreach.mail.dkim import DkimKey, DkimSigner, make_keys, read_keys
from outreach.mail.letter import Address, Envelope, Letter
from outreach.mail.mime import compile_skeleton
from outreach.mail.slots import slot

BODY = "Dear Ada,\n\ntwo  spaces,\ta tab and a trailing space \n\n" + "Räume öffnen. " * 40


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[DkimKey, ...]:
    return make_keys(tmp_path_factory.mktemp("keys") / "dkim.json", "example.org", "s1")


class _VerifyKey:
    """Stands for PyNaCl's, which dkimpy asks for and nothing else here needs."""

    def __init__(self, text: bytes, encoder: object) -> None:
        self._key = Ed25519PublicKey.from_public_bytes(base64.b64decode(text))

    def verify(self, message: bytes, signature: bytes) -> bytes:
        try:
            self._key.verify(signature, message)
        except InvalidSignature as error:
            raise _BadSignature from error
        return message


class _BadSignature(Exception):
    pass


@pytest.fixture(autouse=True)
def nacl(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = {
        "signing": SimpleNamespace(VerifyKey=_VerifyKey),
        "encoding": SimpleNamespace(Base64Encoder=None),
        "exceptions": SimpleNamespace(BadSignatureError=_BadSignature),
    }
    monkeypatch.setattr(dkim, "nacl", SimpleNamespace(**parts), raising=False)


def _letter(sender: str = "news@example.org", body: str = BODY, **values: str) -> Letter:
    skeleton = compile_skeleton(
        headers=[
            ("From", Address(sender, "Nachrichten für alle")),
            ("To", Address("ada@example.net", "Ada Lovelace")),
            ("Subject", "Räume, die allen gehören, und noch ein paar Worte mehr"),
            ("Date", "Mon, 02 Mar 2026 12:00:00 +0000"),
            ("Message-ID", "<1.2@example.org>"),
            ("List-Unsubscribe", "<https://example.org/u/token>"),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ],
        text=body,
        html=f"<p>{body}</p>",
    )
    return skeleton.letter(Envelope(sender, "ada@example.net"), values)


def _is_valid(data: bytes, keys: tuple[DkimKey, ...], number: int) -> bool:
    records = {f"{key.record_name}.".encode(): key.record.encode() for key in keys}
    verifier = dkim.DKIM(data)
    try:
        found = verifier.verify(idx=number, dnsfunc=lambda name, timeout=5: records.get(name))
    except dkim.DKIMException:
        return False
    return bool(found)


@pytest.mark.parametrize("sender", ["news@example.org", "news@mail.example.org"])
def test_others_verify_both_signatures(keys: tuple[DkimKey, ...], sender: str) -> None:
    data = DkimSigner(keys).signed(_letter(sender)).data

    assert data.count(b"DKIM-Signature:") == 2
    assert [_is_valid(data, keys, number) for number in (0, 1)] == [True, True]
    assert max(map(len, data.split(b"\r\n"))) < 200


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Ada Lovelace", b"Eve Lovelace"),
        (b"/u/token", b"/u/other"),
        (b"=One-Click", b"=Two-Clicks"),
        (b"two  spaces", b"three spaces"),
        (b"From: ", b"From: eve@example.org\r\nFrom: "),
        (b"\r\n\r\n--=_", b"\r\n\r\nHello\r\n--=_"),
    ],
)
def test_nothing_that_was_changed_passes(keys: tuple[DkimKey, ...], old: bytes, new: bytes) -> None:
    data = DkimSigner(keys).signed(_letter()).data
    assert old in data

    changed = data.replace(old, new, 1)

    assert not any(_is_valid(changed, keys, number) for number in (0, 1))


def test_what_relays_may_change_still_passes(keys: tuple[DkimKey, ...]) -> None:
    data = DkimSigner(keys).signed(_letter()).data

    changed = data.replace(b"Subject: ", b"SUBJECT:  ", 1) + b"\r\n\r\n"

    assert _is_valid(b"Received: from a by b\r\n" + changed, keys, 0)


def test_a_sender_of_another_domain_is_left_to_the_relay(keys: tuple[DkimKey, ...]) -> None:
    plain = _letter("news@badexample.org")

    assert DkimSigner(keys).signed(plain) is plain


def test_keys_are_kept_private_never_replaced_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "dkim.json"
    made = make_keys(path, "example.org", "s1")
    make_keys(path, "example.net", "s1")

    with pytest.raises(Conflict):
        make_keys(path, "example.org", "s1")

    assert path.stat().st_mode & 0o077 == 0
    assert [key.record for key in read_keys(path)][:2] == [key.record for key in made]
    with pytest.raises(ConfigurationError, match="dkim make"):
        read_keys(tmp_path / "none.json")


def test_the_command_prints_what_dns_must_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTREACH_INSTANCE", str(tmp_path))

    said = CliRunner().invoke(outreach, ["dkim", "make", "example.org", "--selector", "s1"])
    again = CliRunner().invoke(outreach, ["dkim", "show"])

    assert said.exit_code == 0, said.output
    assert 's1._domainkey.example.org. IN TXT ( "v=DKIM1; k=rsa; p=' in said.output
    assert 's1-ed._domainkey.example.org. IN TXT ( "v=DKIM1; k=ed25519; p=' in said.output
    assert again.output.splitlines() == said.output.splitlines()[:2]


@pytest.mark.parametrize(
    ("name", "is_canonical"),
    [("Ada Lovelace", True), ("Ada  Lovelace", False), (" Ada ", True), ("Ada\tL.", False)],
)
def test_what_is_known_to_be_canonical_is_not_looked_at_again_and_still_passes(
    keys: tuple[DkimKey, ...], name: str, is_canonical: bool
) -> None:
    words = f"Dear {slot('name')} and all,\nread {slot('name')}\n" + "Open rooms. " * 30 + "\nEnd."
    plain = _letter(body=words, name=name)

    data = DkimSigner(keys).signed(plain).data

    assert plain.is_canonical is is_canonical
    assert _is_valid(data, keys, 0)
