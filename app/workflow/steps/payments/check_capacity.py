"""Whether there is room to begin a payment now, asked before anything is written."""

from __future__ import annotations

import uuid

from app.core.limits import bulkhead
from app.domain.payments.channels import registry


def check_capacity(business_id: uuid.UUID, channel: str | None) -> None:
    """Nothing when a payment of the business, by `channel` when it is known, may be begun now.

    Raises:
        Unavailable: so many calls to its companies hang that another would not be made.
    """
    can = registry.capabilities(channel) if channel else None
    asks_nobody = can is not None and (can.is_internal or can.is_manual)
    if not asks_nobody and bulkhead.current().is_stuck("create", business_id):
        raise bulkhead.no_payment_slot()
