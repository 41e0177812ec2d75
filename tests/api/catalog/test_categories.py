"""Categories by API, and finding products by them, by name and by code."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from app.core.ids import new_id, show
from app.domain.marketing.kinds import Percentage, Scope
from app.domain.marketing.types import DiscountRule
from app.workflow.catalog import manage_categories
from app.workflow.marketing import manage_promotions
from tests.factories.shop import Shop


def category(merchant: Any, code: str, parent: str | None = None) -> Any:
    made = merchant.post("/v1/categories", {"code": code, "name": code.upper(), "parent_id": parent})
    assert made.status_code == 201, made.text
    return made.json["id"]


def product(merchant: Any, name: str, *codes: str, sku: str = "") -> str:
    made: str = merchant.post("/v1/products", {"name": name}).json["id"]
    if codes:
        merchant.post(f"/v1/products/{made}/categories", {"categories": list(codes)})
    if sku:
        body = {"code": sku, "name": "x", "price_minor": 1, "currency": "USD"}
        assert merchant.post(f"/v1/products/{made}/skus", body).status_code == 201
    return made


def found(merchant: Any, query: str) -> list[str]:
    return [each["name"] for each in merchant.get(f"/v1/products?{query}").json["data"]]


def test_a_product_is_in_its_categories_and_in_those_above_them(merchant: Any) -> None:
    top = category(merchant, "tickets")
    category(merchant, "evening", top)
    product(merchant, "Opera", "evening")
    product(merchant, "Museum", "tickets")

    tree = [(each["code"], each["depth"]) for each in merchant.get("/v1/categories").json["data"]]

    assert tree == [("tickets", 1), ("evening", 2)]
    assert found(merchant, "category=tickets") == ["Museum", "Opera"]
    assert found(merchant, "category=evening") == ["Opera"]
    assert found(merchant, "category=nothing") == []


def test_categories_are_renamed_and_taken_away(merchant: Any) -> None:
    top = category(merchant, "tickets")
    below = category(merchant, "evening", top)
    opera = product(merchant, "Opera", "evening", "tickets")

    too_early = merchant.call("DELETE", f"/v1/categories/{top}")
    renamed = merchant.call("PATCH", f"/v1/categories/{top}", {"name": "Passes"})
    merchant.call("DELETE", f"/v1/categories/{below}")

    assert (too_early.status_code, too_early.json["code"]) == (409, "category_not_empty")
    assert renamed.json["name"] == "Passes"
    assert merchant.get(f"/v1/products/{opera}").json["categories"] == ["tickets"]


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/v1/categories", {"code": "taken", "name": "x"}, "code_taken"),
        ("/v1/categories", {"code": "Big", "name": "x"}, "invalid_parameter"),
        ("/v1/categories", {"code": "new", "name": "x", "parent_id": show("cat", uuid.UUID(int=7))}, "not_found"),
        ("/v1/products/{product}/categories", {"categories": ["unknown"]}, "unknown_category"),
    ],
)
def test_what_cannot_be_is_refused(merchant: Any, path: str, body: Any, code: str) -> None:
    category(merchant, "taken")

    refused = merchant.post(path.format(product=show("prd", merchant.shop.product_id)), body)

    assert refused.json["code"] == code


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("q=eve", ["Monthly evening", "Evening pass"]),
        ("q=PASS", ["Évening 100%_ pass", "Evening pass"]),
        ("q=%25_", ["Évening 100%_ pass"]),
        ("q=会员", ["年度会员卡"]),
        ("q=会", ["年度会员卡"]),
        ("q=7", ["年度会员卡"]),
        ("q=x-7", ["年度会员卡"]),
        ("q=e&limit=2", ["年度会员卡", "Évening 100%_ pass"]),
        ("q=nothing of this", []),
        ("q=eve&status=on_sale", []),
        ("q=eve&category=months", ["Monthly evening"]),
    ],
)
def test_products_are_found_by_any_part_of_name_or_code(merchant: Any, query: str, names: list[str]) -> None:
    category(merchant, "months")
    product(merchant, "Evening pass")
    product(merchant, "Monthly evening", "months")
    product(merchant, "Évening 100%_ pass")
    product(merchant, "年度会员卡", sku="SKE-X-77")

    assert found(merchant, query) == names


def test_pages_of_what_was_found_leave_nothing_out(merchant: Any) -> None:
    category(merchant, "all")
    for number in range(7):
        product(merchant, f"Pass {number}", "all")

    for query in ("q=pass", "category=all", "q=pass&category=all"):
        seen, cursor = [], ""
        while True:
            answer = merchant.get(f"/v1/products?{query}&limit=2{cursor}").json
            seen += [each["name"] for each in answer["data"]]
            if not answer["next_cursor"]:
                break
            cursor = f"&cursor={answer['next_cursor']}"
        assert seen == [f"Pass {number}" for number in reversed(range(7))], query


def test_nobody_finds_what_others_sell(merchant: Any, merchant_of: Any, new_shop: Any) -> None:
    other = merchant_of(new_shop())
    product(other, "Secret evening", sku="SECRET-1")

    assert found(merchant, "q=secret") == []


def test_a_promotion_for_a_category_counts_for_those_below_it(shop: Shop) -> None:
    top = manage_categories.create_category(shop.business_id, code="all", name="All")
    manage_categories.create_category(shop.business_id, code="months", name="Months", parent_id=top)
    rule = DiscountRule(
        id=new_id(), name="Sale", benefit=Percentage(off_bps=1000), scope=Scope(categories=frozenset({"all"}))
    )
    promotion = manage_promotions.create_promotion(shop.business_id, rule, actor="test")
    manage_promotions.transition_promotion(shop.business_id, promotion, "active", actor="test")
    before = shop.place()

    manage_categories.set_categories(shop.business_id, shop.product_id, ["months"])

    after = shop.place()
    assert [shop.order(each).total_minor for each in (before, after)] == [1000, 900]
