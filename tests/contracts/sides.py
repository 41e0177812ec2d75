"""A shop's account at each company, and what buyer and company do there, for tests of the whole application."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select

from app.core import clock
from app.core.ids import show
from app.domain.payments.channels.types import Outcome
from app.domain.payments.models import ChannelAccount
from app.workflow.payments import confirm_bank_transfer, manage_channels
from app.workflow.payments.confirm_bank_transfer import Line
from tests.contracts.alipay_peer import AlipayPeer
from tests.contracts.stripe_peer import Stripe
from tests.contracts.wechatpay_peer import WeChatPay
from tests.factories.shop import Shop
from tests.simulator.company import Company, Receiver

# What the company would send: headers, body and its type.
NoticeRequest = tuple[dict[str, str], bytes, str]
JSON, FORM = "application/json", "application/x-www-form-urlencoded; charset=UTF-8"


@dataclass
class Side:
    """The other side of one channel. `scene` is the requested scene; `pay` does what the buyer does, and returns the
    company's notice; None when there is no company."""

    channel: str
    shop: Shop
    account_id: uuid.UUID
    pay: Callable[[uuid.UUID], NoticeRequest | None]
    scene: str = "web"


def _add(shop: Shop, channel: str, values: dict[str, str]) -> uuid.UUID:
    return manage_channels.add_channel_account(shop.business_id, channel=channel, name="One", values=values)


def _of(shop: Shop, channel: str) -> uuid.UUID:
    found: uuid.UUID = shop.one(select(ChannelAccount.id).where(ChannelAccount.channel == channel)).id
    return found


def simulator(shop: Shop, _company: Company, _receiver: Receiver) -> Side:
    def pay(attempt_id: uuid.UUID) -> NoticeRequest:
        shop.approve(attempt_id)
        body = shop.notice_bytes(attempt_id)
        return shop.headers(body), body, JSON

    return Side("simulator", shop, shop.account_id, pay)


def stripe(shop: Shop, company: Company, receiver: Receiver) -> Side:
    peer = Stripe(company, receiver)

    def pay(attempt_id: uuid.UUID) -> NoticeRequest:
        peer.approve(show("att", attempt_id))
        [message] = peer.notices(1)
        return message.headers, message.body, JSON

    return Side("stripe", shop, _add(shop, "stripe", peer.settings), pay)


def wechatpay(shop: Shop, company: Company, receiver: Receiver) -> Side:
    peer = WeChatPay(company, receiver)

    def pay(attempt_id: uuid.UUID) -> NoticeRequest:
        peer.approve(show("att", attempt_id))
        inside = {
            "mchid": peer.settings["mchid"],
            "appid": peer.settings["appid"],
            "out_trade_no": show("att", attempt_id),
            "transaction_id": company.admin("GET", f"/payments/{show('att', attempt_id)}")["trade_no"],
            "trade_state": "SUCCESS",
            "amount": {"total": 1000, "payer_total": 1000, "currency": "CNY"},
        }
        body = peer.sealed("TRANSACTION.SUCCESS", inside, f"EV-{attempt_id.hex}")
        return peer.sign(body, int(time.time())), body, JSON

    return Side("wechatpay", shop, _add(shop, "wechatpay", peer.settings), pay, scene="qr")


def alipay(shop: Shop, company: Company, _receiver: Receiver) -> Side:
    peer = AlipayPeer(company)

    def pay(attempt_id: uuid.UUID) -> NoticeRequest:
        peer.arrive(Outcome(status="pending", action=shop.attempt(attempt_id).action))
        peer.decide(show("att", attempt_id), "approve")
        return {}, peer.notices(show("att", attempt_id))[0], FORM

    return Side("alipay", shop, _add(shop, "alipay", peer.settings), pay)


def wallet(shop: Shop, _company: Company, _receiver: Receiver) -> Side:
    shop.keep_wallets()
    shop.fund("buyer-1", 5_000)
    return Side("wallet", shop, _of(shop, "wallet"), lambda _: None)


def offline(shop: Shop, _company: Company, _receiver: Receiver) -> Side:
    shop.take_transfers()

    def pay(attempt_id: uuid.UUID) -> None:
        line = Line(bank_reference=f"B{attempt_id.hex}", booked_on=clock.now().date(), amount_minor=1000)
        made = confirm_bank_transfer.record(shop.business_id, attempt_id, line, actor="usr_maker")
        confirm_bank_transfer.confirm(shop.business_id, made, actor="usr_checker")

    return Side("offline", shop, _of(shop, "offline"), pay)


SIDES = {each.__name__: each for each in (simulator, stripe, wechatpay, alipay, wallet, offline)}
IN_YUAN = ("wechatpay", "alipay")
