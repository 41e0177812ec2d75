"""Licence keys to sell, and deliveries that are tried now."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import select

from app.domain.fulfilment.models import LicenceKey
from app.workflow.fulfilment import deliver_line, manage_delivery
from tests.factories.merchant import delivery_of, sell
from tests.factories.shop import Shop


def sell_keys(shop: Shop, *texts: str) -> None:
    sell(shop, "licence_key")
    if texts:
        add_keys(shop, *texts)


def add_keys(shop: Shop, *texts: str) -> manage_delivery.Added:
    return manage_delivery.add_licence_keys(shop.business_id, shop.product_id, shop.sku_id, texts)


def keys(shop: Shop, status: str) -> list[Any]:
    return list(shop.many(select(LicenceKey.__table__).where(LicenceKey.status == status)))


def try_now(shop: Shop, order_id: uuid.UUID) -> None:
    deliver_line.try_again(shop.business_id, delivery_of(shop, order_id).id, force=True)


def refund_ends(shop: Shop, order_id: uuid.UUID) -> None:
    shop.work_off()
    [refund] = shop.refunds(order_id)
    shop.poll(shop.refund_attempt(refund.id).id)
    shop.work_off()
