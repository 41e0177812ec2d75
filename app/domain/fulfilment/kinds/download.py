"""Files to fetch: a right to those of the SKU, so many times each, for so long."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from app.core import clock, db
from app.domain.fulfilment import downloads
from app.domain.fulfilment.models import DownloadRight
from app.domain.fulfilment.types import Deliverable, RevocationLoss


class DownloadKind:
    """The newest version of every file that the SKU has, also of files that are added later."""

    def deliver(self, deliverable: Deliverable, moment: datetime) -> str | None:
        """Give the buyer the right to download the files; waits while the product has none."""
        if downloads.right_of(deliverable.delivery_id) is not None:
            return None
        if not downloads.has_files(deliverable.product_id, deliverable.sku_id):
            return "There is no file yet."
        most, days = deliverable.options.get("max_downloads"), deliverable.options.get("days")
        db.add(
            DownloadRight,
            delivery_id=deliverable.delivery_id,
            product_id=deliverable.product_id,
            sku_id=deliverable.sku_id,
            buyer_reference=deliverable.buyer_reference,
            allowed=most * deliverable.quantity if most else None,
            ends_at=moment + timedelta(days=days) if days else None,
        )
        return None

    def revoke(self, delivery_id: uuid.UUID, *, reason: str) -> RevocationLoss | None:  # noqa: ARG002 (the other kinds use it)
        """End the right; links that were made before stop working too."""
        right = downloads.right_of(delivery_id)
        if right is not None and right.revoked_at is None:
            db.write(db.change(DownloadRight, right.id, revoked_at=clock.now()), expect=1)
        return None
