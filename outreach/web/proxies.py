"""Believing `X-Forwarded-*` only from the proxies the installation names; by default from none."""

from collections.abc import Iterable
from ipaddress import ip_address, ip_network
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.middleware.proxy_fix import ProxyFix


class TrustedProxies:
    """Wraps an application: requests from a trusted address are read as their proxy tells them."""

    def __init__(self, application: WSGIApplication, trusted: Iterable[str]) -> None:
        self._plain = application
        self._proxied = ProxyFix(application, x_for=1, x_proto=1, x_host=1)
        self._networks = [ip_network(part, strict=False) for part in trusted]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        chosen = self._proxied if self._trusts(environ.get("REMOTE_ADDR", "")) else self._plain
        return chosen(environ, start_response)

    def _trusts(self, address: str) -> bool:
        if not self._networks:
            return False
        try:
            caller = ip_address(address)
        except ValueError:
            return False
        return any(caller in network for network in self._networks)
