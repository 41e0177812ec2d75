"""A receipt is made out to a company: once, in time, with a number of its own, and the first one stays."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import select

from app.core import db
from app.core.errors import AppError, Conflict, Invalid, NotFound
from app.domain.orders.receipts.models import Receipt
from app.workflow.accounts.change_settings import change_settings
from app.workflow.orders.correct_receipt import correct_receipt
from app.workflow.orders.make_receipt import make_receipt
from tests.factories.shop import Shop

DAY_S = 86_400
OWNER = "usr_01jd3w8n2q4zt5b7yk2hc5e4rv"
COMPANY = {"company": "Analytical Ltd", "tax_number": "GB1", "address": " 12 Way \r\n\r\nLondon"}
KEPT = {"company": "Analytical Ltd", "tax_number": "GB1", "address": "12 Way\nLondon"}


@pytest.fixture
def offering(shop: Shop) -> Shop:
    """A shop whose buyers can name a company for ten days."""
    change_settings(shop.business_id, {"company_receipts": True, "company_receipt_days": 10}, actor=OWNER)
    return shop


def test_a_receipt_that_was_made_is_corrected_and_stays(offering: Shop) -> None:
    order_id = offering.paid_order()
    first = make_receipt(offering.business_id, order_id)

    second = correct_receipt(offering.business_id, order_id, COMPANY, buyer_reference="buyer-1")

    assert (second.number, second.corrects_id, second.buyer) == (2, first.id, KEPT)
    assert make_receipt(offering.business_id, order_id).id == second.id
    assert [(row.number, row.buyer) for row in receipts_of(offering)] == [(1, {}), (2, KEPT)]
    offering.audit()


def test_without_a_receipt_yet_it_is_the_first_one(offering: Shop) -> None:
    made = correct_receipt(offering.business_id, offering.paid_order(), COMPANY, buyer_reference="buyer-1")

    assert (made.number, made.corrects_id, made.buyer) == (1, None, KEPT)


def test_it_is_done_once_by_however_many(offering: Shop) -> None:
    order_id = offering.paid_order()
    make_receipt(offering.business_id, order_id)

    def correct(_: int) -> str:
        try:
            correct_receipt(offering.business_id, order_id, COMPANY, buyer_reference="buyer-1")
        except AppError as error:
            return error.code
        return "made"

    with ThreadPoolExecutor(4) as pool:
        said = sorted(pool.map(correct, range(4)))

    assert said == ["made", *["receipt_final"] * 3]
    assert len(receipts_of(offering)) == 2


@pytest.mark.parametrize(("seconds", "is_open"), [(10 * DAY_S - 60, True), (10 * DAY_S + 1, False)])
def test_there_is_a_last_moment(offering: Shop, clock: ModuleType, seconds: int, is_open: bool) -> None:
    order_id = offering.paid_order()
    clock.move(seconds)

    if is_open:
        assert correct_receipt(offering.business_id, order_id, COMPANY, buyer_reference="buyer-1").buyer == KEPT
    else:
        with pytest.raises(Conflict):
            correct_receipt(offering.business_id, order_id, COMPANY, buyer_reference="buyer-1")


def test_who_does_not_offer_it_and_whose_it_is_not(shop: Shop, new_shop: Callable[..., Shop]) -> None:
    order_id, theirs = shop.paid_order(), new_shop().paid_order()

    with pytest.raises(Conflict):
        correct_receipt(shop.business_id, order_id, COMPANY, buyer_reference="buyer-1")
    for wanted, buyer in ((order_id, "buyer-2"), (theirs, "buyer-1"), (shop.place(), "buyer-1")):
        with pytest.raises(NotFound):
            correct_receipt(shop.business_id, wanted, COMPANY, buyer_reference=buyer)


@pytest.mark.parametrize(
    ("change", "member"),
    [
        ({"company": " "}, "company"),
        ({"address": ""}, "address"),
        ({"company": "x" * 121}, "company"),
        ({"tax_number": "1\n2"}, "tax_number"),
        ({"address": "\n".join("1234567")}, "address"),
        ({"name": "\u202e"}, "name"),
    ],
)
def test_what_is_no_company_is_refused(offering: Shop, change: dict[str, str], member: str) -> None:
    order_id = offering.paid_order()

    with pytest.raises(Invalid) as refused:
        correct_receipt(offering.business_id, order_id, COMPANY | change, buyer_reference="buyer-1")

    assert refused.value.details == {"param": f"billing_details.{member}"}
    assert receipts_of(offering) == []


def receipts_of(shop: Shop) -> list[Any]:
    receipts = db.table(Receipt)
    mine = receipts.c.business_id == shop.business_id
    return list(shop.many(select(receipts).where(mine).order_by(receipts.c.number)))
