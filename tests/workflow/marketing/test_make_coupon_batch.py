"""Batches of codes and their export."""

from __future__ import annotations

from typing import Any

from app.core.ids import new_id
from app.domain.marketing.codes import normal
from app.read.marketing import coupons as read
from app.workflow.marketing import make_coupon_batch
from tests.factories.coupons import active_template, coupons_of
from tests.factories.shop import Shop


def test_an_interrupted_batch_is_resumed_and_exported(shop: Shop, monkeypatch: Any) -> None:
    template_id = active_template(shop.business_id)
    monkeypatch.setattr(make_coupon_batch, "CHUNK", 3)
    monkeypatch.setattr(make_coupon_batch, "finish_batch", lambda *_: None)
    batch_id = new_id()
    body: Any = {"quantity": 7, "note": "fair", "actor": "test", "batch_id": batch_id}
    make_coupon_batch.make_batch(shop.business_id, template_id, **body)
    monkeypatch.undo()

    make_coupon_batch.make_batch(shop.business_id, template_id, **body)
    lines = list(read.codes_of(shop.business_id, batch_id))

    assert read.get_batch(shop.business_id, batch_id).made == 7
    assert {(name, status, ends) for _, name, status, ends in lines} == {("Coupon", "issued", "")}
    assert {normal(code) for code, *_ in lines} == {row.code for row in coupons_of(shop)}
