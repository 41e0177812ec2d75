"""Channels whose money is in our own ledger: no call leaves, and no notice is accepted."""

from datetime import UTC, datetime

import pytest

from app.core.money import Money
from app.domain.payments.channels import registry
from app.domain.payments.channels.types import Channel, NoticeRefused, PayRequest, RefundRequest
from tests.contracts.operations import new_ref

PRICE = Money(1980, "USD")
OWN = sorted(name for name, channel in registry.CHANNELS.items() if channel.capabilities.is_internal)


@pytest.fixture(params=OWN)
def own(request: pytest.FixtureRequest) -> Channel:
    return registry.CHANNELS[request.param]


def test_money_is_taken_and_refunded_under_one_number(own: Channel) -> None:
    pay, back = new_ref(), new_ref()
    request = PayRequest(
        attempt_ref=pay,
        amount=PRICE,
        scene=own.capabilities.scenes[0],
        subject="Gold membership",
        notify_url="",
        return_url="",
        expires_at=datetime.now(UTC),
    )
    refund = RefundRequest(
        attempt_ref=back, charge_ref=pay, charge_amount=PRICE, amount=PRICE, reason="asked for", notify_url=""
    )

    paid, given_back = own.start_payment({}, request), own.refund({}, refund)

    assert (paid.status, paid.amount) == ("succeeded", PRICE)
    assert (given_back.status, given_back.amount) == ("succeeded", PRICE)
    assert own.query_payment({}, pay).channel_ref == paid.channel_ref
    assert own.query_refund({}, back, pay).channel_ref == given_back.channel_ref


def test_nobody_speaks_for_our_books(own: Channel) -> None:
    with pytest.raises(NoticeRefused):
        own.read_notice({}, {"X-Signature": "any"}, b'{"event": "payment.succeeded"}')
