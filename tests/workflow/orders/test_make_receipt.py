"""Receipts: one number each, no gap, however many want them at once, and for ever the same."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import select

from app.core import db
from app.core.errors import NotFound
from app.core.ids import new_id
from app.domain.orders.receipts.models import Receipt
from app.workflow.accounts.change_settings import change_settings
from app.workflow.orders.make_receipt import make_receipt
from app.workflow.orders.manage_tax_rates import TaxRateCommand, end_tax_rate, set_tax_rate
from tests.factories.shop import Shop

OWNER = "usr_01jd3w8n2q4zt5b7yk2hc5e4rv"


def test_numbers_go_up_by_one_and_stay(shop: Shop) -> None:
    first, second = shop.paid_order(), shop.paid_order()

    numbers = [make_receipt(shop.business_id, order_id).number for order_id in (second, first, second)]

    assert numbers == [1, 2, 1]
    assert [(row.text, row.begins_series) for row in _receipts(shop)] == [("R-1", True), ("R-2", False)]


def test_many_at_once_leave_no_gap_and_no_number_twice(shop: Shop) -> None:
    order_ids = [shop.paid_order(buyer=f"buyer-{number}") for number in range(4)]

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda order_id: make_receipt(shop.business_id, order_id).number, order_ids * 3))

    assert sorted(set(made)) == [1, 2, 3, 4]
    assert made[:4] == made[4:8] == made[8:]


def test_a_higher_start_begins_a_series_and_a_lower_one_changes_nothing(shop: Shop) -> None:
    orders = [shop.paid_order() for _ in range(4)]
    make_receipt(shop.business_id, orders[0])

    change_settings(shop.business_id, {"receipt_start": 1000, "receipt_format": "{year}/{number}"}, actor=OWNER)
    second = make_receipt(shop.business_id, orders[1])
    third = make_receipt(shop.business_id, orders[2])
    change_settings(shop.business_id, {"receipt_start": 5}, actor=OWNER)
    fourth = make_receipt(shop.business_id, orders[3])

    assert [row.number for row in (second, third, fourth)] == [1000, 1001, 1002]
    assert [row.begins_series for row in _receipts(shop)] == [True, True, False, False]
    assert second.text == f"{second.created_at.year}/1000"


def test_a_receipt_keeps_who_sold_and_the_tax_of_its_day(shop: Shop, clock: ModuleType) -> None:
    rate_id = set_tax_rate(shop.business_id, TaxRateCommand(country="DE", name="VAT", rate_bps=1900))
    legal = {"legal_name": "Games GmbH", "legal_address": "Weg 1\nBerlin", "tax_number": "DE1", "country": "DE"}
    change_settings(shop.business_id, {**legal, "prices_include_tax": True}, actor=OWNER)
    clock.move(1)
    early, late = shop.paid_order(), shop.paid_order()
    first = make_receipt(shop.business_id, early)
    clock.move(60)
    end_tax_rate(shop.business_id, rate_id)
    set_tax_rate(shop.business_id, TaxRateCommand(country="DE", name="VAT", rate_bps=1600))
    change_settings(shop.business_id, {"legal_name": "Other GmbH"}, actor=OWNER)
    clock.move(1)

    again, before, after = (make_receipt(shop.business_id, order) for order in (early, late, shop.paid_order()))

    total = shop.order(early).total_minor
    assert first.seller["address"] == "Weg 1\nBerlin\nGermany"
    assert again.seller["name"] == "Games GmbH"
    assert before.seller["name"] == "Other GmbH"
    assert [row.taxes[0]["rate_bps"] for row in (again, before, after)] == [1900, 1900, 1600]
    assert first.taxes[0]["gross_minor"] == total
    assert abs(first.taxes[0]["tax_minor"] - total * 19 / 119) <= 0.5


def test_without_the_setting_there_is_no_tax(shop: Shop) -> None:
    set_tax_rate(shop.business_id, TaxRateCommand(country="DE", name="VAT", rate_bps=1900))
    change_settings(shop.business_id, {"country": "DE"}, actor=OWNER)

    assert make_receipt(shop.business_id, shop.paid_order()).taxes == []


def test_an_unpaid_order_anothers_and_nobodys_have_none(shop: Shop, new_shop: Callable[..., Shop]) -> None:
    paid, theirs = shop.paid_order(), new_shop().paid_order()

    for order_id in (shop.place(), theirs, new_id()):
        with pytest.raises(NotFound):
            make_receipt(shop.business_id, order_id)
    with pytest.raises(NotFound):
        make_receipt(shop.business_id, paid, buyer_reference="somebody-else")

    assert _receipts(shop) == []
    assert make_receipt(shop.business_id, paid, buyer_reference="buyer-1").number == 1


def _receipts(shop: Shop) -> list[Any]:
    receipts = db.table(Receipt)
    query = select(receipts).where(receipts.c.business_id == shop.business_id)
    return list(shop.many(query.order_by(receipts.c.number)))
