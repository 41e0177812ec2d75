"""Addresses and networks: read from texts, and which of them are of the open network."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
# IPv6 ranges that lead to an IPv4 address: what they carry is looked at instead.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Of IPv6 only this part is the open network; what is local, reserved or carries an old address lies outside of it.
_OPEN_6 = ipaddress.ip_network("2000::/3")
# Special all the same: documentation, and of IPv4 protocol assignments and the relays of 6to4.
_SPECIAL = tuple(map(ipaddress.ip_network, ("3fff::/20", "192.0.0.0/24", "192.88.99.0/24")))


def is_open(address: Address) -> bool:
    """Whether everybody may reach the address: not private, local, shared, reserved, nor one that hides such a one."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.teredo is not None:
            return False
        hidden = address.ipv4_mapped or address.sixtofour
        if hidden is None and address in _NAT64:
            hidden = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if hidden is not None:
            return is_open(hidden)
        if address not in _OPEN_6:
            return False
    return address.is_global and not address.is_multicast and not any(address in network for network in _SPECIAL)


# The same few clients come again and again. What is longer is no address that anybody has, and not remembered.
_REMEMBERED = 1024
_LONGEST = 64


def read_address(text: str) -> Address | None:
    """The address in a text such as `203.0.113.9`, `203.0.113.9:4711`, `[2001:db8::1]:443`; None when there is none.
    An IPv4 address in IPv6 clothes is the IPv4 one."""
    return _address(text) if len(text) <= _LONGEST else _address.__wrapped__(text)


@lru_cache(maxsize=_REMEMBERED)
def _address(text: str) -> Address | None:
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
    return "nowhere" if found is None else _neighbourhood(found)


@lru_cache(maxsize=_REMEMBERED)
def _neighbourhood(found: Address) -> str:
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
