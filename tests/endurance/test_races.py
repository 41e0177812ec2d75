"""Many processes reach for the same thing at the same moment: as many get it as there is, and nothing breaks."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import func, select

from app.core.ids import show
from app.core.money import Money
from app.domain.marketing.kinds import Scope
from app.domain.marketing.models import Promotion, PromotionUse
from app.domain.marketing.types import DiscountLimits
from app.read.marketing.coupons import get_coupon, shown_code
from app.workflow.accounts.manage_keys import create_key
from app.workflow.catalog import manage_catalog
from app.workflow.marketing.issue_coupons import issue_coupon
from app.workflow.wallets import move_money
from ops.paths import ROOT
from tests.factories.coupons import active_template
from tests.factories.promotions import active_promotion
from tests.factories.shop import Shop

SHORT = pytest.param(10, 2, id="short")
LONG = pytest.param(30, 200, id="long", marks=[pytest.mark.long, pytest.mark.timeout(0)])
sizes = pytest.mark.parametrize(("racers", "rounds"), [SHORT, LONG])
Outcome = Counter[tuple[int, str]]


@dataclass
class Track:
    """A shop with wallets behind two web servers."""

    shop: Shop
    ports: list[int]
    key: str

    def run(self, rounds: list[list[tuple[str, dict[str, Any]]]]) -> list[Outcome]:
        """Every (path, body) of a round at once, each by a process of its own; how it went, by round."""
        calls = [[self._request(path, body) for path, body in requests] for requests in rounds]
        plan = json.dumps({"ports": self.ports, "rounds": calls})
        command = [sys.executable, "-m", "tests.endurance.racers"]
        done = subprocess.run(command, input=plan, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        return [Counter((status, code) for status, code in answers) for answers in json.loads(done.stdout)]

    def new_product(self) -> uuid.UUID:
        command = manage_catalog.ProductCommand(name="Goods")
        product_id = manage_catalog.create_product(self.shop.business_id, command, actor="test")
        first = manage_catalog.SkuCommand(code=str(product_id), name="first", price_minor=1000, currency="USD")
        manage_catalog.add_sku(self.shop.business_id, product_id, first)
        manage_catalog.publish_product(self.shop.business_id, product_id, actor="test")
        return product_id

    def give(self, buyer: str, minor: int) -> None:
        move_money.grant(self.shop.business_id, buyer=buyer, money=Money(minor, "USD"), actor="test", reason="race")

    def has(self, buyer: str) -> int:
        return move_money.wallet(self.shop.business_id, buyer=buyer, currency="USD").available

    def _request(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": str(uuid.uuid4())}
        return {"path": f"/v1/{path}", "body": body, "headers": headers}


@pytest.fixture
def track(shop: Shop, web_ports: list[int]) -> Track:
    shop.keep_wallets()
    return Track(shop, web_ports, create_key(shop.business_id, name="race", kind="secret").secret)


@sizes
def test_the_last_units_are_sold_once_each(track: Track, racers: int, rounds: int) -> None:
    stock, requests = max(1, racers // 6), []
    for number in range(racers):
        track.give(f"b{number}", 1000 * rounds)
    for number in range(rounds):
        if number % (manage_catalog.MAX_SKUS - 1) == 0:
            product_id = track.new_product()
        command = manage_catalog.SkuCommand(
            code=f"R{number}", name="last", price_minor=1000, currency="USD", stock=stock
        )
        sku_id = manage_catalog.add_sku(track.shop.business_id, product_id, command)
        line = {"sku_id": show("sku", sku_id), "quantity": 1}
        buyers = [{"reference": f"b{racer}"} for racer in range(racers)]
        requests.append([("orders", {"line_items": [line], "buyer": each, "channel": "wallet"}) for each in buyers])

    outcomes = track.run(requests)

    assert outcomes == [Counter({(201, ""): stock, (409, "out_of_stock"): racers - stock})] * rounds


@sizes
def test_one_wallet_is_spent_once(track: Track, racers: int, rounds: int) -> None:
    covered, requests = max(1, racers // 6), []
    for number in range(rounds):
        track.give(f"rich{number}", 100 * covered + 99)
        gift = {"buyer_reference": f"rich{number}", "amount_minor": 100, "currency": "USD"}
        requests.append([("transfers", {**gift, "counter_reference": f"poor{racer}"}) for racer in range(racers)])

    outcomes = track.run(requests)

    assert outcomes == [Counter({(201, ""): covered, (402, "insufficient_funds"): racers - covered})] * rounds
    assert [track.has(f"rich{number}") for number in range(rounds)] == [99] * rounds


@sizes
def test_one_order_is_refunded_once(track: Track, racers: int, rounds: int) -> None:
    requests, orders = [], []
    track.give("ann", 1000 * rounds)
    for _ in range(rounds):
        orders.append(track.shop.place(buyer="ann"))
        track.shop.pay(orders[-1], channel="wallet")
        body = {"order_id": show("ord", orders[-1]), "amount_minor": 300, "reason": "race"}
        requests.append([("refunds", body)] * racers)

    outcomes = track.run(requests)

    assert outcomes == [Counter({(201, ""): 3, (409, "refund_exceeds_rest"): racers - 3})] * rounds
    assert [track.shop.order(order_id).refunded_minor for order_id in orders] == [900] * rounds


@sizes
def test_transfers_in_a_circle_do_not_block_one_another(track: Track, racers: int, rounds: int) -> None:
    circle = [f"c{number}" for number in range(min(racers, 5))]
    for buyer in circle:
        track.give(buyer, 1000)

    def step(racer: int) -> tuple[str, dict[str, Any]]:
        payer, recipient = circle[racer % len(circle)], circle[(racer + 1) % len(circle)]
        gift = {"buyer_reference": payer, "counter_reference": recipient, "amount_minor": 150, "currency": "USD"}
        return "transfers", gift

    outcomes = track.run([[step(racer) for racer in range(racers)]] * rounds)

    assert {answer for outcome in outcomes for answer in outcome} <= {(201, ""), (402, "insufficient_funds")}
    assert sum(track.has(buyer) for buyer in circle) == 1000 * len(circle)


@sizes
def test_a_code_is_used_as_often_as_it_may_be(track: Track, racers: int, rounds: int) -> None:
    business_id, uses, requests = track.shop.business_id, max(1, racers // 6), []
    line = {"sku_id": show("sku", track.shop.sku_id), "quantity": 1}
    single = active_template(business_id)
    for number in range(racers):
        track.give(f"b{number}", 900 * rounds)
    for number in range(rounds):
        active_template(business_id, shared_code=f"FEW{number}", limits=DiscountLimits(max_uses=uses))
        active_template(business_id, shared_code=f"ONCE{number}", limits=DiscountLimits(max_uses_per_buyer=1))
        track.give(f"once{number}", 900)
        coupon_id = issue_coupon(business_id, single, buyer=None, actor="test")
        codes = [f"FEW{number}", shown_code(get_coupon(business_id, coupon_id)), f"ONCE{number}"]
        buyers = [f"once{number}" if racer % 3 == 2 else f"b{racer}" for racer in range(racers)]
        bodies = [
            {"buyer": {"reference": buyer}, "coupon_codes": [codes[racer % 3]]} for racer, buyer in enumerate(buyers)
        ]
        requests.append([("orders", {"line_items": [line], "channel": "wallet", **command}) for command in bodies])

    outcomes = track.run(requests)

    won = uses + 1 + 1
    assert outcomes == [Counter({(201, ""): won, (409, "coupon_refused"): racers - won})] * rounds
    assert [track.has(f"once{number}") for number in range(rounds)] == [0] * rounds


@sizes
def test_a_budget_is_spent_to_the_last_cent_and_no_more(track: Track, racers: int, rounds: int) -> None:
    business_id, budget, requests = track.shop.business_id, 100 * max(1, racers // 6) + 50, []
    for number in range(racers):
        track.give(f"b{number}", 1000 * rounds)
    for number in range(rounds):
        if number % (manage_catalog.MAX_SKUS - 1) == 0:
            product_id = track.new_product()
        command = manage_catalog.SkuCommand(code=f"B{number}", name="cheap", price_minor=1000, currency="USD")
        sku_id = manage_catalog.add_sku(track.shop.business_id, product_id, command)
        scope, limits = Scope(sku_ids=frozenset({sku_id})), DiscountLimits(budget_minor=budget)
        active_promotion(business_id, currency="USD", scope=scope, limits=limits, channels=frozenset({"wallet"}))
        line = {"sku_id": show("sku", sku_id), "quantity": 1}
        buyers = [{"reference": f"b{racer}"} for racer in range(racers)]
        requests.append([("orders", {"line_items": [line], "buyer": each, "channel": "wallet"}) for each in buyers])

    outcomes = track.run(requests)

    assert outcomes == [Counter({(201, ""): racers})] * rounds
    query = select(func.sum(PromotionUse.spent_minor)).where(PromotionUse.promotion_id == Promotion.id)
    spent = track.shop.many(select(Promotion.spent_minor, query.scalar_subquery()))
    assert [tuple(row) for row in spent] == [(budget, budget)] * rounds
    assert sum(track.has(f"b{number}") for number in range(racers)) == budget * rounds
