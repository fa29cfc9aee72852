"""The key ring: made once, private, never replaced, refused when damaged."""

import hmac
import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from outreach.core.errors import ConfigurationError
from outreach.core.keys import KeyPurpose, make_ring, read_ring


def test_a_ring_is_made_once_and_read_back(tmp_path: Path) -> None:
    made = make_ring(tmp_path / "keys.json")

    assert make_ring(tmp_path / "keys.json") == made
    assert read_ring(tmp_path / "keys.json") == made


def test_processes_that_start_together_end_up_with_one_ring(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        rings = list(pool.map(lambda _: make_ring(tmp_path / "keys.json"), range(8)))

    assert all(ring == rings[0] for ring in rings)
    assert [path.name for path in tmp_path.iterdir()] == ["keys.json"]


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    make_ring(tmp_path / "keys.json")

    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", '{"token": {}}', '{"token": {"1": "short"}}', "\x00"]
)
def test_a_damaged_ring_is_refused_and_says_what_to_do(tmp_path: Path, text: str) -> None:
    (tmp_path / "keys.json").write_text(text)

    with pytest.raises(ConfigurationError, match="backup"):
        read_ring(tmp_path / "keys.json")


def test_a_truncated_key_is_refused(tmp_path: Path) -> None:
    make_ring(tmp_path / "keys.json")
    stored = json.loads((tmp_path / "keys.json").read_text())
    stored["fingerprint"] = {"1": "AAAA"}
    (tmp_path / "keys.json").write_text(json.dumps(stored))

    with pytest.raises(ConfigurationError, match="damaged"):
        read_ring(tmp_path / "keys.json")


def test_no_two_purposes_share_a_key(tmp_path: Path) -> None:
    ring = make_ring(tmp_path / "keys.json")

    assert len({ring.current(purpose)[1] for purpose in KeyPurpose}) == len(KeyPurpose)


@pytest.mark.parametrize("text", ["ada@example.org", "æ@example.org", "x" * 200, ""])
def test_a_fingerprint_is_the_hmac_that_was_always_kept(tmp_path: Path, text: str) -> None:
    ring = make_ring(tmp_path / "keys.json")
    _, key = ring.current(KeyPurpose.FINGERPRINT)

    assert ring.fingerprint(text) == hmac.digest(key, text.encode(), "sha256").hex()
