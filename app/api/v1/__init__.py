"""The JSON for merchants' servers, under a secret key. One file per resource; `api` holds the surface."""

from app.api.v1 import entitlements, events, orders, products, refunds, sessions
from app.api.v1.api import v1

__all__ = ["entitlements", "events", "orders", "products", "refunds", "sessions", "v1"]
