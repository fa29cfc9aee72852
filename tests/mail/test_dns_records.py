"""What the doctor says of a sender's domain, with a DNS of our own."""

from pathlib import Path

import dns.resolver
import pytest

from outreach.core.contributions import Finding
from outreach.mail.dkim import DkimKey, make_keys
from outreach.mail.dns_records import DnsAway, check_alignment, check_domain, check_host, resolve

Records = dict[tuple[str, str], list[str]]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[DkimKey, ...]:
    return make_keys(tmp_path_factory.mktemp("keys") / "dkim.json", "city.eu", "s1")


def _good(keys: tuple[DkimKey, ...]) -> Records:
    return {
        ("city.eu", "TXT"): ["other", "v=spf1 include:relay.eu ~all"],
        ("_dmarc.city.eu", "TXT"): ["v=DMARC1; p=none"],
        ("city.eu", "MX"): ["10 mx.city.eu."],
        **{(key.record_name, "TXT"): [key.record] for key in keys},
    }


def _found(records: Records, keys: tuple[DkimKey, ...], domain: str = "city.eu") -> list[Finding]:
    return list(check_domain(domain, keys, ask=lambda name, kind: records.get((name, kind), [])))


def test_a_domain_in_order_is_said_to_be(keys: tuple[DkimKey, ...]) -> None:
    found = _found(_good(keys), keys)

    assert [one.subject for one in found] == ["SPF", "DKIM", "DKIM", "DMARC", "MX"]
    assert all(one.is_well for one in found)


@pytest.mark.parametrize(
    ("name", "kind", "texts", "subject"),
    [
        ("city.eu", "TXT", [], "SPF"),
        ("city.eu", "TXT", ["v=spf1 ~all", "v=spf1 -all"], "SPF"),
        ("city.eu", "TXT", ["v=spf1 +all"], "SPF"),
        ("s1._domainkey.city.eu", "TXT", ["v=DKIM1; k=rsa; p=AAAA"], "DKIM"),
        ("s1-ed._domainkey.city.eu", "TXT", [], "DKIM"),
        ("_dmarc.city.eu", "TXT", ["hello"], "DMARC"),
        ("city.eu", "MX", [], "MX"),
    ],
)
def test_what_is_missing_is_named_with_what_to_do(
    keys: tuple[DkimKey, ...], name: str, kind: str, texts: list[str], subject: str
) -> None:
    found = _found({**_good(keys), (name, kind): texts}, keys)

    ill = [one for one in found if not one.is_well]
    assert [one.subject for one in ill] == [subject]
    assert ill[0].remedy


def test_a_policy_above_counts_and_domains_of_nobody_are_not_asked(
    keys: tuple[DkimKey, ...],
) -> None:
    below = {**_good(keys), ("news.city.eu", "TXT"): ["v=spf1 ~all"], ("news.city.eu", "MX"): ["x"]}

    assert all(one.is_well for one in _found(below, keys, "news.city.eu"))
    assert _found({}, keys, "mail.example.org") == []


def test_a_dns_that_is_away_is_told_once(tmp_path: Path) -> None:
    def away(_name: str, _kind: str) -> list[str]:
        raise DnsAway("timed out")

    (found,) = check_domain("city.eu", (), ask=away)

    assert not found.is_well
    assert "timed out" in found.message


@pytest.mark.parametrize(
    ("records", "is_well", "said"),
    [
        ({("2.2.0.203.in-addr.arpa", "PTR"): ["mail.city.eu."]}, True, "is called mail.city.eu"),
        ({("2.2.0.203.in-addr.arpa", "PTR"): ["host.isp.eu."]}, False, "does not lead back"),
        ({}, False, "has no name"),
    ],
)
def test_a_mail_server_s_address_must_have_a_name_that_leads_back(
    records: Records, is_well: bool, said: str
) -> None:
    known = {("mail.city.eu", "A"): ["203.0.2.2", "10.0.0.1"], **records}

    (found,) = check_host("mail.city.eu", ask=lambda name, kind: known.get((name, kind), []))

    assert (found.subject, found.is_well) == ("PTR", is_well)
    assert said in found.message


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "192.168.7.25"])
def test_dns_is_not_asked_about_this_machine_and_its_network(host: str) -> None:
    def ask(name: str, kind: str) -> list[str]:
        raise AssertionError(f"asked for {name} {kind}")

    (found,) = check_host(host, ask=ask)

    assert (found.subject, found.is_well) == ("PTR", True)
    assert found.message.startswith(f"Not looked at: {host} ")


def test_an_address_in_place_of_a_name_is_looked_up_as_it_stands() -> None:
    known = {
        ("2.2.0.203.in-addr.arpa", "PTR"): ["mail.city.eu."],
        ("mail.city.eu", "A"): ["203.0.2.2"],
    }

    (found,) = check_host("203.0.2.2", ask=lambda name, kind: known.get((name, kind), []))

    assert found.is_well
    assert "is called mail.city.eu" in found.message


def test_dmarc_needs_one_aligned_domain(keys: tuple[DkimKey, ...]) -> None:
    assert check_alignment("city.eu", "bounces.city.eu", ()).is_well
    assert check_alignment("news.city.eu", "relay.example", keys).is_well
    assert not check_alignment("city.eu", "relay.example", ()).is_well
    assert not check_alignment("city.eu", "othercity.eu", ()).is_well


def test_a_dns_that_denies_the_whole_internet_says_nothing_of_a_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = {"a.root-servers.net"}

    def answer(name: str, kind: str, *, lifetime: float) -> list[object]:
        assert lifetime > 0
        if name not in known:
            raise dns.resolver.NXDOMAIN
        return []

    monkeypatch.setattr(dns.resolver, "resolve", answer)

    assert resolve("nowhere.eu", "MX") == []
    known.clear()
    with pytest.raises(DnsAway, match="no name of the internet"):
        resolve("nowhere.eu", "MX")
