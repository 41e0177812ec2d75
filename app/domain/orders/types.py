"""What a checkout session holds: its lines, as the JSON of `items`, and what its buyer may do, as that of `terms`."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple, NotRequired, TypedDict

DiscountSource = Literal["promotion", "coupon", "contract_credit", "unknown"]
MAX_LINES = 50  # of a session, and of an order


@dataclass(frozen=True, kw_only=True)
class SessionItem:
    """A quantity of a SKU; `key` names the line as long as the session lives."""

    key: str
    sku_id: uuid.UUID
    quantity: int


@dataclass(frozen=True, kw_only=True)
class CustomField:
    """Something that a merchant wants to know of the buyer with an order (see contact.py). `labels` are the label in
    other languages, by locale; of a `choice` one of `choices` is the answer."""

    key: str
    kind: str
    label: str
    labels: Mapping[str, str] = field(default_factory=dict)
    required: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SessionTerms:
    """What a buyer may do in a session, and is asked for (see contact.py). `channels` are those it may be paid by;
    empty: by any that are offered. `asks_address` where something is shipped: the goods say so, not the merchant.
    `asks_billing` where receipts are made out to companies: a setting of the business says so."""

    quantity_changeable: bool = True
    sku_changeable: bool = True
    coupons_allowed: bool = True
    channels: tuple[str, ...] = ()
    collect_email: str = "none"
    collect_phone: str = "none"
    custom_fields: tuple[CustomField, ...] = ()
    asks_address: bool = False
    asks_billing: bool = False


def read_terms(kept: Mapping[str, Any]) -> SessionTerms:
    """The terms of a session's `terms`; what is not named there is as in a session without any."""
    fields = tuple(CustomField(**{**each, "choices": tuple(each["choices"])}) for each in kept.get("custom_fields", ()))
    return SessionTerms(**{**kept, "channels": tuple(kept.get("channels", ())), "custom_fields": fields})


def write_terms(terms: SessionTerms) -> dict[str, Any]:
    """The terms as `terms` keeps them: only what differs from a session without any."""
    plain, own = asdict(SessionTerms()), asdict(terms)
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in own.items() if value != plain[name]
    }


def read_items(kept: Iterable[dict[str, Any]]) -> tuple[SessionItem, ...]:
    """The lines of a session's `items`, in their order."""
    return tuple(
        SessionItem(key=each["key"], sku_id=uuid.UUID(each["sku_id"]), quantity=each["quantity"]) for each in kept
    )


def write_items(items: Sequence[SessionItem]) -> list[dict[str, Any]]:
    """The lines as `items` keeps them."""
    return [{"key": item.key, "sku_id": str(item.sku_id), "quantity": item.quantity} for item in items]


@dataclass(frozen=True)
class OrderItem:
    """A quantity of a SKU."""

    sku_id: uuid.UUID
    quantity: int


@dataclass(frozen=True, kw_only=True)
class Buyer:
    """Who buys, in the merchant's words. `signed_in`: the merchant knows the browser to be this buyer's, which may then
    spend the buyer's wallet. `device` is what the merchant knows the buyer's device by; `also` are references that were
    merged into this one."""

    reference: str
    email: str | None = None
    phone: str | None = None
    signed_in: bool = False
    groups: tuple[str, ...] = ()
    device: str | None = None
    also: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ContractOrder:
    """What an order of a contract's cycle is, whatever its SKU costs and whether it is on sale today: `unit_minor` is
    what the contract charges, from `starts_at` to `ends_at` is what the buyer gets for it, and it can be paid until
    `expires_at`. One that is no `renewal` is the order that the contract is signed with: its SKU must be on sale.
    `credit_minor` of the price is paid by what the contract was given back."""

    contract_id: uuid.UUID
    unit_minor: int
    starts_at: datetime
    ends_at: datetime
    expires_at: datetime | None
    is_renewal: bool
    credit_minor: int = 0


@dataclass(frozen=True, kw_only=True)
class PlaceOrderCommand:
    """An order to be placed. `agreements` are (id, text hash) as the buyer saw them; None when the merchant's
    own server orders and answers for the agreement itself. `currency` None is the SKUs' own. `buyer_ip` is where the
    buyer's browser called from. `details` are `metadata`, the merchant's own, and `payer`, what payment companies want
    to know of the buyer. Every one of `coupon_codes` must be of use, unless `leaves_coupons`: then those that are not
    are left out. `channel` is the one that is about to be paid with: an offer may be bound to it. `channels` are those
    that the seller takes (empty: any). `contract` when it is for a cycle of one: such an order has one item."""

    items: Sequence[OrderItem]
    buyer: Buyer
    currency: str | None = None
    agreements: Sequence[tuple[uuid.UUID, str]] | None = None
    buyer_ip: str | None = None
    session_id: uuid.UUID | None = None
    details: dict[str, Any] = field(default_factory=dict)
    coupon_codes: Sequence[str] = ()
    leaves_coupons: bool = False
    channel: str | None = None
    channels: Sequence[str] = ()
    contract: ContractOrder | None = None


@dataclass(frozen=True)
class LineSeller:
    """Who sells a line, and what they are called now."""

    id: uuid.UUID
    name: str


@dataclass(frozen=True, kw_only=True)
class LineDiscount:
    """What one promotion, or one coupon, takes off one line, in minor units. `rule_id` is the promotion's or the coupon
    template's; a shared code has no `coupon_id`. `unknown`: a line from before this was kept."""

    source: DiscountSource
    rule_id: uuid.UUID | None
    coupon_id: uuid.UUID | None = None
    discount_minor: int


class KeptDiscount(TypedDict):
    """A discount as `discounts` keeps it: ids as text; those that there are not are left out."""

    source: DiscountSource
    rule_id: NotRequired[str]
    coupon_id: NotRequired[str]
    discount_minor: int


def read_discounts(kept: Iterable[KeptDiscount] | None) -> tuple[LineDiscount, ...]:
    """What was taken off a line, as its `discounts` keep it."""
    return tuple(
        LineDiscount(
            source=each["source"],
            rule_id=uuid.UUID(each["rule_id"]) if each.get("rule_id") else None,
            coupon_id=uuid.UUID(each["coupon_id"]) if each.get("coupon_id") else None,
            discount_minor=each["discount_minor"],
        )
        for each in kept or ()
    )


def write_discounts(discounts: Sequence[LineDiscount]) -> list[KeptDiscount] | None:
    """The same as `discounts` keep it; None for nothing."""
    kept: list[KeptDiscount] = []
    for each in discounts:
        one: KeptDiscount = {"source": each.source, "discount_minor": each.discount_minor}
        if each.rule_id is not None:
            one["rule_id"] = str(each.rule_id)
        if each.coupon_id is not None:
            one["coupon_id"] = str(each.coupon_id)
        kept.append(one)
    return kept or None


class OrderPart(NamedTuple):
    """What of an order is one seller's in one sub-order."""

    sub_order_id: uuid.UUID
    seller_id: uuid.UUID | None
    amount_minor: int


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A new order as it stands, good for the next step of the same phase; `parts` sum to its total."""

    id: uuid.UUID
    number: str
    status: str
    version: int
    total_minor: int
    currency: str
    buyer_reference: str
    buyer_email: str | None
    session_id: uuid.UUID | None
    expires_at: datetime
    parts: Sequence[OrderPart]
    details: dict[str, Any]
    needs_remote_reservation: bool
    clears_on: str | None
    channels: Sequence[str] = ()
    contract_id: uuid.UUID | None = None
    buyer_phone: str | None = None
