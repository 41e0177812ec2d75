"""The operations at companies in these tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from app.core.ids import new_id, show
from app.core.money import Money
from app.domain.payments.channels.types import Channel, Outcome, PayRequest, RefundRequest
from tests.contracts.peers import Payer


def new_ref() -> str:
    return show("att", new_id())


def pay_request(channel: Channel, peer: Payer, ref: str, *, scene: str = "", amount: Money | None = None) -> PayRequest:
    return PayRequest(
        attempt_ref=ref,
        amount=amount or peer.price,
        scene=scene or channel.capabilities.scenes[0],
        subject="Gold membership",
        notify_url=peer.notify_url,
        return_url="http://127.0.0.1:9/back",
        expires_at=datetime.now(UTC) + timedelta(hours=1),
        details=peer.details,
    )


def started(channel: Channel, peer: Payer) -> str:
    """The reference of a payment that waits for its buyer."""
    ref = new_ref()
    assert channel.start_payment(peer.settings, pay_request(channel, peer, ref)).status == "pending"
    return ref


def paid(channel: Channel, peer: Payer) -> str:
    """The reference of a payment that was made and notified."""
    ref = started(channel, peer)
    peer.approve(ref)
    peer.notices(1)
    return ref


def refund(channel: Channel, peer: Payer, charge_ref: str, minor: int, ref: str | None = None) -> Outcome:
    request = RefundRequest(
        attempt_ref=ref or new_ref(),
        charge_ref=charge_ref,
        charge_amount=peer.price,
        amount=Money(minor, peer.price.currency),
        reason="asked for",
        notify_url=peer.notify_url,
    )
    return channel.refund(peer.settings, request)
