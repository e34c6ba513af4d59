"""Who may talk to the HTTP endpoint at all: clients that mean it, and no page that a browser has opened.

A page on any site can make a browser send requests to 127.0.0.1, also under a name of its own that it points there
(DNS rebinding). SDKs send neither an Origin nor Sec-Fetch headers, and name a host that a person has configured.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from functools import lru_cache

from passrole.account.service_error import ServiceError, access_denied
from passrole.server.message import HttpRequest


def refusal_of(request: HttpRequest, allowed_hosts: Collection[str] = ()) -> ServiceError | None:
    """Why this request is refused before it is read, or None. `allowed_hosts` are further names, in lower case."""
    hosts = request.header_values("host")
    if len(hosts) != 1 or not _is_expected_host(hosts[0], allowed_hosts):
        return access_denied(
            "The Host header does not name this server. Use localhost or an IP address, "
            "or start the server with the name allowed: passrole serve --allow-host NAME"
        )
    if request.header("origin") is not None or request.header("sec-fetch-site") not in {None, "none"}:
        return access_denied("Requests from web pages are refused.")
    return None


def _is_expected_host(host: str, allowed_hosts: Collection[str]) -> bool:
    name = _without_port(host.strip().lower())
    # No page can be served under a bare address that it does not own.
    return name == "localhost" or name.endswith(".localhost") or name in allowed_hosts or _is_address(name)


@lru_cache(maxsize=64)
def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host


def is_loopback(host: str) -> bool:
    """Whether a bind address is reachable from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
