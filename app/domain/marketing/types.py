"""Carts, prices, rules, and what pricing answers. Everything is plain data; amounts are whole minor units."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from app.core.money import MAX_MINOR
from app.domain.marketing.errors import BadCart, BadRule
from app.domain.marketing.kinds import ALL_BPS, EVERYTHING, Benefit, FullReduction, MemberPrice, Scope

MAX_LINES = 500
MAX_QUANTITY = 100_000
MAX_COUPONS = 10  # codes with one order
Source = Literal["promotion", "coupon"]
IssueOn = Literal["manual", "first_order", "payment", "segment"]
RefundRule = Literal["keep", "return"]


@dataclass(frozen=True)
class CartItem:
    """A quantity of a SKU; `key` names the line in the answer."""

    key: str
    sku_id: uuid.UUID
    quantity: int


@dataclass(frozen=True)
class Cart:
    """SKUs and quantities to be priced in one currency."""

    currency: str
    items: tuple[CartItem, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.items) <= MAX_LINES:
            raise BadCart("invalid_cart", f"A cart must have 1 to {MAX_LINES} lines.")
        if len({item.key for item in self.items}) != len(self.items):
            raise BadCart("invalid_cart", "The cart contains a duplicate line.")
        if not all(1 <= item.quantity <= MAX_QUANTITY for item in self.items):
            raise BadCart("invalid_cart", f"A line must have a quantity of 1 to {MAX_QUANTITY:,}.")


@dataclass(frozen=True, kw_only=True)
class Tier:
    """A list price: from a quantity of a line on, and from `starts_at` until just before `ends_at`."""

    unit_minor: int
    from_quantity: int = 1
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    def __post_init__(self) -> None:
        if not (0 <= self.unit_minor <= MAX_MINOR and self.from_quantity >= 1):
            raise BadRule("invalid_promotion", "A price must be at least 0 and start at 1 unit or more.")


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A SKU with its list prices in one currency."""

    sku_id: uuid.UUID
    product_id: uuid.UUID
    currency: str
    tiers: tuple[Tier, ...]
    categories: frozenset[str] = frozenset()
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class DiscountLimits:
    """How much a rule may take off altogether (minor units), and how often; None is unlimited."""

    budget_minor: int | None = None
    max_uses: int | None = None
    max_uses_per_buyer: int | None = None
    max_discount_minor: int | None = None  # of one order

    def __post_init__(self) -> None:
        if any(limit is not None and limit < 1 for limit in vars(self).values()):
            raise BadRule("invalid_promotion", "A limit must be 1 or more.")


@dataclass(frozen=True, kw_only=True)
class Usage:
    """How far a rule's limits are used: orders, orders of this buyer, minor units."""

    uses: int = 0
    uses_by_buyer: int = 0
    spent_minor: int = 0


@dataclass(frozen=True, kw_only=True)
class DiscountRule:
    """A promotion, or what a coupon gives.

    Of two rules the one with the higher `priority` is chosen first. `exclusive`: with no other of its own source.
    `combinable`: with rules of the other source (promotions and coupons). Of one `exclusion_group` only one is chosen.
    `currency` may be absent when no amount of money is named.
    """

    id: uuid.UUID
    name: str
    benefit: Benefit
    currency: str | None = None
    scope: Scope = EVERYTHING
    buyer_groups: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    minimum_minor: int = 0
    priority: int = 0
    exclusive: bool = False
    combinable: bool = True
    exclusion_group: str | None = None
    limits: DiscountLimits = DiscountLimits()

    def __post_init__(self) -> None:
        if self.starts_at is not None and self.ends_at is not None and self.ends_at <= self.starts_at:
            raise BadRule("invalid_promotion", "The end must be after the start.")
        if self.currency is None and self._names_money():
            raise BadRule("invalid_promotion", "Amounts need a currency.")
        if isinstance(self.benefit, MemberPrice) and not self.buyer_groups:
            raise BadRule("invalid_promotion", "A member price needs at least one buyer group.")

    def _names_money(self) -> bool:
        """Whether an amount stands in it: that of a part off is none."""
        named = vars(self.benefit)
        amounts = ("off_minor", "cap_minor", "price_minor", "unit_minor")
        steps = getattr(self.benefit, "steps", ())
        return bool(
            self.minimum_minor
            or self.limits.budget_minor
            or self.limits.max_discount_minor
            or isinstance(self.benefit, FullReduction)
            or any(named.get(name) for name in amounts)
            or named.get("price_minor") == 0
            or any(getattr(step, "unit_minor", None) is not None for step in steps)
        )


@dataclass(frozen=True)
class Coupon:
    """A coupon with its own id and code, and the rule of what it gives."""

    id: uuid.UUID
    code: str
    rule: DiscountRule


@dataclass(frozen=True, kw_only=True)
class IssueRule:
    """When a coupon is issued by itself: when a buyer's first order is paid (`first_order`), whenever an order of at
    least `minimum_minor` is (`payment`), or when a buyer of one of `groups` pays one (`segment`); `manual` is never."""

    on: IssueOn = "manual"
    minimum_minor: int = 0
    groups: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if bool(self.groups) != (self.on == "segment"):
            raise BadRule("invalid_coupon", "Name at least one buyer group.", details={"param": "issue"})
        if self.minimum_minor and self.on == "manual":
            raise BadRule(
                "invalid_coupon", "Manually issued coupons cannot have order conditions.", details={"param": "issue"}
            )
        if not 0 <= self.minimum_minor <= MAX_MINOR:
            raise BadRule("invalid_coupon", "An amount is out of range.", details={"param": "issue"})


@dataclass(frozen=True, kw_only=True)
class CouponPlan:
    """A coupon template: what each coupon gives (`rule`, whose limits count all of them) and how they come about.
    With a `shared_code` there is that one code for all, `listed` when panels offer it; else each coupon has its own,
    `valid_days` from when it is issued. Buyers are known again by what `identify_by` names."""

    rule: DiscountRule
    shared_code: str | None = None
    listed: bool = False
    valid_days: int | None = None
    max_issued: int | None = None
    max_issued_per_buyer: int | None = None
    identify_by: frozenset[str] = frozenset({"account", "email"})
    refund_rule: RefundRule = "keep"
    issue: IssueRule = IssueRule()

    def __post_init__(self) -> None:
        is_shared = self.shared_code is not None
        wrong = (
            (self.valid_days is not None and not 1 <= self.valid_days <= 3650, "valid_days", "1 to 3,650 days."),
            (is_shared and self.valid_days is not None, "valid_days", "Coupons with a shared code cannot be issued."),
            (is_shared and self.issue.on != "manual", "issue", "Coupons with a shared code cannot be issued."),
            (is_shared and self.max_issued is not None, "max_issued", "Coupons with a shared code cannot be issued."),
            (self.listed and not is_shared, "listed", "Only a shared code can be shown in checkout."),
            (not self.identify_by <= {"account", "email", "device"}, "identify_by", "account, email, device."),
            (not self.identify_by, "identify_by", "Name at least one: account, email, device."),
            (self.max_issued is not None and self.max_issued < 1, "max_issued", "A limit must be 1 or more."),
            (
                self.max_issued_per_buyer is not None and self.max_issued_per_buyer < 1,
                "max_issued_per_buyer",
                "A limit must be 1 or more.",
            ),
        )
        for holds, param, message in wrong:
            if holds:
                raise BadRule("invalid_coupon", message, details={"param": param})


@dataclass(frozen=True, kw_only=True)
class Context:
    """Who buys, when, how. `channel` is the way to pay that was chosen, None before. `usage` is by rule id; a rule
    that is not in it was never used."""

    now: datetime
    buyer_groups: frozenset[str] = frozenset()
    is_first_purchase: bool = False
    channel: str | None = None
    usage: Mapping[uuid.UUID, Usage] = field(default_factory=dict)


@dataclass(frozen=True)
class Share:
    """What a line gets of a step's discount."""

    key: str
    minor: int


@dataclass(frozen=True, kw_only=True)
class Explained:
    """One step of the way from list prices to the total: `text` for people, `code` and `values` for programs. What a
    rule takes off has its `name`, and `why` it takes that off."""

    code: str
    text: str
    values: Mapping[str, Any]
    name: str = ""
    why: str = ""
    rule_id: uuid.UUID | None = None
    coupon_id: uuid.UUID | None = None
    discount_minor: int = 0
    shares: tuple[Share, ...] = ()


# Why a rule takes no part, in words; `values` of the verdict has the members that they name.
REASONS: Mapping[str, str] = {
    "currency": "its amounts are in another currency",
    "not_started": "it has not started",
    "ended": "it has ended",
    "buyer_group": "it is for other buyers",
    "channel": "it is for other payment methods",
    "first_purchase_only": "the buyer has ordered before",
    "uses_spent": "all its uses are used up",
    "buyer_uses_spent": "the buyer’s uses are used up",
    "budget_spent": "its budget is used up",
    "nothing_in_scope": "the cart contains none of its products",
    "below_minimum": "`missing_minor` more is needed",
    "not_enough": "`missing_quantity` more units are needed, or a bundle is incomplete",
    "excluded": "it cannot be combined with the rule in `by`",
    "no_discount": "it would give no discount",
}


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Why a rule took no part; `reason` is stable, one of REASONS."""

    rule_id: uuid.UUID
    name: str
    reason: str
    text: str
    coupon_id: uuid.UUID | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class QuotedLine:
    """A line: list price, what was taken off, what is left."""

    key: str
    sku_id: uuid.UUID
    quantity: int
    unit_minor: int
    subtotal_minor: int
    discount_minor: int

    @property
    def amount_minor(self) -> int:
        """What the line costs."""
        return self.subtotal_minor - self.discount_minor


@dataclass(frozen=True, kw_only=True)
class Consumed:
    """What a rule takes off this order (minor units), to be counted against its limits."""

    rule_id: uuid.UUID
    coupon_id: uuid.UUID | None
    spent_minor: int


@dataclass(frozen=True, kw_only=True)
class Priced:
    """A cart with its price. `steps` begins with the list price of each line; `verdicts` has the other rules."""

    currency: str
    lines: tuple[QuotedLine, ...]
    steps: tuple[Explained, ...]
    verdicts: tuple[Verdict, ...]
    consumed: tuple[Consumed, ...]

    @property
    def subtotal_minor(self) -> int:
        """At list prices."""
        return sum(line.subtotal_minor for line in self.lines)

    @property
    def discount_minor(self) -> int:
        """What all rules take off."""
        return sum(line.discount_minor for line in self.lines)

    @property
    def total_minor(self) -> int:
        """What is to be paid."""
        return self.subtotal_minor - self.discount_minor


__all__ = [
    "ALL_BPS", "Benefit", "Cart", "CartItem", "Consumed", "Context", "Coupon", "CouponPlan", "DiscountLimits",
    "DiscountRule", "Explained",
    "IssueOn", "IssueRule", "Offer", "Priced",
    "QuotedLine", "Scope", "Share", "Source", "Tier", "Usage", "Verdict",
]  # fmt: skip
