"""Promotions: making them, and switching them on and off. What one gives never changes: end it and make another."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Row, func, select

from app.core import clock, db, states
from app.core.errors import Conflict, NotFound
from app.core.money import exponent
from app.domain.marketing import codec
from app.domain.marketing.errors import BadRule
from app.domain.marketing.models import Promotion
from app.domain.marketing.service import MANY
from app.domain.marketing.states import PROMOTION
from app.domain.marketing.types import Rule

MAX_NAME = 80


def create_promotion(business_id: uuid.UUID, rule: Rule, *, actor: str) -> uuid.UUID:
    """A new promotion, in draft; its id is the rule's.

    Raises:
        BadRule: its name cannot be used, or it is over already. Invalid: there is no such currency.
    """
    name = " ".join(rule.name.split())
    if not name or len(name) > MAX_NAME or ":" in name:
        raise BadRule("invalid_promotion", f"Give it a name of at most {MAX_NAME} characters, without a colon.")
    if rule.currency is not None:
        exponent(rule.currency)
    if rule.ends_at is not None and rule.ends_at <= clock.now():
        raise BadRule("invalid_promotion", "It would be over already.", details={"param": "ends_at"})
    with db.phase("manage_promotions.create", business_id):
        limits = vars(rule.limits)
        db.add(
            Promotion,
            id=rule.id,
            name=name,
            kind=codec.kind_of(rule.benefit),
            benefit=codec.written(rule.benefit),
            scope=codec.written(rule.scope),
            currency=rule.currency,
            buyer_groups=sorted(rule.buyer_groups),
            channels=sorted(rule.channels),
            starts_at=rule.starts_at,
            ends_at=rule.ends_at,
            minimum_minor=rule.minimum_minor,
            priority=rule.priority,
            exclusive=rule.exclusive,
            exclusion_group=rule.exclusion_group,
            **limits,
        )
        states.born(PROMOTION, rule.id, reason="made", actor=actor)
    return rule.id


def move_promotion(business_id: uuid.UUID, promotion_id: uuid.UUID, to: str, *, actor: str) -> None:
    """Switch a promotion on (`active`), off for now (`paused`) or off for good (`ended`). Orders keep their price.

    Raises:
        NotFound: no such promotion. IllegalMove: it has ended. Conflict: too many are active.
    """
    with db.phase("manage_promotions.move", business_id):
        promotion = _locked(promotion_id)
        if to == "active" and promotion.status != "active":
            active = select(func.count()).where(Promotion.business_id == business_id, Promotion.status == "active")
            if int(db.scalar(active)) >= MANY:
                raise Conflict("too_many_promotions", f"At most {MANY} promotions are active at a time.")
        states.advance(PROMOTION, promotion, to, reason=to, actor=actor)


def _locked(promotion_id: uuid.UUID) -> Row[Any]:
    table = Promotion.__table__
    promotion = db.first(
        select(table).where(table.c.business_id == db.here(), table.c.id == promotion_id).with_for_update()
    )
    if promotion is None:
        raise NotFound("not_found", "There is no such promotion.")
    return promotion
