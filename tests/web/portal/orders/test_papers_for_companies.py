"""Receipts and credit notes of companies in the portal: whole for who may read who bought, and masked for others."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.core.ids import show
from app.workflow.orders.correct_receipt import correct_receipt
from tests.factories.shop import Shop
from tests.pages import Visitor
from tests.texts.test_receipt_document import meanings

COMPANY = {"company": "Acme Ω", "name": "Ж", "address": "1 st\nЂ", "tax_number": "GB Ѣ"}
NAMING = set("ΩЖЂѢ")


@pytest.mark.parametrize(("role", "seen"), [("owner", NAMING), ("viewer", set())])
def test_who_may_not_read_buyers_reads_no_company(
    shop: Shop, signed_in: Callable[..., Visitor], role: str, seen: set[str]
) -> None:
    order_id = shop.paid_order()
    correct_receipt(shop.business_id, order_id, COMPANY)
    shop.refund(order_id, 100)
    shop.work_off()
    page = signed_in(shop, role).get(f"/portal/orders/{show('ord', order_id)}")

    notes = [each.get("action") for each in page.document.all("form") if "/credit-notes/" in each.get("action")]
    papers = [page.form(address).download_bytes() for address in ("/receipt", *notes)]

    assert len(papers) == 2
    assert [NAMING & meanings(each) for each in papers] == [seen, seen]
