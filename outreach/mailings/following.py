"""Following an address that users typed, once, to see whether it leads anywhere.

The only place from which this server asks another for something a user named. So the host's
addresses are looked up first, all of them must be public, and the connection goes to the very
address that was looked at: a name that changes its mind between two look-ups reaches nothing.
"""

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from outreach.mail import dns_records
from outreach.mail.dns_records import DnsAway

SECONDS = 6
MOST_REDIRECTS = 4
PORTS = frozenset({80, 443})
_GONE = frozenset({404, 410})
_ASKS_FOR_GET = frozenset({400, 403, 404, 405, 501})
_AGENT = "Outreach link check"
UNCHECKED = "could not be checked: "
"""How the detail of an address begins of which nothing is known: never a reason to block."""

Resolve = Callable[[str, int], list[str]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of following an address."""

    is_dead: bool
    detail: str = ""
    """What to tell about it; empty when it leads somewhere."""


class _Refused(Exception):
    """The address leads to a place this server does not look at."""


class _Unknown(Exception):
    """This machine found no address for a host's name."""


def follow(
    address: str,
    *,
    resolve: Resolve | None = None,
    ask_dns: dns_records.Resolve = dns_records.resolve,
) -> Outcome:
    """Say whether an http(s) address leads somewhere; waits at most some seconds.

    Dead are pages that are gone, names DNS says do not exist and addresses inside a private
    network. A server that is slow, strict or broken today is only told about; so is an address
    that could not be looked at, as all are while this machine has no network.
    """
    look_up = resolve or _addresses
    try:
        return _judged(_status(address, look_up))
    except _Refused as refusal:
        return Outcome(is_dead=True, detail=str(refusal))
    except _Unknown as error:
        return _unknown(str(error), ask_dns)
    except ssl.SSLError:
        return Outcome(is_dead=False, detail="its certificate is not in order")
    except TimeoutError:
        return _unchecked("it did not answer in time")
    except socket.gaierror:
        return _unchecked("its name could not be looked up just now")
    except (OSError, http.client.HTTPException, UnicodeError, ValueError):
        return _unchecked("no connection came about")


def _unknown(host: str, ask_dns: dns_records.Resolve) -> Outcome:
    """Tell a name that does not exist from a machine that cannot ask: both look alike to it."""
    try:
        is_there = bool(ask_dns(host, "A") or ask_dns(host, "AAAA"))
    except (DnsAway, ValueError):
        return _unchecked("this server reaches no DNS just now")
    if is_there:
        return _unchecked("its name could not be looked up just now")
    return Outcome(is_dead=True, detail="nobody knows this host")


def _unchecked(why: str) -> Outcome:
    return Outcome(is_dead=False, detail=f"{UNCHECKED}{why}")


def _judged(status: int) -> Outcome:
    if status in _GONE:
        return Outcome(is_dead=True, detail=f"the page is not there (answer {status})")
    if status >= 400:
        return Outcome(is_dead=False, detail=f"it answered {status}, perhaps only to us")
    return Outcome(is_dead=False)


def _status(address: str, resolve: Resolve) -> int:
    for _ in range(MOST_REDIRECTS + 1):
        status, location = _ask("HEAD", address, resolve)
        if status in _ASKS_FOR_GET:
            status, location = _ask("GET", address, resolve)
        if not (300 <= status < 400 and location):
            return status
        address = urljoin(address, location)
    raise _Refused("it is passed on again and again")


def _ask(method: str, address: str, resolve: Resolve) -> tuple[int, str]:
    parts = urlsplit(address)
    is_secure = parts.scheme == "https"
    port = parts.port or (443 if is_secure else 80)
    host = parts.hostname or ""
    if parts.scheme not in {"http", "https"} or not host:
        raise _Refused("it leads to something that is no page")
    if port not in PORTS:
        raise _Refused(f"it names port {port}, where no public page is")
    found = _public(_looked_up(host, port, resolve))
    connection = _connection(host, port, found, is_secure=is_secure)
    try:
        path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        connection.request(method, path, headers={"User-Agent": _AGENT, "Accept": "*/*"})
        answer = connection.getresponse()
        return answer.status, answer.getheader("Location") or ""
    finally:
        connection.close()


def _looked_up(host: str, port: int, resolve: Resolve) -> list[str]:
    try:
        return resolve(host, port)
    except socket.gaierror as error:
        if error.errno in {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", None)}:
            raise _Unknown(host) from error
        raise


def _public(addresses: list[str]) -> str:
    """Return the first address; raises _Refused unless all of them are public."""
    parsed = [ipaddress.ip_address(address.partition("%")[0]) for address in addresses]
    if not parsed or not all(one.is_global and not one.is_multicast for one in parsed):
        raise _Refused("it leads to an address only this network can open")
    return addresses[0]


def _connection(
    host: str, port: int, address: str, *, is_secure: bool
) -> http.client.HTTPConnection:
    """Return a connection to the address that was looked at, under the name that was asked for."""
    made = http.client.HTTPConnection(host, port, timeout=SECONDS)
    raw = socket.create_connection((address, port), timeout=SECONDS)
    if not is_secure:
        made.sock = raw
        return made
    try:
        made.sock = ssl.create_default_context().wrap_socket(raw, server_hostname=host)
    except OSError:
        raw.close()
        raise
    return made


def _addresses(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]
