"""No call to a company goes past the guard, whatever the channel can do."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest

from app.core.limits import breaker
from app.core.limits.breaker import Breaker
from app.core.money import Money
from app.domain.payments.bills import Billing
from app.domain.payments.channels import registry
from app.domain.payments.channels.platform_keys import FetchesKeys
from app.domain.payments.channels.types import (
    Channel,
    ContractRequest,
    DeductionRequest,
    PayoutChannel,
    Recurring,
)
from app.domain.payments.routing import breaker_key
from app.workflow.guarded_channel import GuardedChannel, guarded
from tests.factories.shop import Shop

MORE = (PayoutChannel, Recurring, Billing, FetchesKeys)
# These call nobody.
READS_ONLY = {"fetched_keys"}
AGREE = ContractRequest(
    contract_ref="con_1",
    scene="web",
    buyer_name="Ada",
    every_count=1,
    every_unit="month",
    first_on=date(2026, 1, 1),
    largest=Money(100, "CNY"),
    notify_url="https://pay.example/n",
    return_url="https://pay.example/r",
)
DEDUCT = DeductionRequest(
    attempt_ref="att_1",
    contract_no="1",
    amount=Money(100, "CNY"),
    subject="Books",
    notify_url="https://pay.example/n",
)


@pytest.fixture
def own_breaker() -> Iterator[Breaker]:
    before, ours = breaker.current(), Breaker(None)
    breaker.use(ours)
    yield ours
    breaker.use(before)


@pytest.mark.parametrize("name", sorted(registry.CHANNELS))
def test_a_guarded_channel_can_do_what_the_channel_can_and_does_it_guarded(shop: Shop, name: str) -> None:
    channel = registry.CHANNELS[name]
    behind = _guarded(shop, channel)

    can = [protocol for protocol in MORE if isinstance(channel, protocol)]
    assert [protocol for protocol in MORE if isinstance(behind, protocol)] == can
    for protocol in (Channel, *can):
        assert {call for call in _calls(protocol) if not _is_written(type(behind), call)} == set()


@pytest.mark.parametrize(
    ("operation", "call", "status"),
    [
        ("start_contract", lambda channel: channel.start_contract({}, AGREE), "unsent"),
        ("query_contract", lambda channel: channel.query_contract({}, "con_1", None), "unsent"),
        ("end_contract", lambda channel: channel.end_contract({}, "con_1", "1"), "unsent"),
        ("deduct", lambda channel: channel.deduct({}, DEDUCT), "unsent"),
        ("read_bill", lambda channel: channel.read_bill({}, date(2026, 1, 1)), "unknown"),
    ],
)
def test_an_open_breaker_stops_each_call(
    shop: Shop, own_breaker: Breaker, operation: str, call: Callable[[Any], Any], status: str
) -> None:
    for _ in range(8):
        own_breaker.report(breaker_key(shop.account_id, operation), is_good=False)

    answer = call(_guarded(shop, registry.channel("alipay")))

    assert (answer.status, answer.message, answer.exchanges) == (status, "the breaker is open", [])


def test_failed_deductions_open_the_breaker(shop: Shop, own_breaker: Breaker) -> None:
    channel = registry.channel("alipay")
    settings = {"app_id": "1", "gateway_url": "http://127.0.0.1:9/gateway.do"}

    answers = [_guarded(shop, channel).deduct(settings, DEDUCT) for _ in range(9)]

    assert answers[-1].message == "the breaker is open"
    assert own_breaker.admit(breaker_key(shop.account_id, "create"))[0]


def _guarded(shop: Shop, channel: Channel) -> Any:
    return guarded(channel, business_id=shop.business_id, account_id=shop.account_id)


def _calls(protocol: type) -> set[str]:
    """The methods of a protocol that are given the account's settings."""
    found = inspect.getmembers(protocol, inspect.isfunction)
    return {name for name, method in found if "settings" in inspect.signature(method).parameters} - READS_ONLY


def _is_written(kind: type, call: str) -> bool:
    return issubclass(kind, GuardedChannel) and any(call in vars(each) for each in kind.__mro__)
