"""The lines of a checkout session with their prices: as they would be now, or as they were ordered."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Mapped

from app.core import clock, db
from app.core.i18n import language
from app.core.ids import show
from app.domain.catalog import queries as catalog
from app.domain.catalog.models import Product, Sku
from app.domain.catalog.rules import is_limited, left_for_buyer, title
from app.domain.catalog.sku_rows import SkuWithProduct
from app.domain.catalog.states import ProductStatus
from app.domain.marketing import listing
from app.domain.marketing import service as marketing
from app.domain.marketing.models import CouponUse, PromotionUse
from app.domain.marketing.offers import Entered, entered, sale_items_of
from app.domain.marketing.pricing import explain, list_price, listed
from app.domain.marketing.types import MAX_COUPONS, Explained
from app.domain.orders.models import CheckoutSession, OrderLine
from app.domain.orders.queries import is_new_buyer, pieces_of
from app.domain.orders.types import MAX_LINES, SessionItem, read_items, read_terms
from app.lib.some import some
from app.read.catalog.product_images import ShownImage
from app.read.checkout.snapshot_types import ShownDiscount, ShownLine, ShownSku

MANY_CHOICES = 100  # SKUs to choose from in a session with one line
FEW_CHOICES = 20  # and for each line of a session with several
MANY_STEPS = 200

if TYPE_CHECKING:

    class ChosenSku(SkuWithProduct):
        """A SKU with what its product says to who chooses; `place` counts those of a product, cheapest first."""

        description: Mapped[str]
        options: Mapped[list[Any]]
        attributes: Mapped[list[Any]]
        place: Mapped[int]

else:
    ChosenSku = SkuWithProduct

Found = Mapping[uuid.UUID, ChosenSku]


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A SKU that a line may be of, with its price for one unit."""

    sku: ChosenSku
    unit_minor: int

    def shown(self) -> ShownSku:
        """The SKU in the snapshot."""
        return {
            "id": show("sku", self.sku.id),
            "name": self.sku.name,
            "unit_price_minor": self.unit_minor,
            "available": self.sku.active and _left(self.sku) > 0,
            "specification": self.sku.specification,
        }


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line as the buyer sees it. `choices` are the SKUs it may have instead, its own among them."""

    key: str
    sku: ChosenSku
    choices: Sequence[Choice]
    quantity: int
    quantity_min: int
    quantity_max: int
    unit_minor: int
    discount_minor: int
    available: bool
    removable: bool = False

    @property
    def subtotal_minor(self) -> int:
        """At the list price."""
        return self.unit_minor * self.quantity

    def shown(self, image: ShownImage | None) -> ShownLine:
        """The line of the snapshot, with its product's image."""
        return {
            "key": self.key,
            "sku_id": show("sku", self.sku.id),
            "product": {
                "id": show("prd", self.sku.product_id),
                "name": self.sku.product_name,
                "image": image,
                "options": self.sku.options,
            },
            "name": self.sku.name,
            "specification": self.sku.specification,
            "skus": [each.shown() for each in self.choices],
            "quantity": self.quantity,
            "quantity_min": self.quantity_min,
            "quantity_max": self.quantity_max,
            "unit_price_minor": self.unit_minor,
            "subtotal_minor": self.subtotal_minor,
            "discount_minor": self.discount_minor,
            "total_minor": self.subtotal_minor - self.discount_minor,
            "available": self.available,
            "removable": self.removable,
        }


@dataclass(frozen=True, kw_only=True)
class Lines:
    """All lines of a session, and how their price came about; another payment method could change it when it
    `depends_on_channel`."""

    currency: str
    lines: Sequence[Line]
    steps: Sequence[Explained]
    coupons: Sequence[Entered] = ()
    depends_on_channel: bool = False

    @property
    def subtotal_minor(self) -> int:
        """At list prices."""
        return sum(line.subtotal_minor for line in self.lines)

    @property
    def discount_minor(self) -> int:
        """What is taken off altogether."""
        return sum(line.discount_minor for line in self.lines)

    @property
    def item_ids(self) -> frozenset[uuid.UUID]:
        """The SKUs and the products of all lines."""
        return frozenset(found for line in self.lines for found in (line.sku.id, line.sku.product_id))

    def discounts(self) -> list[ShownDiscount]:
        """What is taken off, by name."""
        steps = [step for step in self.steps if step.rule_id is not None]
        return [{"name": step.name, "why": step.why, "amount_minor": step.discount_minor} for step in steps]


def lines_of(session: CheckoutSession, *, channel: str | None = None) -> Lines:
    """The session's lines, in the open transaction, at the price for payments by `channel`."""
    items = read_items(session.items)
    found, choices = _skus(items)
    if session.order_id is None:
        return _priced_now(session, items, found, choices, channel)
    return _as_ordered(session, items, found)


def _skus(items: Sequence[SessionItem]) -> tuple[Found, Mapping[uuid.UUID, list[ChosenSku]]]:
    """The SKUs of the lines by id, and by product what there is to choose from, cheapest first."""
    chosen = [item.sku_id for item in items]
    most = MANY_CHOICES if len(items) == 1 else FEW_CHOICES
    place = func.row_number().over(partition_by=Sku.product_id, order_by=(Sku.price_minor, Sku.id))
    products = select(Sku.product_id).where(Sku.business_id == db.here(), Sku.id.in_(chosen))
    placed = (
        catalog.with_products()
        .add_columns(Product.description, Product.options, Product.attributes, place.label("place"))
        .where(Sku.product_id.in_(products))
        .subquery()
    )
    query = (
        select(placed)
        .where(or_(placed.c.place <= most, placed.c.id.in_(chosen)))
        .order_by(placed.c.place)
        .limit(MANY_CHOICES * MAX_LINES)
    )
    rows = db.rows(db.select_as(ChosenSku, query))
    choices: dict[uuid.UUID, list[ChosenSku]] = {}
    for row in rows:
        choices.setdefault(row.product_id, []).append(row)
    return {row.id: row for row in rows}, choices


def _priced_now(
    session: CheckoutSession,
    items: Sequence[SessionItem],
    found: Found,
    choices: Mapping[uuid.UUID, list[ChosenSku]],
    channel: str | None,
) -> Lines:
    currency, now = session.currency, clock.now()
    sale_items = sale_items_of(items, found, currency=currency)
    quote = marketing.price_with_coupons(currency, sale_items, who_buys(session, channel), session.coupon_codes)
    priced = quote.priced
    terms = read_terms(session.terms)
    together: Counter[uuid.UUID] = Counter()
    for item in items:
        together[found[item.sku_id].product_id] += item.quantity
    most = {sku.product_id: _most(sku, session.buyer_reference) for sku in (found[item.sku_id] for item in items)}
    lines = []
    for item, price in zip(items, priced.lines, strict=True):
        sku = found[item.sku_id]
        others = choices[sku.product_id] if terms.sku_changeable else [sku]
        fewest = max(sku.min_per_order - together[sku.product_id] + item.quantity, 1)
        highest = max(most[sku.product_id] - together[sku.product_id] + item.quantity, item.quantity)
        lines.append(
            Line(
                key=item.key,
                sku=sku,
                choices=_choices(others, sku, price.unit_minor, currency=currency, now=now),
                quantity=item.quantity,
                quantity_min=fewest if terms.quantity_changeable else item.quantity,
                quantity_max=highest if terms.quantity_changeable else item.quantity,
                unit_minor=price.unit_minor,
                discount_minor=price.discount_minor,
                available=sku.product_status == ProductStatus.ON_SALE
                and sku.active
                and _left(sku) >= item.quantity
                and most[sku.product_id] >= together[sku.product_id],
                removable=len(items) > 1 and terms.quantity_changeable,
            )
        )
    return Lines(
        currency=currency,
        lines=lines,
        steps=priced.steps,
        coupons=entered(session.coupon_codes, quote),
        depends_on_channel=quote.depends_on_channel,
    )


def _most(sku: ChosenSku, buyer: str) -> int:
    """How many units of its product the buyer may have in one order now."""
    if not is_limited(sku):
        return sku.max_per_order
    since = clock.now() - timedelta(days=sku.period_days or 0)
    return min(sku.max_per_order, left_for_buyer(sku, *pieces_of(sku.product_id, buyer=buyer, since=since)))


def _choices(
    skus: Sequence[ChosenSku], own: ChosenSku, own_minor: int, *, currency: str, now: datetime
) -> list[Choice]:
    """What of a product's SKUs is offered in this currency, and the line's own SKU whatever became of it."""
    found = []
    for sku in skus:
        price = list_price(listing.tiers(sku, currency), 1, now)
        if sku.active and price is not None:
            found.append(Choice(sku=sku, unit_minor=price.unit_minor))
        elif sku.id == own.id:
            found.append(Choice(sku=sku, unit_minor=own_minor))
    return found


def who_buys(session: CheckoutSession, channel: str | None) -> marketing.CartBuyer:
    """The buyer, as far as prices are concerned; workflow/orders/place_order.who_buys is its like."""
    buyer = session.buyer_reference
    return marketing.CartBuyer(
        reference=buyer,
        groups=session.details.get("buyer_groups", ()),
        is_new=lambda: is_new_buyer(buyer),
        email=session.buyer_email,
        device=session.details.get("buyer_device"),
        channel=channel,
    )


def _as_ordered(session: CheckoutSession, items: Sequence[SessionItem], found: Found) -> Lines:
    ordered = {
        row.sku_id: row
        for row in db.rows(
            select(db.table(OrderLine))
            .where(OrderLine.business_id == db.here(), OrderLine.order_id == session.order_id)
            .limit(MAX_LINES)
        )
    }
    lines = [
        Line(
            key=item.key,
            sku=found[item.sku_id],
            choices=[Choice(sku=found[item.sku_id], unit_minor=row.unit_price_minor)],
            quantity=row.quantity,
            quantity_min=1,
            quantity_max=row.quantity,
            unit_minor=row.unit_price_minor,
            discount_minor=row.discount_minor,
            available=True,
        )
        for item in items
        for row in [ordered[item.sku_id]]
    ]
    steps = [
        *(
            listed(line.key, title(line.sku), line.unit_minor, line.quantity, currency=session.currency)
            for line in lines
        ),
        *_given(some(session.order_id)),
    ]
    return Lines(currency=session.currency, lines=lines, steps=steps, coupons=_held(some(session.order_id)))


class _Held(db.JoinedRow):
    code: str
    name: str
    spent_minor: int


class _Given(db.JoinedRow):
    rule_id: uuid.UUID
    name: str
    explanation: str
    explained: dict[str, Any] | None
    spent_minor: int


def _held(order_id: uuid.UUID) -> list[Entered]:
    """The coupons of an order."""
    uses = db.table(CouponUse)
    rows = db.rows(
        db.select_as(_Held, select(uses.c.code, uses.c.name, uses.c.spent_minor))
        .where(uses.c.business_id == db.here(), uses.c.order_id == order_id)
        .order_by(uses.c.id)
        .limit(MAX_COUPONS)
    )
    return [Entered(code=row.code, name=row.name, discount_minor=row.spent_minor) for row in rows]


def _given(order_id: uuid.UUID) -> list[Explained]:
    """What promotions and coupons gave with an order."""
    kept = []
    for table, rule_id, code in (
        (db.table(PromotionUse), PromotionUse.promotion_id, "promotion"),
        (db.table(CouponUse), CouponUse.template_id, "coupon"),
    ):
        columns = (table.c.name, table.c.explanation, table.c.explained, table.c.spent_minor)
        rows = db.rows(
            db.select_as(_Given, select(rule_id.label("rule_id"), *columns))
            .where(table.c.business_id == db.here(), table.c.order_id == order_id)
            .order_by(table.c.id)
            .limit(MANY_STEPS)
        )
        kept += [
            Explained(
                code=code,
                text=explain(row.name, why),
                name=row.name,
                why=why,
                values={},
                rule_id=row.rule_id,
                discount_minor=row.spent_minor,
            )
            for row in rows
            for why in [language.read(row.explained) if row.explained else row.explanation]
        ]
    return kept


def _left(sku: ChosenSku) -> float:
    return float("inf") if sku.stock is None else sku.stock - sku.reserved
