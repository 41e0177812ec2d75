"""Everything a new order consists of: the server's price, stock held, evidence of what was agreed."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, case
from sqlalchemy.orm import Mapped

from app.core import clock, db, outbox, states
from app.core.errors import Conflict, Invalid
from app.core.ids import new_id
from app.core.money import Money
from app.domain.accounts.business.errors import check_selling
from app.domain.accounts.business.models import Business
from app.domain.accounts.business.settings.errors import CurrencyNotAccepted
from app.domain.accounts.business.standing import STANDING
from app.domain.accounts.business.types import ORDERS_LATER
from app.domain.buyers.queries import family_of
from app.domain.catalog import queries as catalog
from app.domain.catalog import service as stock
from app.domain.catalog.errors import NotOnSale
from app.domain.catalog.models import Product, Sku
from app.domain.catalog.rules import check_buyable, title
from app.domain.catalog.sellers.models import Seller
from app.domain.catalog.sku_rows import SkuWithProduct
from app.domain.fulfilment.rules import is_lacking
from app.domain.fulfilment.types import SHIPPING
from app.domain.marketing import coupon_use, listing
from app.domain.marketing import service as marketing
from app.domain.marketing.types import Priced
from app.domain.orders import rules, shipping
from app.domain.orders.models import Order, OrderLine, SubOrder
from app.domain.orders.rules import PricedOrderLine, known_of
from app.domain.orders.splits import registry
from app.domain.orders.states import ORDER
from app.domain.orders.types import (
    MAX_LINES,
    ContractOrder,
    LineDiscount,
    LineSeller,
    OrderItem,
    OrderPart,
    Placed,
    PlaceOrderCommand,
    write_discounts,
)
from app.domain.settlement.clearing import service as clearing
from app.lib.some import some
from app.workflow.steps.checkout.accept_agreements import accept_agreements
from app.workflow.steps.marketing.who_buys import named_by, who_buys
from app.workflow.steps.orders import remote_reservations
from app.workflow.steps.orders.limit_buyers import limit_buyer
from app.workflow.steps.orders.remote_reservations import Need
from app.workflow.steps.orders.take_number import take_number

if TYPE_CHECKING:

    class _OrderedSku(SkuWithProduct):
        """A SKU with what its business says of all orders, and what the buyer is called."""

        pay_deadline_s: Mapped[int]
        split_by: Mapped[str]
        currencies: Mapped[list[str]]
        standing: Mapped[str | None]
        order_numbers: Mapped[str]
        order_number_format: Mapped[str]
        order_number_start: Mapped[int]
        time_zone: Mapped[str]
        seller_name: Mapped[str | None]
        has_promotions: Mapped[bool]
        family: Mapped[list[str] | None]
        clears_on: Mapped[str | None]

else:
    _OrderedSku = SkuWithProduct


def write_order(order_id: uuid.UUID, command: PlaceOrderCommand) -> Placed:
    """Everything a new order consists of, in the caller's phase. Raises as `place_order` does."""
    if not 1 <= len(command.items) <= MAX_LINES:
        raise Invalid("no_lines", f"An order must have 1 to {MAX_LINES} lines.")
    found, command = _skus(command)
    lines = [_line(item, found[item.sku_id], command.currency, command.contract) for item in command.items]
    _check_address(lines, command)
    rules.total(lines)
    quote = _quote(lines, found, command) if _is_discounted(command, found) else None
    lines = lines if quote is None else _discounted(lines, quote)
    money = rules.total(lines)
    channels = rules.narrowed(quote.channels if quote is not None else (), command.channels)
    needs = [Need(line.id, line.sku_id, line.quantity) for line in lines if found[line.sku_id].participant]
    business, details = next(iter(found.values())), command.details | known_of(command.buyer)
    deadline, number = _deadline(command, business), take_number(business)
    db.add(
        Order,
        id=order_id,
        number=number,
        currency=money.currency,
        total_minor=money.minor,
        buyer_reference=command.buyer.reference,
        buyer_email=command.buyer.email,
        buyer_phone=command.buyer.phone,
        session_id=command.session_id,
        snapshot_hash=rules.snapshot_hash(lines),
        needs_remote_reservation=bool(needs),
        channels=channels,
        clears_on=business.clears_on,
        expires_at=deadline,
        details=details,
        contract_id=command.contract.contract_id if command.contract is not None else None,
    )
    states.born(ORDER, order_id, reason="placed", actor=f"buyer:{command.buyer.reference}")
    parts = _write_lines(order_id, lines, business.split_by)
    if quote is not None:
        marketing.record_uses(order_id, quote, who_buys(command.buyer))
    _accept(order_id, command, lines)
    stock.reserve(order_id, _stock_of(lines, found), expires_at=deadline)
    remote_reservations.write(order_id, needs, expires_at=deadline)
    outbox.emit("order.created", aggregate_id=order_id, payload={"order_id": str(order_id)})
    return Placed(
        id=order_id,
        number=number,
        status=ORDER.initial,
        version=1,
        total_minor=money.minor,
        currency=money.currency,
        buyer_reference=command.buyer.reference,
        buyer_email=command.buyer.email,
        session_id=command.session_id,
        expires_at=deadline,
        parts=parts,
        details=details,
        needs_remote_reservation=bool(needs),
        clears_on=business.clears_on,
        channels=channels,
        contract_id=command.contract.contract_id if command.contract is not None else None,
        buyer_phone=command.buyer.phone,
    )


def _accept(order_id: uuid.UUID, command: PlaceOrderCommand, lines: Sequence[PricedOrderLine]) -> None:
    """The agreements that the buyer saw; whoever orders for a buyer answers for them."""
    if command.agreements is not None:
        products = {line.product_id for line in lines}
        accept_agreements(order_id, command.agreements, product_ids=products, buyer_ip=command.buyer_ip)


def _discounted(lines: Sequence[PricedOrderLine], quote: marketing.Quote) -> list[PricedOrderLine]:
    """The lines, with what each promotion and coupon takes off them."""
    off = _discounts(quote.priced)
    return [replace(line, discounts=tuple(off[str(line.id)])) for line in lines]


def _stock_of(lines: Sequence[PricedOrderLine], found: Mapping[uuid.UUID, _OrderedSku]) -> list[stock.StockRequest]:
    return [
        stock.StockRequest(line.sku_id, line.id, line.quantity, found[line.sku_id].stock is not None) for line in lines
    ]


_ORDERED = db.prepared(
    db.select_as(
        _OrderedSku,
        catalog.named_skus_with_products()
        .add_columns(
            Business.pay_deadline_s,
            Business.split_by,
            Business.currencies,
            Business.order_numbers,
            Business.order_number_format,
            Business.order_number_start,
            Business.time_zone,
            STANDING,
            Seller.name.label("seller_name"),
            marketing.has_active_promotion().label("has_promotions"),
            family_of(bindparam("buyer"), db.HERE).label("family"),
            case((clearing.has_rules(), Business.clears_on)).label("clears_on"),
        )
        .join(Business, Business.id == Sku.business_id)
        .outerjoin(Seller, (Seller.business_id == Product.business_id) & (Seller.id == Product.seller_id)),
    )
)


def _skus(command: PlaceOrderCommand) -> tuple[dict[uuid.UUID, _OrderedSku], PlaceOrderCommand]:
    """What is wanted, once it is sure that this buyer can buy it: what a contract renews may be off sale."""
    rows = db.rows(_ORDERED, skus=[item.sku_id for item in command.items], buyer=command.buyer.reference)
    buyer = named_by(command.buyer, rows[0].family if rows else None)
    found = {row.id: row for row in rows}
    renews = command.contract is not None and command.contract.is_renewal
    if not renews:
        check_buyable(found, [(item.sku_id, item.quantity) for item in command.items])
    for row in rows:
        check_selling(None if renews and row.standing == ORDERS_LATER else row.standing)
        if is_lacking(row.delivery_kind, row.deliverable):
            raise NotOnSale("not_on_sale", f"{row.product_name} is not on sale.")
    if not renews:
        limit_buyer(found, [(item.sku_id, item.quantity) for item in command.items], buyer=buyer)
    return found, replace(command, buyer=buyer)


def _check_address(lines: Sequence[PricedOrderLine], command: PlaceOrderCommand) -> None:
    """Require an address where something is shipped."""
    if not any(line.delivery_kind == SHIPPING for line in lines):
        return
    if command.contract is not None:
        raise Conflict("shipped_product", "A product that is shipped cannot be sold by a contract.")
    if lacking := shipping.lacking(command.details.get(shipping.ADDRESS, {})):
        param = f"{shipping.ADDRESS}.{lacking}"
        raise Invalid(
            "address_required", "Something in this order is shipped. Add an address.", details={"param": param}
        )


def _is_discounted(command: PlaceOrderCommand, found: dict[uuid.UUID, _OrderedSku]) -> bool:
    """Whether promotions or coupons are asked: a contract's price is the one that was signed."""
    return command.contract is None and bool(command.coupon_codes or next(iter(found.values())).has_promotions)


def _deadline(command: PlaceOrderCommand, sku: _OrderedSku) -> datetime:
    if command.contract is not None and command.contract.expires_at is not None:
        return command.contract.expires_at
    return clock.now() + timedelta(seconds=sku.pay_deadline_s)


def _line(item: OrderItem, sku: _OrderedSku, currency: str | None, cycle: ContractOrder | None) -> PricedOrderLine:
    currency = currency or sku.currency
    if sku.currencies and currency not in sku.currencies and not (cycle is not None and cycle.is_renewal):
        raise CurrencyNotAccepted(currency, sku.currencies)
    if cycle is not None:
        unit_minor = cycle.unit_minor
    else:
        unit_minor = listing.unit_minor(sku, currency=currency, quantity=item.quantity, now=clock.now())
    return PricedOrderLine(
        id=new_id(),
        sku_id=sku.id,
        product_id=sku.product_id,
        title=title(sku),
        specification={
            "sku": sku.code,
            "name": sku.name,
            "delivery_days": sku.delivery_days,
            "deliverable": sku.deliverable,
            "options": sku.specification,
            **_period(cycle),
        },
        unit_price=Money(unit_minor, currency),
        quantity=item.quantity,
        delivery_kind=sku.delivery_kind,
        discounts=_credit(cycle),
        seller=LineSeller(sku.seller_id, some(sku.seller_name)) if sku.seller_id is not None else None,
        categories=tuple(sku.categories or ()),
    )


def _credit(cycle: ContractOrder | None) -> tuple[LineDiscount, ...]:
    """What the contract's credit takes off the line."""
    if cycle is None or not cycle.credit_minor:
        return ()
    return (LineDiscount(source="contract_credit", rule_id=None, discount_minor=cycle.credit_minor),)


def _period(cycle: ContractOrder | None) -> dict[str, Any]:
    """From when until when a contract's line lasts, instead of its SKU's days."""
    if cycle is None:
        return {}
    return {"period": {"starts_at": cycle.starts_at.isoformat(), "ends_at": cycle.ends_at.isoformat()}}


def _quote(
    lines: Sequence[PricedOrderLine], found: dict[uuid.UUID, _OrderedSku], command: PlaceOrderCommand
) -> marketing.Quote:
    """The lines' price with what is given now; promotions and coupons with limits stay locked until the phase ends."""
    sale_items = [
        marketing.sale_item(
            found[line.sku_id], key=str(line.id), quantity=line.quantity, unit_minor=line.unit_price.minor
        )
        for line in lines
    ]
    who = who_buys(command.buyer, channel=command.channel)
    currency = lines[0].unit_price.currency
    quote = marketing.price_with_coupons(currency, sale_items, who, command.coupon_codes, lock=True)
    if not command.leaves_coupons:
        coupon_use.refuse_unused(quote.found, quote.priced)
    return quote


def _discounts(priced: Priced) -> Mapping[str, list[LineDiscount]]:
    """By line: what each promotion and coupon takes off it."""
    found: dict[str, list[LineDiscount]] = defaultdict(list)
    for step in priced.steps:
        is_shared = step.coupon_id == step.rule_id
        for share in step.shares:
            found[share.key].append(
                LineDiscount(
                    source="promotion" if step.coupon_id is None else "coupon",
                    rule_id=step.rule_id,
                    coupon_id=None if is_shared else step.coupon_id,
                    discount_minor=share.minor,
                )
            )
    return found


def _write_lines(order_id: uuid.UUID, lines: list[PricedOrderLine], split_by: str) -> list[OrderPart]:
    """The lines in their order, each in the part it falls into."""
    sub_orders: dict[uuid.UUID, uuid.UUID] = {}
    parts: list[OrderPart] = []
    for value, part in rules.split(lines, registry.split(split_by)).items():
        sub_order_id = new_id()
        amount = rules.total(part)
        db.add(
            SubOrder,
            id=sub_order_id,
            order_id=order_id,
            split_by=split_by,
            split_value=value,
            amount_minor=amount.minor,
            currency=amount.currency,
        )
        parts += _by_seller(sub_order_id, part)
        sub_orders |= {line.id: sub_order_id for line in part}
    for position, line in enumerate(lines, start=1):
        db.add(
            OrderLine,
            id=line.id,
            order_id=order_id,
            sub_order_id=sub_orders[line.id],
            position=position,
            sku_id=line.sku_id,
            product_id=line.product_id,
            title=line.title,
            specification=line.specification,
            unit_price_minor=line.unit_price.minor,
            quantity=line.quantity,
            discount_minor=line.discount_minor,
            discounts=write_discounts(line.discounts),
            amount_minor=line.amount.minor,
            currency=line.unit_price.currency,
            seller_id=line.seller.id if line.seller is not None else None,
            seller_name=line.seller.name if line.seller is not None else None,
        )
    return parts


def _by_seller(sub_order_id: uuid.UUID, part: Sequence[PricedOrderLine]) -> list[OrderPart]:
    """What of a sub-order is each seller's."""
    sums: dict[uuid.UUID | None, int] = {}
    for line in part:
        seller_id = line.seller.id if line.seller is not None else None
        sums[seller_id] = sums.get(seller_id, 0) + line.amount.minor
    return [OrderPart(sub_order_id, seller_id, minor) for seller_id, minor in sums.items()]
