"""Origins of pages: read exactly, and written in the one way in which browsers write them."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from app.core.errors import Invalid

MAX_ORIGINS = 50
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_PORTS = {"https": 443, "http": 80}
_LOOPBACK = re.compile(rf"https?://(({_LABEL}\.)*localhost|127\.0\.0\.1|\[::1\])(:[0-9]{{1,5}})?")


def read_origin(text: str) -> str:
    """The origin of a page that may show the checkout, such as `https://shop.example`, as its browser sends it: small
    letters, international names in their ASCII form, no usual port. An address of a page is cut down to its origin.

    Raises:
        Invalid: it is none; it has a wildcard or a password; or it is not https, and not this very machine.
    """
    try:
        parts = urlsplit(text.strip())
        port = parts.port
        host = _host(parts.hostname or "")
    except ValueError as error:
        raise _refused("Write it like https://shop.example.") from error
    if parts.scheme not in _PORTS or not host:
        raise _refused("Write it like https://shop.example, with https:// in front and no wildcard.")
    if parts.username is not None or parts.password is not None:
        raise _refused("Leave out the name and the password.")
    if parts.scheme == "http" and not _is_here(host):
        raise _refused("Only https:// is safe enough for a page that sells; http:// is for localhost alone.")
    suffix = "" if port is None or port == _PORTS[parts.scheme] else f":{port}"
    return f"{parts.scheme}://{host}{suffix}"


def check_return_url(url: str | None, allowed: Sequence[str], *, own: str) -> None:
    """Go on only when buyers may be sent back to this address: one on an origin of `allowed` (any, when there is none)
    or on our `own`, or none at all.

    Raises:
        Invalid: `return_url_denied`.
    """
    if not url or not allowed:
        return
    try:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}".lower()
        known = {*allowed, "{0.scheme}://{0.netloc}".format(urlsplit(own)).lower()}
        if origin in known or read_origin(url) in known:
            return
    except (Invalid, ValueError):
        pass  # it is none that anybody could have allowed
    text = "This return address is not on one of the business’s return addresses."
    raise Invalid("return_url_denied", text, details={"param": "return_url"})


def is_loopback(origin: str) -> bool:
    """Whether pages of this origin come from the very computer that shows them: a developer's own."""
    return _LOOPBACK.fullmatch(origin) is not None


def _host(name: str) -> str:
    """The host as it stands in an origin; empty when it is none."""
    if ":" in name:
        return f"[{ipaddress.IPv6Address(name)}]"
    ascii_name = name.rstrip(".").encode("idna").decode().lower() if name else ""
    if len(ascii_name) > 253 or not _HOST.fullmatch(ascii_name):
        return ""
    if ascii_name.rpartition(".")[2].isdigit():  # an address: only the usual form of it is one
        return str(ipaddress.IPv4Address(ascii_name))
    return ascii_name


def _is_here(host: str) -> bool:
    return host == "localhost" or host.endswith(".localhost") or host in ("127.0.0.1", "[::1]")


def _refused(message: str) -> Invalid:
    return Invalid("invalid_origin", message, details={"param": "origin"})
