"""The business under test: two currencies, one SKU that counts its stock, one that does not."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from app.core import db
from app.core.ids import new_id
from app.domain.accounts.business.models import Business
from app.workflow.catalog import manage_catalog
from app.workflow.payments import manage_channels
from tests.model.oracle import PAY_TIME_S

BUYERS = ("ann", "bob", "cyd")
PRICES = {"USD": 1000, "JPY": 700}
STOCK = 12


@dataclass(frozen=True)
class ModelShop:
    """`skus` by currency."""

    business_id: uuid.UUID
    account_id: uuid.UUID
    skus: Mapping[str, uuid.UUID]


def open_shop() -> ModelShop:
    """A new business that sells at PRICES; the first currency's SKU has STOCK units."""
    business_id = new_id()
    with db.system_phase("test.business"):
        db.write(db.new_row(Business, id=business_id, name="Model", pay_deadline_s=PAY_TIME_S))
    product = manage_catalog.ProductCommand(name="Membership")
    product_id = manage_catalog.create_product(business_id, product, actor="model")
    skus = {}
    for currency, price in PRICES.items():
        stock = None if skus else STOCK
        command = manage_catalog.SkuCommand(
            code=currency, name="1 month", price_minor=price, currency=currency, stock=stock
        )
        skus[currency] = manage_catalog.add_sku(business_id, product_id, command)
    manage_catalog.publish_product(business_id, product_id, actor="model")
    add = manage_channels.add_channel_account
    account_id = add(business_id, channel="company", name="Company", values={})
    add(business_id, channel="wallet", name="Balance", values={})
    return ModelShop(business_id, account_id, skus)
