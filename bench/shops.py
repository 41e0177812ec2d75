"""The businesses that sell in a run, made by the application's own workflows."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import asdict, dataclass, replace
from typing import Any

from app.core import db
from app.core.ids import new_id, show
from app.domain.accounts.business.models import Business
from app.workflow.accounts.manage_keys import create_key
from app.workflow.catalog import manage_catalog
from app.workflow.payments import manage_channels

SKUS_EACH = 100  # of one product


@dataclass(frozen=True)
class BenchShop:
    """One business, as its own server knows it."""

    business_id: str
    secret_key: str
    sku_id: str
    account_id: str
    merchant_id: str
    api_key: str
    price_minor: int = 1250
    currency: str = "USD"

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def open_shop(company_url: str, *, stock: int | None = None) -> BenchShop:
    """A business with one SKU and one account at the bench's payment company."""
    business_id = new_id()
    with db.system_phase("bench.business"):
        db.write(db.new_row(Business, id=business_id, name="Bench"))
    product = manage_catalog.ProductCommand(name="Membership", max_per_order=100)
    product_id = manage_catalog.create_product(business_id, product, actor="bench")
    sku = manage_catalog.SkuCommand(code="ONE", name="1 month", price_minor=1250, currency="USD", stock=stock)
    sku_id = manage_catalog.add_sku(business_id, product_id, sku)
    manage_catalog.publish_product(business_id, product_id, actor="bench")
    merchant_id, api_key = secrets.token_hex(8), secrets.token_hex(24)
    account_id = manage_channels.add_channel_account(
        business_id,
        channel="simulator",
        name="Bench company",
        values={"base_url": company_url, "merchant_id": merchant_id, "api_key": api_key},
    )
    return BenchShop(
        business_id=str(business_id),
        secret_key=create_key(business_id, name="bench", kind="secret").secret,
        sku_id=show("sku", sku_id),
        account_id=show("cha", account_id),
        merchant_id=merchant_id,
        api_key=api_key,
    )


def open_shelf(company_url: str, count: int, *, stock: int) -> list[BenchShop]:
    """One business with a number of SKUs that count their stock, as one shop for each SKU."""
    shop = open_shop(company_url, stock=stock)
    business_id = uuid.UUID(shop.business_id)
    shops = [shop]
    while len(shops) < count:
        command = manage_catalog.ProductCommand(name="Shelf", max_per_order=100)
        product_id = manage_catalog.create_product(business_id, command, actor="bench")
        for _ in range(min(SKUS_EACH, count - len(shops))):
            sku = manage_catalog.SkuCommand(
                code=f"S-{len(shops)}", name=f"{len(shops)}", price_minor=1250, currency="USD", stock=stock
            )
            sku_id = manage_catalog.add_sku(business_id, product_id, sku)
            shops.append(replace(shop, sku_id=show("sku", sku_id)))
        manage_catalog.publish_product(business_id, product_id, actor="bench")
    return shops
