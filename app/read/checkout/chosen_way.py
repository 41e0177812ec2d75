"""The way to pay that a session shows as chosen, and its price: an offer may be for payments by some channels only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.core.money import Money
from app.domain.payments.channels import registry
from app.read.checkout.checkout_lines import Lines, lines_of
from app.read.checkout.session_row import SessionRow
from app.read.checkout.ways_to_pay import ways_to_pay

Way = dict[str, Any]


@dataclass(frozen=True)
class Chosen:
    """What the buyer is shown: the cart at the price of the way `way_id`, and all ways there are at this price."""

    cart: Lines
    ways: list[Way]
    way_id: str | None


def chosen(session: SessionRow, *, known: set[str]) -> Chosen:
    """The buyer's choice, or the first way that is available at the price it leads to. In the open reading."""
    cart = lines_of(session, channel=registry.way(session.channel)[0])
    ways = _ways(cart, session, known)
    if session.channel is not None:
        return Chosen(cart, ways, _still(session.channel, ways))
    if cart.depends_on_channel:
        for way in ways:
            at_price = lines_of(session, channel=way["name"])
            at = _ways(at_price, session, known)
            if any(each["id"] == way["id"] and each["available"] for each in at):
                return Chosen(at_price, at, way["id"])
    return Chosen(cart, ways, _first(ways))


def _still(way_id: str, ways: list[Way]) -> str | None:
    """The chosen way, unless the order was placed at the price of another."""
    is_barred = any(way["id"] == way_id and way["reason"] == "offer" for way in ways)
    return _first(ways) if is_barred else way_id


def _first(ways: list[Way]) -> str | None:
    return next((way["id"] for way in ways if way["available"]), None)


def _ways(cart: Lines, session: SessionRow, known: set[str]) -> list[Way]:
    total = cart.subtotal_minor - cart.discount_minor
    # What costs nothing is paid by no channel.
    return ways_to_pay(Money(total, cart.currency), session, item_ids=cart.item_ids, known=known) if total else []
