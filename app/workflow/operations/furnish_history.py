"""What the demo sells beside what it begins with: a second seller's prints, a program with licence keys, prices in two
more currencies, a code for a campaign week, and a bank account."""

from __future__ import annotations

import base64
import hashlib
import uuid
from dataclasses import dataclass

from sqlalchemy import select

from app.core import db
from app.core.ids import new_id, show
from app.domain.catalog.models import Sku, SkuPrice
from app.domain.marketing.kinds import Percentage
from app.domain.marketing.states import TemplateStatus
from app.domain.marketing.types import CouponPlan, DiscountRule
from app.workflow.catalog.manage_catalog import ProductCommand, SkuCommand, add_sku, create_product, publish_product
from app.workflow.catalog.manage_prices import PriceCommand, set_price
from app.workflow.catalog.manage_sellers import SellerCommand, create_seller
from app.workflow.fulfilment.manage_delivery import add_licence_keys
from app.workflow.marketing.manage_coupons import create_template, transition_template
from app.workflow.payments.manage_channels import add_channel_account
from app.workflow.steps.operations.sales_pattern import CAMPAIGN_CODE, LICENCE_CODE

SELLER = "Owl & Lantern Prints"
# By SKU code: minor units in euros and pounds.
PRICES = {
    "MOON-1M": {"EUR": 850, "GBP": 750},
    "MOON-3M": {"EUR": 2250, "GBP": 1950},
    "EVENING": {"EUR": 1100, "GBP": 950},
    "ARCHIVE-A": {"EUR": 1700},
    "ARCHIVE-B": {"EUR": 1900},
    "PRINT-TIDE": {"EUR": 3200},
}
LAST = 200  # the simulator stays what buyers are offered first
BANK = {
    "account_holder": "Moonlight Press Ltd",
    "bank_name": "Harbour Bank",
    "account_number": "DE00 0000 0000 0000 0000 00",  # nobody's
    "pay_days": "7",
}


@dataclass(frozen=True)
class Extras:
    """Ids of what was added."""

    seller_ids: tuple[uuid.UUID, ...]
    product_ids: tuple[uuid.UUID, ...]
    sku_ids: tuple[uuid.UUID, ...]
    template_id: uuid.UUID
    account_id: uuid.UUID
    price_ids: tuple[uuid.UUID, ...]

    def roots(self) -> tuple[uuid.UUID, ...]:
        """What all its rows hang from."""
        return (*self.seller_ids, *self.product_ids, *self.sku_ids, self.template_id, self.account_id, *self.price_ids)


def furnish_history(business_id: uuid.UUID, *, licence_keys: int) -> Extras:
    """Add it to a business that sells what the demo sells, with so many licence keys in the pool."""
    contact = SellerCommand(name=SELLER, reference="owl-lantern", legal_name="Owl & Lantern Prints Ltd")
    seller_id = create_seller(business_id, contact, actor="system")
    product = ProductCommand(
        name="Print: Low tide",
        description="A signed print, 30 × 40 cm.",
        seller=show("sel", seller_id),
        max_per_order=5,
    )
    sku = SkuCommand(code="PRINT-TIDE", name="Unframed", price_minor=3400, currency="USD", delivery_days=3650)
    print_id, print_sku_id = _on_sale(business_id, product, sku)
    product = ProductCommand(
        name="Moonlight Reader", description="Reads every issue offline.", delivery_kind="licence_key", max_per_order=1
    )
    sku = SkuCommand(code=LICENCE_CODE, name="For one person", price_minor=2900, currency="USD", stock=0)
    reader_id, reader_sku_id = _on_sale(business_id, product, sku)
    add_licence_keys(business_id, reader_id, reader_sku_id, key_texts("rehearsal", licence_keys))
    rule = DiscountRule(id=new_id(), name="Lantern week", benefit=Percentage(off_bps=2000))
    template_id = create_template(business_id, CouponPlan(rule=rule, shared_code=CAMPAIGN_CODE), actor="system")
    transition_template(business_id, template_id, TemplateStatus.ACTIVE, actor="system")
    account_id = add_channel_account(business_id, channel="offline", name="Bank transfer", values=BANK, priority=LAST)
    return Extras(
        (seller_id,),
        (print_id, reader_id),
        (print_sku_id, reader_sku_id),
        template_id,
        account_id,
        _price(business_id),
    )


def key_texts(seed: str, count: int) -> list[str]:
    """So many licence keys, always the same ones of a seed."""
    digests = [hashlib.sha256(f"{seed} {number}".encode()).digest() for number in range(count)]
    letters = [base64.b32encode(digest).decode()[:15] for digest in digests]
    return [f"MR-{each[:5]}-{each[5:10]}-{each[10:]}" for each in letters]


def _on_sale(business_id: uuid.UUID, product: ProductCommand, sku: SkuCommand) -> tuple[uuid.UUID, uuid.UUID]:
    product_id = create_product(business_id, product, actor="system")
    sku_id = add_sku(business_id, product_id, sku)
    publish_product(business_id, product_id, actor="system")
    return product_id, sku_id


def _price(business_id: uuid.UUID) -> tuple[uuid.UUID, ...]:
    """Give SKUs their prices in other currencies; the ids of these."""
    with db.reading(business_id):
        skus = {row.code: row.id for row in db.rows(select(Sku.code, Sku.id).where(Sku.business_id == business_id))}
    for code, prices in PRICES.items():
        for currency, unit_minor in prices.items():
            price = PriceCommand(currency=currency, unit_minor=unit_minor)
            set_price(business_id, skus[code], price, actor="system")
    with db.reading(business_id):
        found = db.rows(select(SkuPrice.id).where(SkuPrice.business_id == business_id))
    return tuple(row.id for row in found)
