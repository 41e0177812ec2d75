"""Where a request came from. Behind a proxy that is what the proxy says, and only because we know the proxy."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Sequence
from typing import Any

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class ClientAddress:
    """WSGI middleware: makes REMOTE_ADDR the client's address, so that limits, locks and evidence are about the client.

    `X-Forwarded-For` is read from its end, for as long as the one who wrote the entry is a proxy of ours; what comes
    before was written by strangers. Without `trusted` networks the header is never looked at.
    """

    def __init__(self, app: Callable[..., Iterable[bytes]], trusted: Sequence[Network]) -> None:
        self._app, self._trusted = app, tuple(trusted)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer the request as if it came straight from the client."""
        found = client_address(environ.get("REMOTE_ADDR"), environ.get("HTTP_X_FORWARDED_FOR", ""), self._trusted)
        environ["REMOTE_ADDR"] = found or ""
        return self._app(environ, start_response)


def client_address(peer: str | None, forwarded_for: str, trusted: Sequence[Network]) -> str | None:
    """The client's address, given who connected to us and what `X-Forwarded-For` says; None when it is no address."""
    found = read_address(peer or "")
    hops = forwarded_for.split(",") if forwarded_for else []
    while found is not None and hops and any(found in network for network in trusted):
        before = read_address(hops.pop())
        if before is None:
            break
        found = before
    return None if found is None else str(found)


def read_address(text: str) -> Address | None:
    """The address in a text such as `203.0.113.9`, `203.0.113.9:4711`, `[2001:db8::1]:443`; None when there is none.
    An IPv4 address in IPv6 clothes is the IPv4 one."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def read_networks(text: str) -> tuple[Network, ...]:
    """Networks of a list such as `10.0.0.0/8, 192.0.2.7`.

    Raises:
        ValueError: a part is none.
    """
    return tuple(ipaddress.ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip())


def neighbourhood(address: str | None) -> str:
    """Whom a limit is about: an IPv4 address, or the /64 network that one household or server has of IPv6."""
    found = read_address(address or "")
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found) if found is not None else "nowhere"
