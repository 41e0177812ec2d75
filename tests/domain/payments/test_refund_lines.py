"""How a refund falls on the lines of its order: always to the cent, never more than a line cost."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from app.core.errors import AppError, Invalid, NotFound
from app.core.money import Money
from app.domain.payments import rules
from app.domain.payments.errors import NotRefundable
from app.domain.payments.types import RefundableLine, RefundLineCommand


def _line(quantity: int, amount: int, back_quantity: int = 0, back: int = 0) -> RefundableLine:
    return RefundableLine(
        line_id=uuid.uuid4(),
        sub_order_id=uuid.uuid4(),
        quantity=quantity,
        amount_minor=amount,
        refunded_quantity=back_quantity,
        refunded_minor=back,
    )


def test_units_one_by_one_add_up_to_their_line() -> None:
    sums, back = [], 0
    for removed in range(3):
        line = _line(3, 1000, removed, back)
        [part] = rules.refund_by_line([line], [RefundLineCommand(line_id=line.line_id, quantity=1)])
        sums.append(part.amount_minor)
        back += part.amount_minor

    assert sums == [333, 333, 334]


def test_the_last_unit_gives_back_what_is_left_of_its_line() -> None:
    line = _line(2, 1000, 1, 900)

    [part] = rules.refund_by_line([line], [RefundLineCommand(line_id=line.line_id, quantity=1)])

    assert part.amount_minor == 100


def test_an_amount_falls_on_what_is_left_of_each_line() -> None:
    lines = [_line(1, 100, 0, 100), _line(1, 200, 0, 199), _line(1, 700)]

    parts = rules.refund_by_amount(lines, Money(701, "USD"))

    assert [part.amount_minor for part in parts] == [1, 700]
    assert sum(part.amount_minor for part in rules.refund_by_amount(lines, Money(350, "USD"))) == 350


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ({"quantity": 3}, NotRefundable),
        ({"quantity": 0}, NotRefundable),
        ({"amount_minor": 901}, NotRefundable),
        ({"amount_minor": 0}, Invalid),
        ({}, Invalid),
        ({"line_id": uuid.uuid4(), "quantity": 1}, NotFound),
    ],
)
def test_what_a_line_does_not_have_is_not_refunded(command: dict[str, Any], error: type[AppError]) -> None:
    line = _line(2, 1000, 0, 100)

    with pytest.raises(error):
        rules.refund_by_line([line], [RefundLineCommand(**{"line_id": line.line_id, **command})])


def test_a_line_is_named_once() -> None:
    line = _line(2, 1000)
    command = RefundLineCommand(line_id=line.line_id, quantity=1)

    with pytest.raises(Invalid):
        rules.refund_by_line([line], [command, command])
