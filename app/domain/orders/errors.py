"""Refusals of the orders noun."""

from __future__ import annotations

from app.core.errors import Conflict


class OrderState(Conflict):
    """The order's state does not allow this."""

    default_code = "order_state"


class ConfigurationInactive(Conflict):
    """The checkout configuration is switched off or archived."""

    default_code = "configuration_inactive"


class CouponsClosed(Conflict):
    """This checkout takes no codes."""

    default_code = "coupons_closed"


class SessionClosed(Conflict):
    """The checkout session is over."""

    default_code = "session_closed"


class PriceChanged(Conflict):
    """The total is not the one the buyer saw."""

    default_code = "price_changed"
