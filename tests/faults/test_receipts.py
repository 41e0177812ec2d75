"""The process is stopped dead while a receipt is made: no number is lost, and none is given twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.read.orders.credit_notes import list_notes
from app.workflow.orders.make_receipt import make_receipt
from tests.factories.shop import Shop
from tests.faults.conftest import points_of

CORRECTING = ("correct_receipt.make.before_commit", "correct_receipt.make.after")
CREDITING = ("make_credit_notes.make.before_commit", "make_credit_notes.make.after")
ALL: dict[str, Any] = {"order_id": None, "transaction_id": None, "after": None, "limit": 10}
POINTS = ("make_receipt.make.before_commit", "make_receipt.make.after")


@pytest.mark.parametrize("point", POINTS)
def test_a_process_that_dies_loses_no_number(shop: Shop, dies: Callable[..., None], point: str) -> None:
    dying, other = shop.paid_order(), shop.paid_order()

    dies(shop, "receipt", dying, at=point)
    numbers = [make_receipt(shop.business_id, order_id).number for order_id in (other, dying)]

    assert numbers == ([1, 2] if point.endswith("before_commit") else [2, 1])


@pytest.mark.parametrize("point", CORRECTING)
def test_a_correction_is_made_once_and_wholly(shop: Shop, dies: Callable[..., None], point: str) -> None:
    order_id = shop.paid_order()
    make_receipt(shop.business_id, order_id)

    dies(shop, "correct_receipt", order_id, at=point)
    held = make_receipt(shop.business_id, order_id)

    assert (held.number, bool(held.buyer)) == ((1, False) if point.endswith("before_commit") else (2, True))
    assert make_receipt(shop.business_id, shop.paid_order()).number == held.number + 1


@pytest.mark.parametrize("point", CREDITING)
def test_a_refund_has_its_note_after_all(shop: Shop, dies: Callable[..., None], point: str) -> None:
    order_id = shop.paid_order()
    make_receipt(shop.business_id, order_id)
    shop.refund(order_id, 100)

    dies(shop, "credit_notes", order_id, at=point)
    shop.work_off()

    assert [note.number for note in list_notes(shop.business_id, **ALL)] == [1]
    shop.audit()


def test_these_points_exist() -> None:
    assert set(POINTS) == points_of("make_receipt")
    assert set(CORRECTING) == points_of("correct_receipt")
    assert set(CREDITING) == points_of("make_credit_notes")
