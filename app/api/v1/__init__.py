"""The JSON for merchants' servers, under a secret key. One file per resource; `api` holds the surface."""

from app.api.v1 import (
    agreements,
    attempts,
    buyer_links,
    deliveries,
    entitlements,
    events,
    freezes,
    goods,
    movements,
    orders,
    payouts,
    points,
    products,
    refunds,
    reservations,
    sessions,
    wallets,
)
from app.api.v1.api import v1

__all__ = [
    "agreements",
    "attempts",
    "buyer_links",
    "deliveries",
    "entitlements",
    "events",
    "freezes",
    "goods",
    "movements",
    "orders",
    "payouts",
    "points",
    "products",
    "refunds",
    "reservations",
    "sessions",
    "v1",
    "wallets",
]
