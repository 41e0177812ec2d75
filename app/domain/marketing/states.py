"""The edges of promotions."""

from __future__ import annotations

from app.core.states import Machine
from app.domain.marketing.models import Promotion

PROMOTION = Machine(
    name="promotion",
    model=Promotion,
    initial="draft",
    edges={
        ("draft", "active"): None,
        ("active", "paused"): None,
        ("paused", "active"): None,
        ("draft", "ended"): None,
        ("active", "ended"): None,
        ("paused", "ended"): None,
    },
)
