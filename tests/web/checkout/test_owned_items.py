"""What a buyer owns, by signed link."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app.core.ids import show
from app.domain.fulfilment import rules
from app.workflow.catalog.set_deliverable import set_deliverable
from app.workflow.checkout.link_buyer import make_link
from app.workflow.fulfilment.manage_delivery import add_licence_keys
from tests.factories.merchant import sell
from tests.factories.shop import Shop


def _open(app: Flask, shop: Shop, buyer: str = "buyer-1", **headers: str) -> Any:
    path = make_link(shop.business_id, buyer).url.partition("/my/")[2]
    return app.test_client().get(f"/my/{path}", headers=headers)


def test_a_buyer_sees_times_and_keys_and_nobody_elses(app: Flask, shop: Shop) -> None:
    shop.paid_order()
    sell(shop, "licence_key")
    add_licence_keys(shop.business_id, shop.product_id, shop.sku_id, ["MINE-1", "THEIRS-1"])
    order_id = shop.paid_order()
    shop.paid_order(buyer="buyer-2")

    page = _open(app, shop)

    assert page.status_code == 200
    assert "Membership: 1 month" in page.text
    assert "MINE-1" in page.text
    assert "THEIRS-1" not in page.text
    assert shop.order(order_id).number in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"


def test_revoked_items_are_not_shown(app: Flask, shop: Shop) -> None:
    order_id = shop.paid_order()
    shop.refund(order_id)
    shop.work_off()

    assert "Nothing yet" in _open(app, shop).text
    assert "\u6682\u65e0\u5185\u5bb9" in _open(app, shop, **{"Accept-Language": "zh-CN,zh;q=0.9"}).text


@pytest.mark.parametrize("change", [lambda token: token[:-2], lambda token: "x" + token, lambda _: "nothing"])
def test_a_link_that_was_changed_opens_nothing(app: Flask, shop: Shop, change: Any) -> None:
    token = make_link(shop.business_id, "buyer-1").url.rpartition("/")[2]

    assert app.test_client().get(f"/my/{change(token)}").status_code == 404


def test_a_link_is_over_after_its_time(app: Flask, shop: Shop, clock: Any) -> None:
    token = make_link(shop.business_id, "buyer-1").url.rpartition("/")[2]

    clock.move(int(rules.BUYER_LINK_LASTS.total_seconds()) + 5)

    assert app.test_client().get(f"/my/{token}").status_code == 404


def test_a_buyer_sees_levels_credit_and_points(app: Flask, shop: Shop) -> None:
    set_deliverable(shop.business_id, shop.sku_id, {"level": "Gold", "rank": 2})
    shop.paid_order()
    shop.keep_wallets()
    sell(shop, "credit")
    shop.paid_order(2)
    sell(shop, "points")
    set_deliverable(shop.business_id, shop.sku_id, {"points": 1500})
    shop.paid_order()

    page = " ".join(_open(app, shop).text.split())

    assert "<strong>Gold</strong> until" in page
    assert "<strong>$20.00</strong>" in page
    assert "<strong>1,500</strong>" in page
    assert "+ 1,500 points" in page
    assert "<strong>" not in _open(app, shop, "buyer-2").text


def test_a_receipt_says_what_was_paid_and_what_came_back(app: Flask, shop: Shop) -> None:
    order_id = shop.paid_order(2)
    refund_id = shop.refund(order_id, 500)
    shop.poll(shop.refund_attempt(refund_id).id)
    shop.work_off()
    token = make_link(shop.business_id, "buyer-1").url.rpartition("/")[2]
    foreign = make_link(shop.business_id, "buyer-2").url.rpartition("/")[2]
    path = f"receipts/{show('ord', order_id)}"
    client = app.test_client()

    owned = client.get(f"/my/{token}").text
    receipt = client.get(f"/my/{token}/{path}")
    missing, no_paper = (client.get(f"/my/{foreign}/{path}{end}") for end in ("", ".pdf"))
    paper = client.get(f"/my/{token}/{path}.pdf")

    assert f"/my/{token}/{path}" in owned
    assert f"/my/{token}/{path}.pdf" in receipt.text
    assert (paper.mimetype, paper.data[:5], paper.headers["Cache-Control"]) == ("application/pdf", b"%PDF-", "no-store")
    assert no_paper.status_code == 404
    words = ("Membership: 1 month", "$20.00", "−$5.00", shop.order(order_id).number, "Sold by", "Paid with")
    assert [word for word in words if word not in receipt.text] == []
    assert receipt.headers["Cache-Control"] == "no-store"
    assert missing.status_code == 404
