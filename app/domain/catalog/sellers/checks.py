"""Invariants of sellers."""

from __future__ import annotations

from app.core.invariants import Check, replayed
from app.domain.catalog.sellers.states import SELLER

CHECKS = (
    Check(
        "I200",
        "no product that is not archived is sold by an archived seller",
        """
        SELECT p.business_id, p.id, s.id FROM products p
        JOIN sellers s ON s.business_id = p.business_id AND s.id = p.seller_id
        WHERE s.status = 'archived' AND p.status <> 'archived'
        """,
    ),
    replayed(SELLER, "I20-sel"),
)
