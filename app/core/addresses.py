"""Where a merchant may send us: only to the open network, and exactly to the address that was looked at."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit, urlunsplit

from app.core import settings
from app.core.errors import Invalid

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# IPv6 ranges that lead to an IPv4 address: what they carry is looked at instead.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Of IPv6 only this part is the open network; what is local, reserved or carries an old address lies outside of it.
_OPEN_6 = ipaddress.ip_network("2000::/3")
# Special all the same: documentation, and of IPv4 protocol assignments and the relays of 6to4.
_SPECIAL = tuple(map(ipaddress.ip_network, ("3fff::/20", "192.0.0.0/24", "192.88.99.0/24")))


class AddressRefused(Exception):
    """The URL leads to where merchants may not send us; the message says why."""


@dataclass(frozen=True)
class Pinned:
    """A URL with its host replaced by the address that was looked at. `host` goes into the Host header and is the
    name that the certificate is checked for, so that a name which answers differently the second time gains nothing."""

    url: str
    host: str
    name: str


def check_url(url: str) -> None:
    """Whether a merchant may give us this URL at all; nothing is looked up.

    Raises:
        Invalid: the message says what is wrong.
    """
    try:
        _parts(url)
    except AddressRefused as refused:
        raise Invalid("invalid_url", f"{refused}.", details={"param": "url"}) from refused


def pin(url: str) -> Pinned:
    """Look the host up and hold the URL to what was found.

    Raises:
        AddressRefused: not http(s), or one of the host's addresses is not in the open network.
        OSError: the host has no address.
    """
    parts, port = _parts(url)
    name = parts.hostname or ""
    found = [ipaddress.ip_address(each[4][0]) for each in socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)]
    for address in found:
        if not is_open(address) and not settings.current().private_addresses:
            raise AddressRefused(f"{name} is {address}, which is not an address of the open network")
    address = found[0]
    literal = f"[{address}]" if address.version == 6 else str(address)
    return Pinned(urlunsplit((parts.scheme, f"{literal}:{port}", parts.path, parts.query, "")), parts.netloc, name)


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


def _parts(url: str) -> tuple[SplitResult, int]:
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise AddressRefused("This is not a URL") from None
    private = settings.current().private_addresses
    if parts.scheme != "https" and not (parts.scheme == "http" and private):
        raise AddressRefused("The URL begins with https://")
    if not parts.hostname or parts.username is not None or parts.password is not None or len(url) > 2000:
        raise AddressRefused("The URL has a host, no password, and at most 2,000 characters")
    return parts, port
