"""An order paid by Alipay, from the signed page to the books: what counts, and what is not believed."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from app.core.ids import new_id, show
from app.core.money import Money
from app.domain.payments.channels import registry
from app.domain.payments.channels.types import Outcome
from app.workflow.guarded_channel import guarded
from app.workflow.orders import close_orders
from app.workflow.payments import manage_channels, pay_order
from tests.contracts.alipay_peer import AlipayPeer
from tests.factories.shop import Shop
from tests.simulator.company import Company

SendNotice = Callable[[bytes], tuple[int, bytes]]


@pytest.fixture
def shop(new_shop: Callable[..., Shop]) -> Iterator[Shop]:
    made = new_shop(currency="CNY")
    yield made
    made.audit()


@pytest.fixture
def peer(shop: Shop, simulator: str) -> AlipayPeer:
    """The company, with an account of the shop's there that `shop.account_id` names."""
    peer = AlipayPeer(Company(simulator))
    shop.account_id = manage_channels.add_channel_account(
        shop.business_id, channel="alipay", name="Alipay", values=peer.settings
    )
    return peer


def started_payment(shop: Shop, peer: AlipayPeer, *, scene: str = "web") -> tuple[uuid.UUID, uuid.UUID]:
    """An order and the attempt whose buyer is at Alipay's page."""
    order_id = shop.place()
    attempt_id = pay_order.pay_order(shop.business_id, order_id, channel="alipay", scene=scene)
    peer.arrive(Outcome(status="pending", action=shop.attempt(attempt_id).action))
    return order_id, attempt_id


@pytest.fixture
def send_notice(app: Flask, shop: Shop, peer: AlipayPeer) -> SendNotice:
    """Sends these bytes as a notice to the account's URL; status and body of the answer."""
    assert peer
    browser, path = app.test_client(), f"/callbacks/alipay/{show('cha', shop.account_id)}"

    def send(body: bytes) -> tuple[int, bytes]:
        answer = browser.post(path, data=body, content_type="application/x-www-form-urlencoded; charset=UTF-8")
        return answer.status_code, answer.data

    return send


def test_an_order_is_paid_once_however_often_notices_come(
    shop: Shop, peer: AlipayPeer, send_notice: SendNotice
) -> None:
    order_id, attempt_id = started_payment(shop, peer)
    ref = show("att", attempt_id)
    peer.decide(ref, "approve")
    fields = peer.fields(ref)
    closed = fields | {"notify_id": "later", "trade_status": "TRADE_CLOSED"}

    replies = [send_notice(body) for body in (peer.notices(ref)[0],) * 2]
    reordered = [send_notice(peer.signed_notice(each)) for each in (closed, fields | {"notify_id": "latest"})]

    assert replies + reordered == [(200, b"success")] * 4
    shop.work_off()
    assert shop.order(order_id).paid_minor == 1000
    assert shop.balance("channel_clearing") == 1000


def test_a_notice_must_fit_the_order_it_names(shop: Shop, peer: AlipayPeer, send_notice: SendNotice) -> None:
    order_id, attempt_id = started_payment(shop, peer)
    _, other = started_payment(shop, peer)
    peer.decide(show("att", attempt_id), "approve")
    fields = peer.fields(show("att", attempt_id))
    assert shop.poll(other)
    assert shop.attempt(other).channel_ref

    refused = {
        reason: send_notice(peer.signed_notice(fields | {"notify_id": reason} | change))
        for reason, change in {
            "wrong_amount": {"total_amount": "10.01"},
            "unknown_order": {"out_trade_no": show("att", new_id())},
            "wrong_trade": {"out_trade_no": show("att", other)},
            "wrong_merchant": {"app_id": "2021000000000000"},
        }.items()
    }
    refused["bad_signature"] = send_notice(peer.signed_notice(fields, key="stranger"))

    assert refused == {reason: (400, reason.encode()) for reason in refused}
    assert shop.order(order_id).status == "paying"
    assert send_notice(peer.signed_notice(fields)) == (200, b"success")
    assert shop.order(order_id).status == "paid"


def test_a_code_whose_answer_was_lost_is_found_by_asking(shop: Shop, peer: AlipayPeer) -> None:
    order_id, attempt_id = shop.place(), new_id()
    peer.script("create", "http_500", show("att", attempt_id), "after")
    pay_order.pay_order(shop.business_id, order_id, channel="alipay", scene="qr", attempt_id=attempt_id)
    assert shop.attempt(attempt_id).status == "unknown"

    request = peer.pay_request(show("att", attempt_id), scene="qr", amount=Money(1000, "CNY"))
    behind = guarded(registry.channel("alipay"), business_id=shop.business_id, account_id=shop.account_id)
    peer.arrive(behind.start_payment(peer.settings, request))
    peer.decide(show("att", attempt_id), "approve")
    assert shop.poll(attempt_id)

    assert (shop.attempt(attempt_id).status, shop.order(order_id).status) == ("succeeded", "paid")


def test_a_buyer_who_comes_late_finds_the_payment_open(shop: Shop, peer: AlipayPeer) -> None:
    order_id = shop.place()
    attempt_id = pay_order.pay_order(shop.business_id, order_id, channel="alipay")
    assert shop.poll(attempt_id)
    assert shop.attempt(attempt_id).status == "pending"

    peer.arrive(Outcome(status="pending", action=shop.attempt(attempt_id).action))
    peer.decide(show("att", attempt_id), "approve")
    assert shop.poll(attempt_id)

    assert shop.order(order_id).status == "paid"


def test_a_page_nobody_opened_is_closed_with_its_order_and_late_money_goes_back(
    shop: Shop, peer: AlipayPeer, send_notice: SendNotice
) -> None:
    order_id = shop.place()
    attempt_id = pay_order.pay_order(shop.business_id, order_id, channel="alipay")

    status = close_orders.close_order(shop.business_id, order_id, reason="cancelled", actor="test")

    assert (status, shop.attempt(attempt_id).status) == ("closed", "cancelled")
    # The page of the real company can still be opened until scheduled end.
    peer.arrive(Outcome(status="pending", action=shop.attempt(attempt_id).action))
    peer.decide(show("att", attempt_id), "approve")
    assert send_notice(peer.notices(show("att", attempt_id))[0]) == (200, b"success")
    shop.work_off()
    [refund] = shop.refunds(order_id)
    assert (refund.status, refund.amount_minor) == ("succeeded", 1000)
    assert shop.order(order_id).status == "closed"


def test_refunds_end_in_the_books_and_their_notices_change_nothing(
    shop: Shop, peer: AlipayPeer, send_notice: SendNotice
) -> None:
    order_id, attempt_id = started_payment(shop, peer)
    ref = show("att", attempt_id)
    peer.decide(ref, "approve")
    assert shop.poll(attempt_id)
    shop.work_off()
    peer.script("refund", "http_500", ref, "after")

    part = shop.refund(order_id, 400)
    assert shop.refund_attempt(part).status == "unknown"
    assert shop.poll(shop.refund_attempt(part).id)
    shop.refund(order_id)
    replies = [send_notice(body) for body in peer.notices(ref, 3)]

    assert replies == [(200, b"success")] * 3
    shop.work_off()
    assert [refund.status for refund in shop.refunds(order_id)] == ["succeeded", "succeeded"]
    assert (shop.order(order_id).status, shop.order(order_id).refunded_minor) == ("refunded", 1000)
    assert shop.balance("channel_clearing") == 0
