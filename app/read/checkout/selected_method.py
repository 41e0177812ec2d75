"""The payment method that a session selected, and its price: an offer may be for payments by some channels only."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.money import Money
from app.domain.payments.channels import registry
from app.read.checkout.checkout_lines import Lines, lines_of
from app.read.checkout.payment_methods import payment_methods
from app.read.checkout.session_row import SessionRow
from app.read.checkout.snapshot_types import ShownMethod


@dataclass(frozen=True)
class SelectedMethod:
    """What the buyer is shown: the cart at the price of the method `method_id`, and all methods at this price."""

    cart: Lines
    methods: list[ShownMethod]
    method_id: str | None


def selected_method(session: SessionRow, *, known: set[str]) -> SelectedMethod:
    """The buyer's choice, or the first method that is available at the price it leads to. In the open reading."""
    cart = lines_of(session, channel=registry.channel_and_scene(session.channel)[0])
    methods = _methods(cart, session, known)
    if session.channel is not None:
        return SelectedMethod(cart, methods, _still_selected(session.channel, methods))
    if cart.depends_on_channel:
        for method in methods:
            at_price = lines_of(session, channel=method["name"])
            at = _methods(at_price, session, known)
            if any(each["id"] == method["id"] and each["available"] for each in at):
                return SelectedMethod(at_price, at, method["id"])
    return SelectedMethod(cart, methods, _first_available(methods))


def _still_selected(method_id: str, methods: list[ShownMethod]) -> str | None:
    """The selected method, unless the order was placed at the price of another."""
    is_barred = any(method["id"] == method_id and method["reason"] == "offer" for method in methods)
    return _first_available(methods) if is_barred else method_id


def _first_available(methods: list[ShownMethod]) -> str | None:
    return next((method["id"] for method in methods if method["available"]), None)


def _methods(cart: Lines, session: SessionRow, known: set[str]) -> list[ShownMethod]:
    total = cart.subtotal_minor - cart.discount_minor
    # What costs nothing is paid by no channel.
    return payment_methods(Money(total, cart.currency), session, item_ids=cart.item_ids, known=known) if total else []
