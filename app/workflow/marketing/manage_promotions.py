"""Promotions: making them, and switching them on and off. What one gives never changes: end it and make another."""

from __future__ import annotations

import uuid

from sqlalchemy import func, select

from app.core import db, states
from app.core.db import locks
from app.core.errors import Conflict, Invalid
from app.domain.marketing.models import Promotion
from app.domain.marketing.rule_rows import columns_of
from app.domain.marketing.rules import MAX_ACTIVE_PROMOTIONS
from app.domain.marketing.states import PROMOTION, PromotionStatus
from app.domain.marketing.types import DiscountRule
from app.domain.payments.channels import registry
from app.workflow.steps.marketing.check_named_items import check_named


def create_promotion(business_id: uuid.UUID, rule: DiscountRule, *, actor: str) -> uuid.UUID:
    """A new promotion, in draft; its id is the rule's. The same id again changes nothing.

    Raises:
        BadRule: its name cannot be used, it is over already, or it names items that do not exist.
        Invalid: there is no such currency or channel.
    """
    columns = columns_of(rule, refused_as="invalid_promotion")
    unknown = sorted(name for name in rule.channels if name not in registry.CHANNELS)
    if unknown:
        raise Invalid("unknown_channel", f"There is no channel {unknown[0][:40]!r}.", details={"param": "channels"})
    with db.phase("manage_promotions.create", business_id):
        known = select(Promotion.id).where(Promotion.business_id == business_id, Promotion.id == rule.id)
        if db.scalar(known) is not None:
            return rule.id
        check_named(rule, refused_as="invalid_promotion")
        db.add(Promotion, **columns, channels=sorted(rule.channels))
        states.born(PROMOTION, rule.id, reason="made", actor=actor)
    return rule.id


def transition_promotion(business_id: uuid.UUID, promotion_id: uuid.UUID, to: str, *, actor: str) -> None:
    """Switch a promotion on (`active`), off for now (`paused`) or off for good (`ended`). Orders keep their price.

    Raises:
        NotFound: no such promotion. IllegalTransition: it has ended. Conflict: too many are active.
    """
    with db.phase("manage_promotions.move", business_id):
        locks.hold("active promotions")  # two at once would be counted by neither
        promotion = db.lock(Promotion, promotion_id)
        if to == PromotionStatus.ACTIVE and promotion.status != PromotionStatus.ACTIVE:
            active = select(func.count()).where(
                Promotion.business_id == business_id, Promotion.status == PromotionStatus.ACTIVE
            )
            if int(db.scalar(active)) >= MAX_ACTIVE_PROMOTIONS:
                raise Conflict(
                    "too_many_promotions", f"At most {MAX_ACTIVE_PROMOTIONS} promotions can be active at a time."
                )
        states.advance(PROMOTION, promotion, to, reason=to, actor=actor)
