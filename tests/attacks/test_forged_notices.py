"""Anybody may send notices: what is refused leaves a kilobyte of a few, a count of all, and costs nothing else."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from app.core.ids import new_id, show
from app.domain.payments.models import ChannelNotice
from app.domain.payments.refused import RefusedNotice, RefusedNoticeCount
from app.workflow.payments import manage_channels, record_refused_notice
from ops.testing.run import is_long
from tests.contracts.alipay_peer import AlipayPeer
from tests.contracts.stripe_peer import Stripe
from tests.contracts.wechatpay_peer import WeChatPay
from tests.factories.shop import Shop
from tests.simulator.company import Company, Receiver

LIMIT = 100 if is_long() else 10
SENT = 2000 if is_long() else 30
ROW_BYTES = 1024 + 400


class Target:
    """A channel account of a shop, with what its company would sign."""

    def __init__(self, channel: str, shop: Shop, simulator: str, receiver: Receiver) -> None:
        self.channel, self.shop = channel, shop
        self.sign: Callable[[bytes, int], dict[str, str]] = lambda _body, _at: {}
        if channel == "simulator":
            self.sign = lambda body, at: shop.headers(body, age_s=int(time.time()) - at)
            return
        company = Company(simulator)
        peer: Any = AlipayPeer(company)
        if channel != "alipay":
            peer = {"stripe": Stripe, "wechatpay": WeChatPay}[channel](company, receiver)
            self.sign = peer.sign
        shop.account_id = manage_channels.add_channel_account(
            shop.business_id, channel=channel, name=channel, values=peer.settings
        )


@pytest.fixture(params=["simulator", "stripe", "wechatpay", "alipay"])
def target(
    request: pytest.FixtureRequest,
    new_shop: Callable[..., Shop],
    simulator: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Target]:
    monkeypatch.setattr(record_refused_notice, "PER_ACCOUNT", LIMIT)
    monkeypatch.setattr(record_refused_notice, "SIGNED_PER_ACCOUNT", LIMIT)
    monkeypatch.setattr(record_refused_notice, "PER_ADDRESS", 10 * LIMIT)
    record_refused_notice.tally.forget()
    receiver = Receiver()
    yield Target(request.param, new_shop(currency="CNY"), simulator, receiver)
    receiver.close()
    record_refused_notice.tally.forget()


def nothing(_target: Target) -> tuple[dict[str, str], bytes]:
    return {}, b""


def garbage(_target: Target) -> tuple[dict[str, str], bytes]:
    return {}, secrets.token_bytes(60_000)


def other_bytes(target: Target) -> tuple[dict[str, str], bytes]:
    return target.sign(b"{}", int(time.time())), b'{"id": "' + secrets.token_hex(30_000)[:59_000].encode() + b'"}'


def unknown_serial(target: Target) -> tuple[dict[str, str], bytes]:
    signed = target.sign(b"{}", int(time.time()))
    return {name: secrets.token_hex(20) if "Serial" in name else value for name, value in signed.items()}, b"{}"


def stale(target: Target) -> tuple[dict[str, str], bytes]:
    return target.sign(b"{}", int(time.time()) - 4000), b"{}"


def signed_nonsense(target: Target) -> tuple[dict[str, str], bytes]:
    body = b'{"object": "event", "pad": "' + b"x" * 50_000 + b'"}'
    return target.sign(body, int(time.time())), body


def form(_target: Target) -> tuple[dict[str, str], bytes]:
    sign = secrets.token_urlsafe(200)
    pairs = f"notify_id=1&trade_status=TRADE_SUCCESS&sign_type=RSA2&sign={sign}&pad=" + "x" * 50_000
    return {"Content-Type": "application/x-www-form-urlencoded"}, pairs.encode()


@pytest.mark.parametrize("forge", [nothing, garbage, other_bytes, unknown_serial, stale, signed_nonsense, form])
def test_a_flood_leaves_little_and_is_counted(
    app: Flask, target: Target, forge: Callable[[Target], tuple[dict[str, str], bytes]]
) -> None:
    shop, path = target.shop, f"/callbacks/{target.channel}/{show('cha', target.shop.account_id)}"
    client = app.test_client()
    bodies = set()
    for _ in range(SENT):
        headers, body = forge(target)
        bodies.add(hashlib.sha256(body).digest())
        answer = client.post(path, data=body, headers=headers)
        assert answer.status_code == 400, answer.text

    rows = shop.many(select(RefusedNotice.__table__, func.pg_column_size(text("refused_notices.*")).label("size")))
    assert len(rows) == LIMIT
    for row in rows:
        assert row.size <= ROW_BYTES
        assert row.body_sha256 in bodies
        assert len(row.beginning) == min(row.body_bytes, 1024)
        assert (row.channel_account_id, row.address) == (shop.account_id, "127.0.0.1")
    [counted] = shop.many(select(RefusedNoticeCount.__table__))
    assert counted.number + _uncounted(target) == SENT
    assert counted.stored == LIMIT
    assert shop.many(select(ChannelNotice.__table__)) == []


def _uncounted(target: Target) -> int:
    """Those whose count is written with the next one after ten seconds."""
    return record_refused_notice.tally._accounts[target.shop.account_id].uncounted


def test_accounts_that_do_not_exist_keep_nothing(app: Flask, shop: Shop) -> None:
    client = app.test_client()
    before = _rows(shop)

    for channel in ("simulator", "stripe", "wechatpay", "alipay", "wallet", "offline", "nosuch"):
        for account in (show("cha", new_id()), "x" * 200, "cha_1"):
            assert client.post(f"/callbacks/{channel}/{account}", data=b"x" * 60_000).status_code == 404

    assert _rows(shop) == before


def test_one_address_cannot_fill_every_account(
    app: Flask, new_shop: Callable[..., Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_refused_notice, "PER_ADDRESS", 5)
    record_refused_notice.tally.forget()
    shops = [new_shop() for _ in range(3)]

    def flood(shop: Shop, address: str) -> None:
        path = f"/callbacks/simulator/{show('cha', shop.account_id)}"
        for _ in range(4):
            app.test_client().post(path, data=b"{}", environ_base={"REMOTE_ADDR": address})

    for shop in shops:
        flood(shop, "203.0.113.7")
    flood(shops[2], "2001:db8::1")

    assert [len(shop.many(select(RefusedNotice.id))) for shop in shops] == [4, 1, 4]
    assert {row.address for row in shops[2].many(select(RefusedNotice.address))} == {"2001:db8::/64"}


def test_a_notice_that_is_overheard_and_sent_again_is_kept_a_few_times(app: Flask, shop: Shop) -> None:
    order_id = shop.place(2)
    attempt_id = shop.pay(order_id)
    shop.approve(attempt_id)
    body = shop.notice_bytes(attempt_id)
    path, headers = f"/callbacks/simulator/{show('cha', shop.account_id)}", shop.headers(body)

    for _ in range(60):
        assert app.test_client().post(path, data=body, headers=headers).status_code == 200

    stored = shop.many(select(ChannelNotice.verdict, ChannelNotice.raw))
    assert [row.verdict for row in stored].count("accepted") == 1
    assert [row.verdict for row in stored].count("duplicate") == 20
    assert [row.raw for row in stored if row.verdict == "accepted"] == [body]


def test_a_notice_may_be_as_long_as_companies_need(app: Flask, shop: Shop) -> None:
    path = f"/callbacks/simulator/{show('cha', shop.account_id)}"

    assert app.test_client().post(path, data=b"x" * 64_000).status_code == 400
    assert app.test_client().post(path, data=b"x" * 64_001).status_code == 413


def _rows(shop: Shop) -> list[Any]:
    return [shop.many(select(table.id)) for table in (RefusedNotice, RefusedNoticeCount, ChannelNotice)]
