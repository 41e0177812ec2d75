"""Who is calling, with and without proxies of ours in between."""

from __future__ import annotations

import pytest

from app.core.web.client_address import client_address
from app.lib import networks
from app.lib.networks import read_networks

OURS = read_networks("10.0.0.0/8, 2001:db8::/32")


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "found"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),  # a stranger may say what it likes
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1"),  # only the proxy's own entry counts
        ("10.0.0.1", "198.51.100.1, 10.9.9.9", "198.51.100.1"),
        ("10.0.0.1", "10.9.9.9", "10.9.9.9"),
        ("10.0.0.1", "unknown", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1:4711", "198.51.100.1"),
        ("2001:db8::7", "[2001:dead::1]:443", "2001:dead::1"),
        ("::ffff:10.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"),
        ("", "198.51.100.1", None),
        (None, "", None),
    ],
)
def test_the_client_is_whom_our_own_proxies_name(peer: str | None, forwarded_for: str, found: str | None) -> None:
    assert client_address(peer, forwarded_for, OURS) == found


def test_without_proxies_nobody_is_believed() -> None:
    assert client_address("10.0.0.1", "198.51.100.1", ()) == "10.0.0.1"


def test_what_is_too_long_for_an_address_is_not_remembered() -> None:
    remembered = networks._address.cache_info().currsize

    assert networks.read_address("203.0.113.9, " * 1000) is None

    assert networks._address.cache_info().currsize == remembered
