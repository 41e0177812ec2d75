"""Promotions for tests."""

from __future__ import annotations

import uuid
from typing import Any

from app.core.ids import new_id
from app.domain.marketing.kinds import Benefit, Percentage
from app.domain.marketing.types import DiscountRule
from app.workflow.marketing import manage_promotions


def active_promotion(
    business_id: uuid.UUID, benefit: Benefit | None = None, *, off_bps: int = 1000, **more: Any
) -> uuid.UUID:
    """The id of a new promotion that is active: 10% off by default."""
    rule = DiscountRule(id=new_id(), name="Sale", benefit=benefit or Percentage(off_bps=off_bps), **more)
    manage_promotions.create_promotion(business_id, rule, actor="test")
    manage_promotions.transition_promotion(business_id, rule.id, "active", actor="test")
    return rule.id
