"""Coupons over HTTP: templates, issuing, batches, orders that use them."""

from __future__ import annotations

import json
from functools import reduce
from typing import Any, get_args
from uuid import UUID

import pytest

from app.api.v1.marketing.coupon_benefits import Benefit
from app.core.ids import parse, show
from app.domain.marketing.kinds import KINDS as KINDS_OF_RULES
from tests.api.conftest import Merchant
from tests.factories.coupons import active_template

TENTH = {"name": "Tenth", "benefit": {"kind": "percentage", "off_bps": 1000}}


def test_a_template_is_made_switched_on_and_ended(merchant: Merchant) -> None:
    body = {
        **TENTH,
        "shared_code": "Summer-26",
        "ends_at": "2099-01-01T00:00:00Z",
        "max_uses_per_buyer": 1,
        "budget_minor": 5000,
        "currency": "USD",
        "refund_rule": "return",
        "combinable": False,
    }
    made = merchant.post("/v1/coupon_templates", body, once="template-01")
    again = merchant.post("/v1/coupon_templates", body, once="template-01")
    path = f"/v1/coupon_templates/{made.json['id']}"

    moved = [merchant.post(f"{path}/status", {"status": to}, once=None) for to in ("active", "ended", "active")]

    assert (made.status_code, again.json, made.json["status"]) == (201, made.json, "draft")
    assert made.json["summary"] == (
        "10% off, on everything. Once per buyer. $50.00 in total. Buyers are recognised by account or email"
        " address. Cannot be combined with promotions. Shared code: SUMMER-26. It can be used again"
        " after a full refund."
    )
    assert [answer.status_code for answer in moved] == [200, 200, 409]
    assert [each["id"] for each in merchant.get("/v1/coupon_templates?status=ended").json["data"]] == [made.json["id"]]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": "A: b"}, "invalid_coupon"),
        ({"benefit": {"kind": "amount", "off_minor": 500}}, "invalid_promotion"),
        ({"shared_code": "AB"}, "invalid_coupon"),
        ({"shared_code": "LONGER", "valid_days": 3}, "invalid_coupon"),
        ({"issue": {"on": "segment"}}, "invalid_coupon"),
        ({"issue": {"on": "payment", "minimum_minor": 100}}, "invalid_coupon"),
        ({"ends_at": "2020-01-01T00:00:00Z"}, "invalid_coupon"),
        ({"ends_at": "tomorrow"}, "invalid_parameter"),
        ({"benefit": {"kind": "percentage", "off_bps": 0}}, "invalid_parameter"),
        ({"benefit": {"kind": "member_price", "off_bps": 500}}, "invalid_promotion"),
        ({"benefit": {"kind": "ladder", "steps": [{"from_quantity": 3}]}}, "invalid_promotion"),
    ],
)
def test_what_cannot_be_a_template_is_refused(merchant: Merchant, body: dict[str, Any], code: str) -> None:
    answer = merchant.post("/v1/coupon_templates", {**TENTH, **body})

    assert (answer.status_code, answer.json["code"]) == (422, code)


SKU, PRODUCT = show("sku", UUID(int=7)), show("prd", UUID(int=8))  # stand for the shop’s own
KINDS: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    (
        {"kind": "ladder", "steps": [{"from_quantity": 3, "off_bps": 500}, {"from_quantity": 5, "unit_minor": 800}]},
        {"currency": "USD"},
        "5% off from 3 items; $8.00 each from 5 items, on everything.",
    ),
    (
        {"kind": "bundle", "parts": [{"scope": {"sku_ids": [SKU]}}, {"scope": {"product_ids": [PRODUCT]}}],
         "price_minor": 1500},
        {"currency": "USD"},
        "A bundle of 2 items for $15.00.",
    ),
    (
        {"kind": "member_price", "unit_minor": {SKU: 900}},
        {"currency": "USD", "buyer_groups": ["members"]},
        "",
    ),
    ({"kind": "member_price", "off_bps": 500}, {"buyer_groups": ["members"]}, ""),
    ({"kind": "buy_get", "buy_quantity": 2, "get_quantity": 1, "get": {"sku_ids": [SKU]}}, {}, ""),
]  # fmt: skip


@pytest.mark.parametrize(("benefit", "more", "words"), KINDS)
def test_every_kind_of_the_portal_can_be_made(
    merchant: Merchant, benefit: dict[str, Any], more: dict[str, Any], words: str
) -> None:
    own = {SKU: show("sku", merchant.shop.sku_id), PRODUCT: show("prd", merchant.shop.product_id)}
    text = reduce(lambda text, each: text.replace(*each), own.items(), json.dumps(benefit))

    made = merchant.post("/v1/coupon_templates", {"name": "Kind", "benefit": json.loads(text), **more})

    assert (made.status_code, made.json["kind"]) == (201, benefit["kind"])
    assert made.json["summary"].startswith(words)


def test_the_api_offers_every_kind_there_is() -> None:
    offered = {get_args(each.model_fields["kind"].annotation)[0] for each in get_args(get_args(Benefit)[0])}

    assert offered == {*KINDS_OF_RULES, "amount"}


def test_a_buyers_coupon_is_issued_used_and_looked_up(merchant: Merchant) -> None:
    template_id = show("cpt", active_template(merchant.shop.business_id, valid_days=30))
    values = {"template_id": template_id, "buyer": {"reference": "buyer-1"}}
    coupon = merchant.post("/v1/coupons/issue", values, once="coupon-0001").json
    again = merchant.post("/v1/coupons/issue", values, once="coupon-0001").json

    body = merchant.session_body() | {"coupon_codes": [coupon["code"].lower()], "channel": "simulator"}
    order = merchant.post("/v1/orders", body)
    response = merchant.post("/v1/orders", body)
    answer = merchant.post(f"/v1/coupons/{coupon['id']}/revoke", {}, once=None)

    assert (coupon["status"], coupon["source"], coupon["expires_at"] is None, again) == ("issued", "api", False, coupon)
    assert (order.status_code, order.json["total_minor"]) == (201, 900)
    assert [(each["coupon_id"], each["discount_minor"], each["status"]) for each in order.json["coupons"]] == [
        (coupon["id"], 100, "reserved")
    ]
    assert (response.status_code, response.json["code"], response.json["details"]["reason"]) == (
        409,
        "coupon_refused",
        "reserved",
    )
    assert (answer.status_code, answer.json["code"]) == (409, "illegal_state")
    [found] = merchant.get(f"/v1/coupons?code={coupon['code'].lower()}").json["data"]
    assert (found["status"], found["order_id"]) == ("reserved", order.json["id"])


def test_a_batch_is_made_once_within_the_quota(merchant: Merchant) -> None:
    template_id = show("cpt", active_template(merchant.shop.business_id, max_issued=700))
    body = {"template_id": template_id, "count": 600, "note": "=Fair"}

    made = merchant.post("/v1/coupon_batches", body, once="batch-00001")
    again = merchant.post("/v1/coupon_batches", body, once="batch-00001")
    more = merchant.post("/v1/coupon_batches", body | {"count": 101})
    last = merchant.post("/v1/coupon_batches", body | {"count": 100})

    assert (made.status_code, made.json["made"], again.json) == (201, 600, made.json)
    assert (more.status_code, more.json["code"], more.json["details"]) == (409, "coupon_quota_spent", {"left": 100})
    assert last.status_code == 201
    page = merchant.get(f"/v1/coupons?batch_id={made.json['id']}&limit=100").json
    assert (len({each["code"] for each in page["data"]}), page["has_more"]) == (100, True)
    assert parse("cpb", made.json["id"])
