"""By what a payer is recognised the next time, and by nobody read: keyed hashes of the company's name for their card or
account, and of the address they called from. They differ from business to business."""

from __future__ import annotations

from collections.abc import Mapping

from app.core import db, settings
from app.core.security import crypto
from app.domain.payments.channels import registry
from app.lib.networks import neighbourhood


def of_means(channel: str, fingerprint: str | None) -> int | None:
    """In the open phase: of what the channel's company calls the payer's card or account, where it says."""
    return _hash(f"means {channel} {fingerprint}") if fingerprint else None


def of_address(address: str | None) -> int | None:
    """In the open phase: of an IPv4 address, or of the /64 network of an IPv6 one."""
    return _hash(f"address {neighbourhood(address)}") if address else None


def named_before(channel: str, payer: Mapping[str, str]) -> int | None:
    """In the open phase: of the account that a payment by this channel is bound to before anything is tried."""
    found = registry.CHANNELS.get(channel)
    return of_means(channel, payer.get(found.capabilities.payer or "")) if found is not None else None


def all_named_before(payer: Mapping[str, str]) -> list[int]:
    """The same for whichever channel it will be."""
    return [known for name in registry.CHANNELS if (known := named_before(name, payer)) is not None] if payer else []


def _hash(text: str) -> int:
    key = settings.current().secret_key.encode()
    return int.from_bytes(bytes.fromhex(crypto.sign_hmac(key, f"payer {db.here()} {text}".encode()))[:8], signed=True)
