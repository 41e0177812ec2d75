"""What rows of promotions and of coupon templates share: a `DiscountRule`, its limits, and how far they are used."""

from __future__ import annotations

import uuid
from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypedDict

from sqlalchemy import Boolean, Integer, or_, update
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock, db
from app.core.ids import new_id
from app.core.money import exponent
from app.domain.marketing import codec
from app.domain.marketing.errors import BadRule
from app.domain.marketing.types import DiscountLimits, DiscountRule

MAX_NAME = 80


class RuleColumns(db.Columns):
    """A rule as columns; `benefit` and `scope` are written by codec. It never changes but in its status; `uses` and
    `spent_minor` are counted only when it has limits."""

    if TYPE_CHECKING:
        id: Mapped[uuid.UUID] = mapped_column(default=new_id)

    name: Mapped[str]
    status: Mapped[str] = mapped_column(default="draft")
    version: Mapped[int] = mapped_column(Integer, default=1)
    kind: Mapped[str]
    benefit: Mapped[dict[str, Any]]
    scope: Mapped[dict[str, Any]] = mapped_column(default=dict)
    currency: Mapped[str | None] = mapped_column(default=None)
    buyer_groups: Mapped[list[Any]] = mapped_column(default=list)
    starts_at: Mapped[datetime | None] = mapped_column(default=None)
    ends_at: Mapped[datetime | None] = mapped_column(default=None)
    minimum_minor: Mapped[int] = mapped_column(default=0)
    priority: Mapped[int] = mapped_column(Integer, default=0)
    exclusive: Mapped[bool] = mapped_column(Boolean, default=False)
    exclusion_group: Mapped[str | None] = mapped_column(default=None)
    budget_minor: Mapped[int | None] = mapped_column(default=None)
    max_uses: Mapped[int | None] = mapped_column(default=None)
    max_uses_per_buyer: Mapped[int | None] = mapped_column(default=None)
    max_discount_minor: Mapped[int | None] = mapped_column(default=None)
    uses: Mapped[int] = mapped_column(default=0)
    spent_minor: Mapped[int] = mapped_column(default=0)


class NewRule(TypedDict):
    """The columns of a new rule."""

    id: uuid.UUID
    name: str
    kind: str
    benefit: dict[str, Any]
    scope: dict[str, Any]
    currency: str | None
    buyer_groups: list[str]
    starts_at: datetime | None
    ends_at: datetime | None
    minimum_minor: int
    priority: int
    exclusive: bool
    exclusion_group: str | None
    budget_minor: int | None
    max_uses: int | None
    max_uses_per_buyer: int | None
    max_discount_minor: int | None


def columns_of(rule: DiscountRule, *, refused_as: str) -> NewRule:
    """The columns of a new rule, with its id.

    Raises:
        BadRule: its name cannot be used, or it is over already (`refused_as` is the error's code).
        Invalid: there is no such currency.
    """
    name = " ".join(rule.name.split())
    if not name or len(name) > MAX_NAME or ":" in name:
        raise BadRule(refused_as, f"Enter a name of at most {MAX_NAME} characters without a colon.")
    if rule.currency is not None:
        exponent(rule.currency)
    if rule.ends_at is not None and rule.ends_at <= clock.now():
        raise BadRule(refused_as, "The end date is in the past.", details={"param": "ends_at"})
    return {
        "id": rule.id,
        "name": name,
        "kind": codec.kind_of(rule.benefit),
        "benefit": codec.written(rule.benefit),
        "scope": codec.written(rule.scope),
        "currency": rule.currency,
        "buyer_groups": sorted(rule.buyer_groups),
        "starts_at": rule.starts_at,
        "ends_at": rule.ends_at,
        "minimum_minor": rule.minimum_minor,
        "priority": rule.priority,
        "exclusive": rule.exclusive,
        "exclusion_group": rule.exclusion_group,
        "budget_minor": rule.limits.budget_minor,
        "max_uses": rule.limits.max_uses,
        "max_uses_per_buyer": rule.limits.max_uses_per_buyer,
        "max_discount_minor": rule.limits.max_discount_minor,
    }


def rule_of(row: RuleColumns, **more: Any) -> DiscountRule:
    """The rule that the row stands for; `more` are members of it that only some tables have, or have otherwise."""
    members: dict[str, Any] = {
        "id": row.id,
        "name": row.name,
        "benefit": codec.read_benefit(row.kind, row.benefit),
        "scope": codec.read_scope(row.scope),
        "currency": row.currency,
        "buyer_groups": frozenset(row.buyer_groups),
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "minimum_minor": row.minimum_minor,
        "priority": row.priority,
        "exclusive": row.exclusive,
        "exclusion_group": row.exclusion_group,
        "limits": limits_of(row),
    }
    return DiscountRule(**(members | more))


def limits_of(row: RuleColumns, **instead: int | None) -> DiscountLimits:
    """The row's limits, with those in `instead` replaced."""
    return DiscountLimits(**({field.name: getattr(row, field.name) for field in fields(DiscountLimits)} | instead))


def counted(model: type[Any], rule_id: uuid.UUID, *, uses: int, spent_minor: int) -> Any:
    """The statement that changes a rule's counters; one without limits is not counted, so that orders do not wait for
    each other on it."""
    return (
        update(model)
        .where(
            model.business_id == db.here(),
            model.id == rule_id,
            or_(model.budget_minor.is_not(None), model.max_uses.is_not(None)),
        )
        .values(uses=model.uses + uses, spent_minor=model.spent_minor + spent_minor)
    )
