"""Where merchants may send us."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from app.core import addresses, settings
from app.core.addresses import AddressRefused


@pytest.fixture(autouse=True)
def strangers(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Merchants are strangers here: no private addresses."""
    assert app
    monkeypatch.setattr(settings, "_current", replace(settings.current(), private_addresses=False))


@pytest.mark.parametrize(
    "text",
    ["127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "::1", "::",  # noqa: S104
     "fe80::1", "fd00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:4136:e378::1", "ff02::1",
     "::127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b:1::7f00:1", "fec0::1", "3fff::1", "5f00::1", "192.0.0.8",
     "192.88.99.1"],
)  # fmt: skip
def test_addresses_that_are_not_of_the_open_network(text: str) -> None:
    assert not addresses.is_open(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822"])
def test_addresses_of_the_open_network(text: str) -> None:
    assert addresses.is_open(ipaddress.ip_address(text))


def test_one_private_address_among_several_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    _resolves(monkeypatch, "93.184.216.34", "10.0.0.5")

    with pytest.raises(AddressRefused, match=r"10\.0\.0\.5"):
        addresses.pin("https://shop.example/hook")


def test_the_url_is_held_to_the_address_that_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    _resolves(monkeypatch, "93.184.216.34")

    pinned = addresses.pin("https://shop.example:8443/hook?a=1")

    assert pinned.url == "https://93.184.216.34:8443/hook?a=1"
    assert (pinned.host, pinned.name) == ("shop.example:8443", "shop.example")


@pytest.mark.parametrize("url", ["http://shop.example/", "https://u:p@shop.example/", "file:///etc/passwd", "https://"])
def test_urls_that_are_refused_without_a_look(url: str) -> None:
    with pytest.raises(AddressRefused):
        addresses.pin(url)


def _resolves(monkeypatch: pytest.MonkeyPatch, *found: str) -> None:
    def answer(*_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
