"""Credit notes: one for each refund, numbered apart, and in sum never more than the receipt."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import select

from app.core import db
from app.domain.orders.receipts.models import CreditNote
from app.workflow.accounts.change_settings import change_settings
from app.workflow.orders.make_credit_notes import make_credit_notes
from app.workflow.orders.make_receipt import make_receipt
from app.workflow.orders.manage_tax_rates import TaxRateCommand, set_tax_rate
from tests.factories.shop import Shop

OWNER = "usr_01jd3w8n2q4zt5b7yk2hc5e4rv"


def test_a_refund_of_an_order_with_a_receipt_has_a_note(shop: Shop) -> None:
    order_id = shop.paid_order()
    receipt = make_receipt(shop.business_id, order_id)
    shop.refund(order_id, 300)
    shop.work_off()

    (note,) = notes_of(shop)

    assert (note.text, note.amount_minor, note.currency, note.receipt_id) == ("C-1", 300, "USD", receipt.id)
    assert (note.seller, note.buyer) == (receipt.seller, {})
    shop.audit()


def test_without_a_receipt_there_is_none_until_there_is_one(shop: Shop) -> None:
    order_id = shop.paid_order()
    shop.refund(order_id, 300)
    shop.work_off()
    before = notes_of(shop)

    make_receipt(shop.business_id, order_id)

    assert before == []
    assert [note.amount_minor for note in notes_of(shop)] == [300]
    shop.audit()


def test_many_at_once_make_one_note(shop: Shop) -> None:
    order_id = shop.paid_order()
    shop.refund(order_id, 300)
    make_receipt(shop.business_id, order_id)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: make_credit_notes(shop.business_id, order_id), range(8)))

    assert [note.number for note in notes_of(shop)] == [1]


def test_a_start_and_a_format_of_their_own(shop: Shop) -> None:
    change_settings(shop.business_id, {"credit_note_start": 500, "credit_note_format": "CN-{number}"}, actor=OWNER)
    order_id = shop.paid_order()
    receipt = make_receipt(shop.business_id, order_id)
    shop.refund(order_id, 100)
    shop.refund(order_id, 200)
    shop.work_off()

    assert receipt.text == "R-1"
    assert [(note.text, note.begins_series) for note in notes_of(shop)] == [("CN-500", True), ("CN-501", False)]


@pytest.mark.parametrize("seed", range(3))
def test_however_a_refund_is_cut_the_tax_comes_back_to_the_minor_unit(shop: Shop, clock: ModuleType, seed: int) -> None:
    with_taxes(shop, clock)
    order_id = shop.paid_order()
    receipt = make_receipt(shop.business_id, order_id)
    rest, draw = shop.order(order_id).total_minor, random.Random(seed)
    while rest:
        part = min(rest, draw.randint(1, 400))
        shop.refund(order_id, part)
        rest -= part
    shop.work_off()

    (tax,), notes = receipt.taxes, notes_of(shop)

    assert len(notes) > 2
    assert sum(note.taxes[0]["tax_minor"] for note in notes) == tax["tax_minor"]
    assert sum(note.taxes[0]["gross_minor"] for note in notes) == tax["gross_minor"]
    assert sum(note.amount_minor for note in notes) == shop.order(order_id).total_minor
    shop.audit()


def with_taxes(shop: Shop, clock: ModuleType) -> None:
    set_tax_rate(shop.business_id, TaxRateCommand(country="DE", name="VAT", rate_bps=1900))
    change_settings(shop.business_id, {"country": "DE", "prices_include_tax": True}, actor=OWNER)
    clock.move(1)


def notes_of(shop: Shop) -> list[Any]:
    notes = db.table(CreditNote)
    return list(shop.many(select(notes).where(notes.c.business_id == shop.business_id).order_by(notes.c.number)))
