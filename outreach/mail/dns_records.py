"""What DNS says of a sender's domain, and what is missing there: SPF, DKIM, DMARC, MX."""

from collections.abc import Callable, Iterator, Sequence

import dns.exception
import dns.resolver

from outreach.core.contributions import Finding
from outreach.mail.dkim import DkimKey

Resolve = Callable[[str, str], list[str]]
"""Takes a name and a type (TXT, MX), returns the records' texts; none when there are none."""
PATIENCE = 3.0
_RESERVED = ("example.org", "example.com", "example.net", "example", "test", "invalid", "localhost")
"""Domains that belong to nobody (RFC 2606): there is nothing to ask."""


class DnsAway(Exception):
    """DNS gives no answer; an expected outcome, caught by the caller."""


def resolve(name: str, kind: str) -> list[str]:
    """Ask DNS, within a few seconds; raises DnsAway."""
    try:
        found = dns.resolver.resolve(name, kind, lifetime=PATIENCE)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.exception.DNSException, OSError) as error:
        raise DnsAway(str(error)) from error
    if kind != "TXT":
        return [record.to_text() for record in found]
    return [b"".join(record.strings).decode("utf-8", "replace") for record in found]


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
