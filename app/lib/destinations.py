"""Where a call may go: to listed origins, or to anybody on the open network. Whoever makes a call says which; a call
that nobody spoke for goes nowhere."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from app.lib.networks import is_open

MAX_URL_LENGTH = 2_000
USUAL_PORTS = {"https": 443, "http": 80}
_NUMBER = re.compile("[0-9]+|0x[0-9a-f]*")


class NotAllowed(Exception):
    """A URL that may not be called; the message says why, and names no more than the origin."""


@dataclass(frozen=True)
class Origin:
    """A scheme, a host and a port; port 0 is any. `is_near`: its addresses may be private ones, loopback included."""

    scheme: str
    host: str
    port: int
    is_near: bool = False

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == USUAL_PORTS[self.scheme] else f":{self.port or '*'}"
        return f"{self.scheme}://{host}{port}"

    def holds(self, other: Origin) -> bool:
        """Whether the other one is this, whatever the addresses."""
        return (self.scheme, self.host) == (other.scheme, other.host) and self.port in (0, other.port)


@dataclass(frozen=True)
class Destinations:
    """Where one kind of call may go. `origins` None: to every host, at one of `ports` (None: at any), and without https
    or at private addresses when `is_near`. `pool` keeps the connections of kinds apart."""

    pool: Literal["companies", "merchants", "own"]
    origins: tuple[Origin, ...] | None
    ports: frozenset[int] | None = None
    is_near: bool = False

    def check(self, url: str) -> Origin:
        """The URL's origin, when it may be called; whether at private addresses says its `is_near`.

        Raises:
            NotAllowed: it may not.
        """
        origin = origin_of(url)
        if self.origins is not None:
            found = next((each for each in self.origins if each.holds(origin)), None)
            if found is None:
                raise NotAllowed(f"{origin} is not among the addresses that may be called")
            return Origin(origin.scheme, origin.host, origin.port, found.is_near)
        self._check_any(origin)
        return Origin(origin.scheme, origin.host, origin.port, self.is_near)

    def _check_any(self, origin: Origin) -> None:
        if self.is_near:
            return
        if origin.scheme != "https":
            raise NotAllowed("The URL begins with https://")
        if self.ports is not None and origin.port not in self.ports:
            ports = " or ".join(map(str, sorted(self.ports)))
            raise NotAllowed(f"The port must be {ports}, not {origin.port}")
        if not may_be_open(origin.host):
            raise NotAllowed(f"{origin.host} is not a public address")


def origin_of(url: str) -> Origin:
    """The origin of an absolute URL; only what every reader of URLs reads alike is one.

    Raises:
        NotAllowed: it is no http(s) URL, names a user, or has letters that are read in different ways.
    """
    parts, port = _split(url)
    if parts.scheme not in USUAL_PORTS:
        raise NotAllowed("The URL begins with https://")
    if not parts.hostname or "@" in parts.netloc or len(url) > MAX_URL_LENGTH:
        raise NotAllowed(f"The URL has a host, no password, and at most {MAX_URL_LENGTH:,} characters")
    return Origin(parts.scheme, parts.hostname.removesuffix("."), port or USUAL_PORTS[parts.scheme])


def _split(url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise NotAllowed("This is not a URL") from None
    # A backslash or a blank in it is the host's end for one reader and a part of it for another.
    if "\\" in url or " " in url or not url.isprintable() or port == 0 or "%" in parts.netloc:
        raise NotAllowed("This is not a URL")
    if not parts.netloc.isascii():
        raise NotAllowed("Write the host in its ASCII form (xn--…)")
    return parts, port


def may_be_open(host: str) -> bool:
    """False for what is a private address by its mere looks, in whatever notation. Names tell when looked up."""
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return False
    try:
        return is_open(ipaddress.ip_address(host))
    except ValueError:
        # 127.1, 0x7f000001, 2130706433: no name of the open network ends in a number.
        return _NUMBER.fullmatch(host.rpartition(".")[2]) is None


def read_origin(text: str, *, is_near: bool = False) -> Origin:
    """An origin as a setting writes it: `https://pay.example`, `http://127.0.0.1:9000`, or with `:*` for any port.

    Raises:
        NotAllowed: it is none.
    """
    any_port = text.endswith(":*")
    found = origin_of(text[:-2] if any_port else text)
    if urlsplit(text).path or urlsplit(text).query:
        raise NotAllowed("An origin has no path")
    return Origin(found.scheme, found.host, 0 if any_port else found.port, is_near)


def named(origins: Collection[Origin]) -> str:
    """Them in words."""
    return ", ".join(sorted({str(each) for each in origins}))
