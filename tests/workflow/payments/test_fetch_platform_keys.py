"""Platform keys: fetched in a job because a notice named a new one, once, and stored for every process."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import select

from app.core.db.models import AuditEntry
from app.core.ids import show
from app.domain.payments.channels.wechatpay import certificates
from app.domain.payments.models import ChannelAccount
from app.workflow.payments import fetch_platform_keys, manage_channels, pay_order
from app.workflow.payments.accept_notice import Reply, accept_notice
from tests.contracts.test_wechatpay_certificates import Certified
from tests.contracts.wechatpay_peer import key_pair
from tests.factories.shop import Shop
from tests.simulator.company import Company, Receiver


@pytest.fixture
def shop(new_shop: Callable[..., Shop]) -> Iterator[Shop]:
    made = new_shop(currency="CNY")
    yield made
    made.audit()


@pytest.fixture
def peer(shop: Shop, simulator: str) -> Iterator[Certified]:
    """WeChat Pay with certificates only, and an account of the shop's there."""
    company, receiver = Company(simulator), Receiver()
    peer = Certified(company, receiver)
    shop.account_id = manage_channels.add_channel_account(
        shop.business_id, channel="wechatpay", name="WeChat Pay", values=peer.settings | {"timeout_s": "3"}
    )
    yield peer
    receiver.close()
    company.client.close()
    certificates.forget()


def account(shop: Shop) -> Any:
    return shop.one(select(ChannelAccount.__table__).where(ChannelAccount.id == shop.account_id))


def send_notice(shop: Shop, peer: Certified, body: bytes, **headers: str) -> Reply:
    signed = peer.sign(body, int(time.time())) | headers
    return accept_notice("wechatpay", shop.account_id, signed, body)


def started_payment(shop: Shop) -> tuple[uuid.UUID, uuid.UUID]:
    order_id = shop.place()
    return order_id, pay_order.pay_order(shop.business_id, order_id, channel="wechatpay", scene="qr")


def paid(peer: Certified, attempt_id: uuid.UUID) -> bytes:
    inside = {
        "mchid": peer.settings["mchid"],
        "appid": peer.settings["appid"],
        "out_trade_no": show("att", attempt_id),
        "transaction_id": "4200001234",
        "trade_state": "SUCCESS",
        "amount": {"total": 1000, "currency": "CNY"},
    }
    return peer.sealed("TRANSACTION.SUCCESS", inside, str(uuid.uuid4()))


def test_a_notice_with_a_new_key_is_believed_the_next_time(shop: Shop, peer: Certified) -> None:
    order_id, attempt_id = started_payment(shop)
    peer.change_key("us")
    fetched = peer.fetches()
    body = paid(peer, attempt_id)

    first = send_notice(shop, peer, body)
    asked_by_it = peer.fetches() - fetched
    fetch_platform_keys.fetch_due()
    certificates.forget()  # as another process finds it
    second = send_notice(shop, peer, body)

    assert (first.http_status, first.body, asked_by_it) == (400, b"unknown_serial", 0)
    assert second.http_status == 200
    assert (shop.order(order_id).status, peer.fetches() - fetched) == ("paid", 1)


def test_what_a_payment_learned_is_kept_with_the_account(shop: Shop, peer: Certified) -> None:
    started_payment(shop)
    certificates.forget()
    started_payment(shop)

    stored = account(shop)
    assert peer.fetches() == 1
    assert set(stored.platform_keys) == {certificates.KEPT, certificates.KEPT_OF}
    assert stored.keys_due_at is not None  # they are fetched again before the company changes them


def test_however_many_ask_it_is_fetched_once_and_then_ever_more_rarely(
    shop: Shop, peer: Certified, clock: ModuleType
) -> None:
    _, attempt_id = started_payment(shop)
    body, fetched = paid(peer, attempt_id), peer.fetches()

    def flood() -> int:
        before = peer.fetches()
        for number in range(20):
            assert send_notice(shop, peer, body, **{"Wechatpay-Serial": f"B{number:039d}"}).http_status == 400
        fetch_platform_keys.fetch_keys(shop.business_id, shop.account_id)
        return peer.fetches() - before

    counts = [flood(), flood()]
    pauses = []
    for _ in range(7):
        stored = account(shop)
        pauses.append(stored.keys_not_before - clock.now())
        clock.move(pauses[-1].total_seconds() + 1)
        counts.append(flood())

    assert counts == [1, 0, *[1] * 7]
    assert peer.fetches() - fetched == 8
    assert [round(each / timedelta(minutes=1)) for each in pauses] == [2, 4, 8, 16, 30, 30, 30]
    assert send_notice(shop, peer, body).http_status == 200  # a genuine one is accepted meanwhile


def test_forged_notices_for_other_accounts_fetch_nothing(shop: Shop, peer: Certified) -> None:
    headers = {"Wechatpay-Serial": "B" * 40, "Wechatpay-Timestamp": str(int(time.time())), "Wechatpay-Nonce": "n"}
    answer = accept_notice(
        "simulator", shop.one(select(ChannelAccount.id).where(ChannelAccount.channel == "simulator"))[0],
        headers, json.dumps({}).encode(),
    )  # fmt: skip

    assert answer.http_status == 400
    assert shop.many(select(ChannelAccount.id).where(ChannelAccount.keys_due_at.is_not(None))) == []
    assert peer.fetches() == 0


def test_what_is_learned_is_no_change_of_anybodys(shop: Shop, peer: Certified) -> None:
    started_payment(shop)

    assert (account(shop).platform_keys != {}, peer.fetches()) == (True, 1)
    changes = shop.many(select(AuditEntry.__table__).where(AuditEntry.subject_id == shop.account_id))
    assert [each for each in changes if each.action == "changed"] == []
    assert key_pair("us") not in str(account(shop).platform_keys)
