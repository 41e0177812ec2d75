"""Channels without a company: they show the buyer what to do, and people record the outcome."""

import pytest

from app.domain.payments.channels import registry
from app.domain.payments.channels.types import Channel, NoticeRefused
from app.domain.payments.rules import OUTGOING
from tests.contracts.offline_peer import BankAccount
from tests.contracts.operations import new_ref, paid, pay_request, refund, started

BY_HAND = sorted(name for name, channel in registry.CHANNELS.items() if channel.capabilities.is_manual)


@pytest.fixture(params=BY_HAND)
def channel(request: pytest.FixtureRequest) -> Channel:
    return registry.CHANNELS[request.param]


@pytest.fixture
def peer() -> BankAccount:
    return BankAccount()


def test_it_says_what_it_is(channel: Channel, peer: BankAccount) -> None:
    fields = {field.name for field in channel.settings_schema}

    assert {field.name for field in channel.settings_schema if field.required} <= set(peer.settings) <= fields
    assert channel.capabilities.days_setting in fields
    assert {"charge", "refund"} <= channel.capabilities.kinds
    assert channel.capabilities.scenes
    assert "refund" in OUTGOING


def test_the_buyer_is_told_where_to_send_the_money_and_by_which_reference(channel: Channel, peer: BankAccount) -> None:
    ref = new_ref()

    first = channel.start_payment(peer.settings, pay_request(channel, peer, ref))
    again = channel.start_payment(peer.settings, pay_request(channel, peer, ref))
    other = channel.start_payment(peer.settings, pay_request(channel, peer, new_ref()))

    assert (first.status, first.amount) == ("pending", peer.price)
    assert first.action
    assert first.action["type"] == "instructions"
    assert first.action["reference"] == first.channel_ref
    assert first.action["details"]["account_number"] == peer.settings["account_number"]
    assert again == first
    assert other.channel_ref != first.channel_ref


def test_nobody_decides_but_people(channel: Channel, peer: BankAccount) -> None:
    charge, back = paid(channel, peer), new_ref()

    request = refund(channel, peer, charge, 500, back)

    assert channel.query_payment(peer.settings, charge).status == "pending"
    assert (request.status, channel.query_refund(peer.settings, back, charge).status) == ("pending", "pending")
    with pytest.raises(NoticeRefused):
        channel.read_notice(peer.settings, {"X-Signature": "any"}, b'{"event": "payment.succeeded"}')


def test_a_payment_that_is_not_waited_for_any_more_is_closed(channel: Channel, peer: BankAccount) -> None:
    ref = started(channel, peer)

    assert [channel.close_payment(peer.settings, ref).status for _ in range(2)] == ["cancelled", "cancelled"]


def test_an_account_without_its_settings_fails(channel: Channel, peer: BankAccount) -> None:
    for name in (field.name for field in channel.settings_schema if field.required and field.kind == "text"):
        outcome = channel.start_payment(peer.settings | {name: ""}, pay_request(channel, peer, new_ref()))
        assert (outcome.status, outcome.decline_code) == ("failed", "channel_misconfigured")
