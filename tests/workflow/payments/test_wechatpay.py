"""An order paid by WeChat Pay, from the code to the books: what counts, and what is not believed."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app.core.ids import new_id, show
from app.domain.orders.types import Buyer, OrderItem
from app.read.checkout import checkouts
from app.workflow.checkout import confirm_checkout, open_checkout
from app.workflow.payments import manage_channels, pay_order
from app.workflow.payments.accept_notice import accept_notice
from app.workflow.steps.payments import begin_payment
from tests.contracts.wechatpay_peer import WeChatPay
from tests.factories.shop import Shop
from tests.simulator.company import Company, Receiver


@pytest.fixture
def shop(new_shop: Callable[..., Shop]) -> Iterator[Shop]:
    made = new_shop(currency="CNY")
    yield made
    made.audit()


@pytest.fixture
def peer(shop: Shop, simulator: str) -> Iterator[WeChatPay]:
    """The company, with an account of the shop's there that `shop.account_id` names."""
    company, receiver = Company(simulator), Receiver()
    peer = WeChatPay(company, receiver)
    shop.account_id = manage_channels.add_channel_account(
        shop.business_id, channel="wechatpay", name="WeChat Pay", values=peer.settings | {"timeout_s": "3"}
    )
    yield peer
    receiver.close()
    company.client.close()


def started_payment(shop: Shop) -> tuple[uuid.UUID, uuid.UUID]:
    order_id = shop.place()
    return order_id, pay_order.pay_order(shop.business_id, order_id, channel="wechatpay", scene="qr")


def visit(shop: Shop, **payer: str) -> uuid.UUID:
    """A buyer's session at the checkout."""
    buyer, details = Buyer(reference="buyer-1"), {"payer": payer} if payer else {}
    return open_checkout.open_checkout(
        shop.business_id, items=[OrderItem(shop.sku_id, 1)], buyer=buyer, details=details
    ).session_id


def notice_body(peer: WeChatPay, attempt_id: uuid.UUID, *, total: int = 1000, **changes: Any) -> bytes:
    """The notice that the attempt was paid."""
    inside = {
        "mchid": peer.settings["mchid"],
        "appid": peer.settings["appid"],
        "out_trade_no": show("att", attempt_id),
        "transaction_id": f"42000{attempt_id.hex[:20]}",
        "trade_state": "SUCCESS",
        "amount": {"total": total, "payer_total": total, "currency": "CNY"},
    }
    return peer.sealed("TRANSACTION.SUCCESS", inside | changes, f"EV-{attempt_id.hex}")


def send_notice(shop: Shop, peer: WeChatPay, body: bytes) -> tuple[int, bytes]:
    reply = accept_notice("wechatpay", shop.account_id, peer.sign(body, int(time.time())), body)
    return reply.http_status, reply.body


def test_an_order_is_paid_once_however_often_notices_come(shop: Shop, peer: WeChatPay) -> None:
    order_id, attempt_id = started_payment(shop)
    action = shop.attempt(attempt_id).action
    body = notice_body(peer, attempt_id)

    replies = [send_notice(shop, peer, body) for _ in range(2)]

    assert (action["type"], action["content"]) == ("qr", action["url"])
    assert replies == [(200, b'{"code": "SUCCESS"}')] * 2
    assert shop.order(order_id).status == "paid"
    assert shop.balance("channel_clearing") == 1000
    shop.work_off()


def test_a_notice_must_fit_the_order_it_names(shop: Shop, peer: WeChatPay) -> None:
    order_id, attempt_id = started_payment(shop)

    refused = {
        reason: send_notice(shop, peer, body)
        for reason, body in {
            "wrong_amount": notice_body(peer, attempt_id, total=1001),
            "wrong_currency": notice_body(peer, attempt_id, amount={"total": 1000, "currency": "HKD"}),
            "unknown_order": notice_body(peer, new_id()),
            "wrong_merchant": notice_body(peer, attempt_id, mchid="1900000000"),
        }.items()
    }

    assert refused == {reason: (400, reason.encode()) for reason in refused}
    assert shop.order(order_id).status == "paying"
    assert send_notice(shop, peer, notice_body(peer, attempt_id))[0] == 200
    assert shop.order(order_id).status == "paid"


def test_a_code_whose_answer_was_lost_is_found_by_asking(shop: Shop, peer: WeChatPay) -> None:
    order_id, attempt_id = shop.place(), new_id()
    ref = show("att", attempt_id)
    peer.script("create", "http_500", ref, "after")
    pay_order.pay_order(shop.business_id, order_id, channel="wechatpay", scene="qr", attempt_id=attempt_id)
    lost = shop.attempt(attempt_id)

    assert shop.poll(attempt_id)
    found = shop.attempt(attempt_id)
    peer.approve(ref)
    assert shop.poll(attempt_id)

    assert (lost.status, lost.action) == ("unknown", None)
    assert (found.status, found.action["type"]) == ("pending", "qr")
    assert shop.order(order_id).status == "paid"


def test_inside_wechat_a_known_buyer_pays_over_the_page(shop: Shop, peer: WeChatPay) -> None:
    opened = visit(shop, openid="oBuyer")
    ways = {
        in_page: [
            each["id"] for each in checkouts.snapshot(shop.business_id, opened, in_page=in_page)["payment_methods"]
        ]
        for in_page in (True, False)
    }
    stranger = checkouts.snapshot(shop.business_id, visit(shop), in_page=True)["payment_methods"]

    confirm_checkout.confirm_checkout(shop.business_id, opened, channel="wechatpay_app", agreements=())

    action = checkouts.snapshot(shop.business_id, opened, in_page=True)["action"]
    assert "wechatpay_app" in ways[True]
    assert "wechatpay_app" not in [*ways[False], *(each["id"] for each in stranger)]
    assert (action["type"], action["params"]["appId"]) == ("app", peer.settings["appid"])


def test_a_phone_whose_answer_was_lost_is_led_on_after_asking(
    shop: Shop, peer: WeChatPay, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, attempt_id = visit(shop), new_id()
    peer.script("create", "garbage", show("att", attempt_id))
    monkeypatch.setattr(begin_payment, "new_id", lambda: attempt_id)
    confirm_checkout.confirm_checkout(
        shop.business_id,
        opened,
        channel="wechatpay_mobile",
        agreements=(),
        buyer_ip="203.0.113.7",
    )
    lost = shop.attempt(attempt_id)

    assert shop.poll(attempt_id)

    found = shop.attempt(attempt_id)
    assert (lost.status, lost.action) == ("unknown", None)
    assert (found.status, found.action["type"]) == ("pending", "redirect")


def test_money_goes_back_in_parts_and_an_abnormal_refund_may_succeed_after_all(shop: Shop, peer: WeChatPay) -> None:
    order_id, attempt_id = started_payment(shop)
    peer.approve(show("att", attempt_id))
    shop.poll(attempt_id)
    peer.script("refund", "decline", show("att", attempt_id), "account_closed")

    abnormal = shop.refund_attempt(shop.refund(order_id, 300))
    shop.refund(order_id, 200)
    by_hand = {
        "mchid": peer.settings["mchid"],
        "out_trade_no": show("att", attempt_id),
        "out_refund_no": show("att", abnormal.id),
        "refund_id": abnormal.channel_ref,
        "refund_status": "SUCCESS",
        "amount": {"total": 1000, "refund": 300, "payer_total": 1000, "payer_refund": 300},
    }

    assert (abnormal.status, abnormal.decline_code) == ("failed", "account_closed")
    assert shop.order(order_id).refunded_minor == 200
    assert send_notice(shop, peer, peer.sealed("REFUND.SUCCESS", by_hand, "EV-by-hand"))[0] == 200
    assert shop.order(order_id).refunded_minor == 500
