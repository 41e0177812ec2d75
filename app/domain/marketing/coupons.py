"""Which of a buyer's coupons can be used on a cart, and which of them take off most."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations

from app.domain.marketing.pricing import price
from app.domain.marketing.types import Cart, Context, Coupon, DiscountRule, Offer, Priced, Verdict

TRIED_TOGETHER = 6  # of these every combination is tried: 64 prices
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Usable:
    """A coupon that takes something off when it is used alone."""

    coupon: Coupon
    saved_minor: int


@dataclass(frozen=True)
class Choice:
    """The buyer's coupons against a cart: those that can be used, the most valuable first; why the others cannot; and
    the best of all, with its price."""

    usable: tuple[Usable, ...]
    unusable: tuple[Verdict, ...]
    best: tuple[Coupon, ...]
    priced: Priced


def choose(
    cart: Cart, prices: Sequence[Offer], promotions: Sequence[DiscountRule], coupons: Sequence[Coupon], context: Context
) -> Choice:
    """Try the coupons. The best are those with the lowest total; of equal ones the fewest, then those that end first.
    Combinations are tried of the six that save most alone.

    Raises:
        NoPrice, BadCart: as `price` does.
    """
    without = price(cart, prices, promotions, (), context)
    usable: list[Usable] = []
    unusable: list[Verdict] = []
    for coupon in coupons:
        alone = price(cart, prices, promotions, (coupon,), context)
        why = next((each for each in alone.verdicts if each.coupon_id == coupon.id), None)
        if why is not None:
            unusable.append(why)
        else:
            usable.append(Usable(coupon, without.total_minor - alone.total_minor))
    usable.sort(key=lambda each: (-each.saved_minor, _ends(each.coupon), each.coupon.id.int))
    best, priced = _best(cart, prices, promotions, [each.coupon for each in usable[:TRIED_TOGETHER]], context)
    return Choice(tuple(usable), tuple(unusable), best, priced)


def _best(
    cart: Cart, prices: Sequence[Offer], promotions: Sequence[DiscountRule], coupons: Sequence[Coupon], context: Context
) -> tuple[tuple[Coupon, ...], Priced]:
    tried = [
        (together, price(cart, prices, promotions, together, context))
        for size in range(len(coupons) + 1)
        for together in combinations(coupons, size)
    ]
    # A combination in which one is not used is the smaller one once more.
    used = [(together, priced) for together, priced in tried if _used(priced) == {each.id for each in together}]
    return min(used, key=lambda one: (one[1].total_minor, len(one[0]), [_ends(each) for each in one[0]]))


def _used(priced: Priced) -> set[uuid.UUID]:
    return {each.coupon_id for each in priced.consumed if each.coupon_id is not None}


def _ends(coupon: Coupon) -> datetime:
    return coupon.rule.ends_at or _NEVER
