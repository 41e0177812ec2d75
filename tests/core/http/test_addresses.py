"""Which addresses are of the open network, and that a connection goes to one that was looked at."""

from __future__ import annotations

import ipaddress
import socket
import threading
from typing import Any

import pytest

from app.core.http.addresses import LookUpFailed, Lookups
from app.core.http.pinned_transport import Guard, Refused
from app.lib import networks


@pytest.mark.parametrize(
    "text",
    ["127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "::1", "::",  # noqa: S104
     "fe80::1", "fd00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:4136:e378::1", "ff02::1",
     "::127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b:1::7f00:1", "fec0::1", "3fff::1", "5f00::1", "192.0.0.8",
     "192.88.99.1"],
)  # fmt: skip
def test_addresses_that_are_not_of_the_open_network(text: str) -> None:
    assert not networks.is_open(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822"])
def test_addresses_of_the_open_network(text: str) -> None:
    assert networks.is_open(ipaddress.ip_address(text))


def test_one_private_address_among_several_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    _resolves(monkeypatch, "93.184.216.34", "10.0.0.5")

    with pytest.raises(Refused, match=r"10\.0\.0\.5"):
        Guard(is_near=False).connect_tcp("shop.example", 443, timeout=2)


def test_the_connection_goes_to_an_address_that_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    requests: list[tuple[str, int]] = []
    _resolves(monkeypatch, "93.184.216.34")
    guard = Guard(is_near=False)
    monkeypatch.setattr(guard._sockets, "connect_tcp", lambda host, port, *_: requests.append((host, port)))

    guard.connect_tcp("shop.example", 8443, timeout=2)

    assert requests == [("93.184.216.34", 8443)]


def test_a_name_that_is_never_found_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    never = _hangs(monkeypatch)
    lookups = Lookups(1)

    with pytest.raises(LookUpFailed, match="in time"):
        lookups.of("slow.example", 443, within_s=0.05)
    with pytest.raises(LookUpFailed, match="too many"):
        lookups.of("other.example", 443, within_s=10)
    assert lookups.of("127.0.0.1", 443, within_s=0.05)  # asks nobody
    never.set()


def _hangs(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    never = threading.Event()

    def answer(*_: Any, **__: Any) -> list[Any]:
        never.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return never


def _resolves(monkeypatch: pytest.MonkeyPatch, *found: str) -> None:
    def answer(*_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
