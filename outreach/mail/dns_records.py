"""What DNS says of a sender's domain and of a mail server, and what is missing there."""

from collections.abc import Callable, Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING

from outreach.core.contributions import Finding
from outreach.core.extras import late
from outreach.mail.dkim import DkimKey

if TYPE_CHECKING:
    from dns import exception, resolver, reversename
else:
    exception = late("dns.exception")
    resolver = late("dns.resolver")
    reversename = late("dns.reversename")

Resolve = Callable[[str, str], list[str]]
"""Takes a name and a type (TXT, MX, PTR), returns the records' texts; none when there are none."""
PATIENCE = 3.0
_ALWAYS_THERE = "a.root-servers.net"
_RESERVED = ("example.org", "example.com", "example.net", "example", "test", "invalid", "localhost")
"""Domains that belong to nobody (RFC 2606): there is nothing to ask."""


class DnsAway(Exception):
    """DNS gives no answer; an expected outcome, caught by the caller."""


def resolve(name: str, kind: str) -> list[str]:
    """Ask DNS, within a few seconds; raises DnsAway, also where DNS knows a closed network only."""
    try:
        found = resolver.resolve(name, kind, lifetime=PATIENCE)
    except resolver.NoAnswer:
        return []
    except resolver.NXDOMAIN as error:
        if not _knows_the_world():
            raise DnsAway("it knows no name of the internet") from error
        return []
    except (exception.DNSException, OSError) as error:
        raise DnsAway(str(error)) from error
    if kind != "TXT":
        return [record.to_text() for record in found]
    return [b"".join(record.strings).decode("utf-8", "replace") for record in found]


def _knows_the_world() -> bool:
    """Say whether DNS knows what always exists: one that denies it speaks for no other name."""
    try:
        resolver.resolve(_ALWAYS_THERE, "A", lifetime=PATIENCE)
    except (exception.DNSException, OSError):
        return False
    return True


def check_domain(
    domain: str, keys: Sequence[DkimKey], *, ask: Resolve = resolve
) -> Iterator[Finding]:
    """Look at the records receivers look at; `keys` are those we sign with ourselves."""
    if is_reserved(domain):
        return
    try:
        yield _spf(domain, ask)
        yield from (_dkim(key, ask) for key in keys if key.domain in {domain, _parent(domain)})
        yield _dmarc(domain, ask)
        yield _mx(domain, ask)
    except DnsAway as error:
        yield Finding("DNS", False, f"It gives no answer about {domain}: {error}.", "Try again.")


def check_host(host: str, *, ask: Resolve = resolve) -> Iterator[Finding]:
    """Look whether a mail server's addresses are named by DNS, and by the name that leads there.

    Receivers distrust a host whose address has no name (RFC 1912 §2.1). Addresses of a private
    network say nothing: the relay behind them is what receivers see. Where the host is itself such
    an address, or this machine, that is said, and nobody is asked.
    """
    fixed = _as_address(host)
    if host == "localhost" or (fixed and fixed.is_private):
        yield Finding(
            "PTR", True,
            f"Not looked at: {host} is known to this machine or network only. Receivers see the "
            "address from which letters reach the internet.",
        )  # fmt: skip
        return
    if is_reserved(host):
        return
    try:
        for address in [host] if fixed else [*ask(host, "A"), *ask(host, "AAAA")]:
            if not ip_address(address).is_private:
                yield _ptr(host, address, ask)
    except DnsAway as error:
        yield Finding("DNS", False, f"It gives no answer about {host}: {error}.", "Try again.")


def _as_address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _ptr(host: str, address: str, ask: Resolve) -> Finding:
    pointer = reversename.from_address(address).to_text(omit_final_dot=True)
    names = [name.rstrip(".").lower() for name in ask(pointer, "PTR")]
    kind = "AAAA" if ":" in address else "A"
    named = next((name for name in names if address in ask(name, kind)), None)
    if named:
        return Finding("PTR", True, f"{address} ({host}) is called {named}, and that leads back.")
    fault = f"is called {names[0]}, which does not lead back" if names else "has no name in DNS"
    return Finding(
        "PTR", False, f"{address} ({host}) {fault}; many receivers take nothing from it.",
        "Ask whoever provides the address for a PTR record with the mail server's name.",
    )  # fmt: skip


def check_alignment(domain: str, envelope: str, keys: Sequence[DkimKey]) -> Finding:
    """Say whether DMARC can pass for letters from `domain` (RFC 7489 §3.1).

    `envelope` is the domain of the address bounces come back to.
    """
    if _is_aligned(domain, envelope):
        return Finding("Alignment", True, f"Bounces come back to {envelope}: SPF counts for DMARC.")
    if any(_is_aligned(domain, key.domain) for key in keys):
        return Finding("Alignment", True, f"Letters are signed as {domain}: DKIM counts for DMARC.")
    return Finding(
        "Alignment", False,
        f"Bounces come back to {envelope}, which is not of {domain}: DMARC passes only where the "
        f"relay signs as {domain}.",
        f"Make sure that it does, sign here (OUTREACH_DKIM), or use a mailbox at {domain}.",
    )  # fmt: skip


def _is_aligned(one: str, other: str) -> bool:
    """Whether two domains are of the same owner, as far as their names show."""
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def is_reserved(domain: str) -> bool:
    """Say whether a domain belongs to nobody, so that there is nothing to ask."""
    return any(domain == one or domain.endswith(f".{one}") for one in _RESERVED)


def _spf(domain: str, ask: Resolve) -> Finding:
    found = [text for text in ask(domain, "TXT") if text.lower().split(" ")[0] == "v=spf1"]
    if len(found) > 1:
        return Finding(
            "SPF", False, f"{domain} has {len(found)} SPF records; receivers ignore them all.",
            "Put everything into one TXT record.",
        )  # fmt: skip
    if not found:
        return Finding(
            "SPF", False, f"{domain} has no SPF record, so nobody knows who may send for it.",
            "Ask whoever runs your mail server for the text, such as v=spf1 include:… ~all.",
        )  # fmt: skip
    if "+all" in found[0].split():
        return Finding("SPF", False, f"{domain} lets everybody send for it.", "End it with ~all.")
    return Finding("SPF", True, f"{domain} says who may send for it.")


def _dkim(key: DkimKey, ask: Resolve) -> Finding:
    wanted = key.record.partition("p=")[2]
    published = ["".join(text.partition("p=")[2].split()) for text in ask(key.record_name, "TXT")]
    if wanted in [text.partition(";")[0] for text in published]:
        return Finding("DKIM", True, f"{key.record_name} holds our {key.algorithm} key.")
    state = "holds another key than ours" if published else "does not exist"
    return Finding(
        "DKIM", False, f"{key.record_name} {state}; our signatures are worth nothing.",
        "Publish what `outreach dkim show` prints.",
    )  # fmt: skip


def _dmarc(domain: str, ask: Resolve) -> Finding:
    for owner in dict.fromkeys((domain, _parent(domain))):
        for text in ask(f"_dmarc.{owner}", "TXT"):
            if text.lower().startswith("v=dmarc1"):
                return Finding("DMARC", True, f"{owner} has a policy: {text}.")
    return Finding(
        "DMARC", False, f"{domain} has no DMARC policy; large providers ask bulk senders for one.",
        f"Publish a TXT record _dmarc.{domain}: v=DMARC1; p=none; rua=mailto:…",
    )  # fmt: skip


def _mx(domain: str, ask: Resolve) -> Finding:
    if ask(domain, "MX"):
        return Finding("MX", True, f"{domain} takes mail.")
    return Finding(
        "MX", False, f"{domain} takes no mail, so answers and bounces are lost.",
        "Send from an address that can be answered.",
    )  # fmt: skip


def _parent(domain: str) -> str:
    """Return the domain above, where a policy for it may stand; itself when there is none."""
    above = domain.partition(".")[2]
    return above if "." in above else domain
