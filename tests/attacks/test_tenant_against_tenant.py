"""One business, or somebody without a name, makes calls that hang: everybody else is served all the same.

A pool of as many threads as a web process has stands for the server. Nothing is timed: what others do must be over
while the calls still hang.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from typing import Any

import pytest
from flask import Flask

from app.core.errors import TooMany, Unavailable
from app.core.limits import breaker, bulkhead
from app.workflow.payments import fetch_platform_keys, manage_channels, pay_order, try_connection
from app.workflow.payments.accept_notice import accept_notice
from tests.attacks.hanging import Hanging, hanging
from tests.contracts.wechatpay_peer import WeChatPay
from tests.factories.shop import Shop
from tests.simulator.company import Company, Receiver
from tests.workflow.payments.test_fetch_platform_keys import paid

THREADS = 16
LIMIT_S = 60.0
Server = ThreadPoolExecutor


@pytest.fixture
def stuck(app: Flask) -> Iterator[Hanging]:
    """Somebody outside who hangs, and the bulkhead and breakers of a process that just started."""
    assert app
    stored, known = bulkhead.current(), breaker.current()
    bulkhead.use(bulkhead.standard(8))
    breaker.use(breaker.Breaker(None))
    with hanging() as made:
        yield made
    bulkhead.use(stored)
    breaker.use(known)


@pytest.fixture
def server(stuck: Hanging) -> Iterator[Server]:
    """The threads of a web process."""
    with ThreadPoolExecutor(THREADS) as pool:
        yield pool
        stuck.let_go()


def hanging_account(shop: Shop, stuck: Hanging, *, name: str = "Hangs", channel: str = "simulator") -> uuid.UUID:
    """An account of the business at a company that hangs, tried before its others."""
    values = {"base_url": stuck.url, "merchant_id": "m", "api_key": "k" * 20, "timeout_s": "60"}
    return manage_channels.add_channel_account(shop.business_id, channel=channel, name=name, values=values, priority=1)


def came_of(futures: list[Future[Any]]) -> list[type]:
    """The error of each, or the type of its result, once all are over."""
    return [type(each.exception(LIMIT_S) or each.result(0)) for each in futures]


def buys(shop: Shop, how_many: int) -> list[Callable[[], uuid.UUID]]:
    """Payments of orders that were placed before."""
    orders = [shop.place() for _ in range(how_many)]
    return [partial(shop.pay, order_id) for order_id in orders]


def test_testing_hanging_connections_ninety_times_stops_nobody(
    new_shop: Callable[..., Shop], stuck: Hanging, server: Server
) -> None:
    attacker, other = new_shop(), new_shop()
    accounts = [hanging_account(attacker, stuck, name=f"Hangs {number}") for number in range(10)]
    payments = buys(other, 10)

    tries = [
        server.submit(try_connection.try_connection, attacker.business_id, accounts[number % 10])
        for number in range(90)
    ]
    served = [server.submit(each) for each in payments]
    statuses = {other.attempt(each.result(LIMIT_S)).status for each in served}
    held = stuck.held  # they hang still
    own = server.submit(try_connection.try_connection, other.business_id, other.account_id).result(LIMIT_S)
    stuck.let_go()

    assert (statuses, own.found) == ({"pending"}, "good")
    assert 1 <= held <= 2
    assert came_of(tries).count(TooMany) == 90 - held
    attacker.audit()
    other.audit()


def test_payments_at_a_company_that_hangs_leave_room_for_other_businesses(
    new_shop: Callable[..., Shop], stuck: Hanging, server: Server
) -> None:
    attacker, other = new_shop(), new_shop()
    for number in range(4):
        hanging_account(attacker, stuck, name=f"Hangs {number}")
    ninety, payments = buys(attacker, 40), buys(other, 10)

    hanging_ones = [server.submit(each) for each in ninety]
    stuck.wait_for(1)
    served = [server.submit(each) for each in payments]
    statuses = {other.attempt(each.result(LIMIT_S)).status for each in served}
    held = stuck.held
    stuck.let_go()

    assert statuses == {"pending"}
    assert held <= 5
    ends = came_of(hanging_ones)
    assert set(ends) <= {uuid.UUID, Unavailable}
    attacker.audit()
    other.audit()


def test_a_payment_that_finds_no_room_begins_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, stuck: Hanging
) -> None:
    monkeypatch.setattr(bulkhead, "SLOW_S", -1.0)  # whatever is under way is slow
    order_id = shop.place()
    assert stuck.held == 0

    with _full(shop), pytest.raises(Unavailable) as refused:
        shop.pay(order_id)

    assert (refused.value.http_status, refused.value.details["retry_after_s"] > 0) == (503, True)
    assert shop.order(order_id).status == "created"
    assert shop.attempt(shop.pay(order_id)).status == "pending"


def test_money_that_is_in_our_own_books_needs_no_room(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, stuck: Hanging
) -> None:
    monkeypatch.setattr(bulkhead, "SLOW_S", -1.0)
    shop.keep_wallets()
    shop.fund("buyer-1", 5000)
    assert stuck.held == 0

    with _full(shop):
        attempt_id = pay_order.pay_order(shop.business_id, shop.place(), channel="wallet", scene="wallet")

    assert attempt_id is not None
    assert shop.attempt(attempt_id).status == "succeeded"


def test_forged_notices_with_unknown_serials_make_no_call_and_hold_no_thread(
    new_shop: Callable[..., Shop], simulator: str, stuck: Hanging, server: Server
) -> None:
    shop = new_shop(currency="CNY")
    company, receiver = Company(simulator), Receiver()
    peer = WeChatPay(company, receiver)
    shop.account_id = manage_channels.add_channel_account(
        shop.business_id, channel="wechatpay", name="WeChat Pay", values=peer.settings
    )
    order_id = shop.place()
    attempt_id = pay_order.pay_order(shop.business_id, order_id, channel="wechatpay", scene="qr")
    assert attempt_id is not None
    manage_channels.change_channel_account(shop.business_id, shop.account_id, values={"base_url": stuck.url})
    body = paid(peer, attempt_id)
    honest = peer.sign(body, _now())

    def send_notice(**changed: str) -> int:
        return accept_notice("wechatpay", shop.account_id, honest | changed, body).http_status

    def forge() -> set[int]:
        forged = [server.submit(send_notice, **{"Wechatpay-Serial": f"B{number:039d}"}) for number in range(60)]
        return {each.result(LIMIT_S) for each in forged}

    first = forge()
    called_by_notices = stuck.held
    job = server.submit(fetch_platform_keys.fetch_keys, shop.business_id, shop.account_id)
    stuck.wait_for(1)  # the job's one question, which hangs
    second, result = forge(), send_notice()
    called_by_all = stuck.held
    stuck.let_go()

    assert (first, second, result) == ({400}, {400}, 200)
    assert (called_by_notices, called_by_all) == (0, 1)
    assert job.result(LIMIT_S) is False
    assert shop.order(order_id).status == "paid"
    receiver.close()
    company.client.close()
    shop.audit()


def _full(shop: Shop) -> ExitStack:
    stack = ExitStack()
    while stack.enter_context(bulkhead.current().slot("create", shop.business_id, uuid.uuid4())):
        pass
    return stack


def _now() -> int:
    return int(time.time())
