from __future__ import annotations

import uuid
from typing import Any

import pytest

from app.core.errors import Invalid
from app.core.money import MAX_MINOR, Money
from app.domain.orders import rules
from app.domain.orders.rules import PricedOrderLine
from app.domain.orders.splits.own import ByDeliveryKind


def line(minor: int = 1000, quantity: int = 1, **changes: Any) -> PricedOrderLine:
    values: dict[str, Any] = {
        "id": uuid.UUID(int=1),
        "sku_id": uuid.UUID(int=2),
        "product_id": uuid.UUID(int=3),
        "title": "Membership",
        "specification": {},
        "unit_price": Money(minor, "USD"),
        "quantity": quantity,
        "delivery_kind": "entitlement",
    }
    return PricedOrderLine(**(values | changes))


def test_a_total_is_the_sum_of_price_times_quantity() -> None:
    assert rules.total([line(1000, 2), line(1, 3), line(0)]) == Money(2003, "USD")


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([], "no_lines"),
        ([line(), line(unit_price=Money(1, "EUR"))], "mixed_currencies"),
        ([line(MAX_MINOR), line(1)], "amount_too_large"),
        ([line(MAX_MINOR, 2)], "amount_too_large"),
    ],
)
def test_what_has_no_total_is_refused(lines: list[PricedOrderLine], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        rules.total(lines)

    assert refused.value.code == code


def test_the_largest_amount_is_still_an_amount() -> None:
    assert rules.total([line(MAX_MINOR)]).minor == MAX_MINOR


def test_a_split_keeps_every_line_once_in_the_order_of_first_appearance() -> None:
    first, second, third = line(1, delivery_kind="b"), line(2, delivery_kind="a"), line(3, delivery_kind="b")

    parts = rules.split([first, second, third], ByDeliveryKind())

    assert list(parts.items()) == [("b", [first, third]), ("a", [second])]
    assert sum(rules.total(part).minor for part in parts.values()) == rules.total([first, second, third]).minor


@pytest.mark.parametrize(
    "other",
    [
        [line(1001)],
        [line(quantity=2)],
        [line(unit_price=Money(1000, "EUR"))],
        [line(title="Another")],
        [line(sku_id=uuid.UUID(int=9))],
        [line(), line()],
        [],
    ],
)
def test_another_price_or_another_thing_has_another_fingerprint(other: list[PricedOrderLine]) -> None:
    assert rules.snapshot_hash(other) != rules.snapshot_hash([line()])


def test_the_fingerprint_is_of_what_was_bought_and_not_of_the_row() -> None:
    assert rules.snapshot_hash([line(id=uuid.UUID(int=8))]) == rules.snapshot_hash([line()])
