"""`/callbacks` takes what companies say about contracts, disputes, payouts and bills: verified, kept once, answered as
each company wants, and told to whoever listens."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core import db
from app.core.db.models import OutboxEvent
from app.core.ids import new_id, show
from app.core.money import Money
from app.domain.payments import account_notices
from app.domain.payments.channels import registry
from app.domain.payments.models import ChannelNotice
from app.domain.payments.refused import RefusedNotice
from app.workflow.payments import manage_channels
from app.workflow.payments.accept_notice import accept_notice
from tests.contracts.alipay_peer import AlipayPeer
from tests.contracts.peers import PEERS, Peer
from tests.factories.shop import Shop
from tests.simulator.company import Company, Message, Receiver

NAMES = ("simulator", "stripe", "wechatpay")
SIGNS = {"simulator": "ct1", "stripe": "cus_1:pm_2", "wechatpay": "ct1"}
notices, refused = ChannelNotice.__table__, RefusedNotice.__table__


@dataclass
class Door:
    """A shop's account at a company, and the address where its notices come in."""

    app: Flask
    shop: Shop
    name: str
    account_id: uuid.UUID
    company: Company
    receiver: Receiver
    peer: Peer

    def say(self, event: str, **about: Any) -> Message:
        """What the company sent, which nobody took in yet."""
        before = len(self.receiver.messages)
        self.peer.tell(event, **about)
        return self.peer.notices(before + 1)[-1]

    def knock(self, message: Message) -> Any:
        path = f"/callbacks/{self.name}/{show('cha', self.account_id)}"
        kind = {"content_type": "application/json"}
        return self.app.test_client().post(path, data=message.body, headers=message.headers, **kind)

    def kept(self) -> Any:
        return self.shop.many(select(notices).where(notices.c.business_id == self.shop.business_id))


def events(shop: Shop) -> list[tuple[str, dict[str, Any]]]:
    """What merchants' endpoints hear of notices."""
    table = OutboxEvent.__table__
    mine = table.c.business_id == shop.business_id, table.c.topic.like("channel_notice.%")
    return [(row.topic, row.payload) for row in shop.many(select(table).where(*mine))]


@pytest.fixture(params=NAMES)
def door(request: pytest.FixtureRequest, app: Flask, shop: Shop, pretend_pay: Company, receiver: Receiver) -> Door:
    name = request.param
    peer = PEERS[name](pretend_pay, receiver)
    values = {"timeout_s": "3", **peer.settings}
    account_id = manage_channels.add_channel_account(shop.business_id, channel=name, name="Two", values=values)
    return Door(app, shop, name, account_id, pretend_pay, receiver, peer)


def test_a_contract_that_was_signed_is_kept_and_told(door: Door) -> None:
    contract_id = new_id()
    message = door.say("contract.signed", contract_no=SIGNS[door.name], out_contract_no=show("con", contract_id))

    reply = door.knock(message)

    body, status, _ = registry.CHANNELS[door.name].acknowledge()
    assert (reply.status_code, reply.data) == (status, body)
    [kept] = door.kept()
    assert (kept.kind, kept.subject_id, kept.subject_ref) == ("contract", contract_id, SIGNS[door.name])
    assert (kept.verdict, bytes(kept.raw), kept.attempt_id) == ("accepted", message.body, None)
    outcome = account_notices.contract_outcome(kept)
    assert (outcome.status, outcome.contract_no) == ("active", SIGNS[door.name])
    [(topic, payload)] = events(door.shop)
    assert topic == "channel_notice.contract_received"
    assert payload["channel_notice_id"] == str(kept.id)
    assert (payload["contract_id"], payload["status"]) == (str(contract_id), "active")


def test_a_dispute_names_its_payment(shop: Shop, receiver: Receiver) -> None:
    order_id = shop.place()
    attempt_id = shop.pay(order_id)
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    about = {"merchant_id": shop.merchant_id, "event": "dispute.opened", "url": receiver.url}
    inside = {"dispute_no": "d1", "out_trade_no": show("att", attempt_id), "amount": 1000, "currency": "USD"}
    shop.company("account_notices", about | inside)
    [message] = receiver.wait(1)

    accept_notice("simulator", shop.account_id, shop.headers(message.body), message.body)

    [kept] = shop.many(select(notices).where(notices.c.kind == "dispute"))
    assert (kept.attempt_id, kept.subject_ref) == (attempt_id, "d1")
    assert account_notices.amount(kept) == Money(1000, "USD")
    [(topic, payload)] = events(shop)
    assert (topic, payload["attempt_id"]) == ("channel_notice.dispute_received", str(attempt_id))
    assert (payload["amount_minor"], payload["currency"]) == (1000, "USD")


def test_ten_copies_at_once_are_kept_once(door: Door) -> None:
    message = door.say("dispute.opened", dispute_no="d-1", amount=1980, currency="USD")

    with ThreadPoolExecutor(10) as pool:
        replies = list(pool.map(lambda _: door.knock(message).status_code, range(10)))

    assert set(replies) == {registry.CHANNELS[door.name].acknowledge()[1]}
    assert len(door.kept()) == len(events(door.shop)) == 1


def test_what_is_forged_leaves_nothing_but_a_refusal(door: Door) -> None:
    message = door.say("dispute.opened", dispute_no="d-1", amount=1980, currency="USD")
    forged = Message(message.headers, message.body.replace(b"d-1", b"d-2") + b" ")

    reply = door.knock(forged)

    assert reply.status_code == 400
    assert (door.kept(), events(door.shop)) == ([], [])
    with db.reading(door.shop.business_id):
        rows = db.rows(select(refused).where(refused.c.channel_account_id == door.account_id))
    assert all(len(bytes(row.beginning)) <= 1024 for row in rows)


def test_a_notice_of_another_account_is_refused(door: Door) -> None:
    message = door.say("dispute.opened", dispute_no="d-1", amount=1980, currency="USD")
    other = PEERS[door.name](door.company, door.receiver)
    stranger = manage_channels.add_channel_account(
        door.shop.business_id, channel=door.name, name="Three", values=other.settings
    )

    path = f"/callbacks/{door.name}/{show('cha', stranger)}"
    reply = door.app.test_client().post(path, data=message.body, headers=message.headers)

    assert reply.status_code == 400
    assert door.kept() == []


def test_alipay_is_answered_with_its_word(app: Flask, shop: Shop, pretend_pay: Company) -> None:
    peer = AlipayPeer(pretend_pay)
    account_id = manage_channels.add_channel_account(shop.business_id, channel="alipay", name="A", values=peer.settings)
    about = {"merchant_id": peer.settings["app_id"], "event": "dispute.opened", "url": "http://127.0.0.1:9/nobody"}
    pretend_pay.admin("POST", "/account_notices", about | {"dispute_no": "2020092300102"})
    [body] = peer.notices("2020092300102")

    path, kind = f"/callbacks/alipay/{show('cha', account_id)}", "application/x-www-form-urlencoded"
    replies = [app.test_client().post(path, data=body, content_type=kind) for _ in range(2)]

    assert [(reply.status_code, reply.data) for reply in replies] == [(200, b"success")] * 2
    [kept] = shop.many(select(notices).where(notices.c.business_id == shop.business_id))
    assert (kept.kind, kept.subject_ref, kept.details["status"]) == ("dispute", "2020092300102", "open")
