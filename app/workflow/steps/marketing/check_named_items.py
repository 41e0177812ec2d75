"""A promotion or coupon names items that exist: what it named by mistake it would never give, and nobody would know."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import func, select

from app.core import db
from app.domain.catalog.models import Category, Product, Sku
from app.domain.marketing.errors import BadRule
from app.domain.marketing.kinds import Bundle, BuyGet, MemberPrice, Scope
from app.domain.marketing.types import DiscountRule


def check_named(rule: DiscountRule, *, refused_as: str) -> None:
    """That every product, SKU and category of the rule is the business's, in the caller's phase.

    Raises:
        BadRule: one is not; its code is `refused_as`.
    """
    scopes = tuple(_scopes(rule))
    skus = {each for scope in scopes for each in (*scope.sku_ids, *scope.excluded_sku_ids)}
    if isinstance(rule.benefit, MemberPrice):
        skus |= set(rule.benefit.unit_minor)
    _check("SKU", Sku, Sku.id, skus, refused_as)
    _check("product", Product, Product.id, {each for scope in scopes for each in scope.product_ids}, refused_as)
    _check("category", Category, Category.code, {each for scope in scopes for each in scope.categories}, refused_as)


def _scopes(rule: DiscountRule) -> Iterator[Scope]:
    yield rule.scope
    if isinstance(rule.benefit, Bundle):
        yield from (part.scope for part in rule.benefit.parts)
    if isinstance(rule.benefit, BuyGet) and rule.benefit.get is not None:
        yield rule.benefit.get


def _check(what: str, model: Any, column: Any, named: Collection[uuid.UUID] | Collection[str], refused_as: str) -> None:
    if not named:
        return
    found = select(func.count()).where(model.business_id == db.here(), column.in_(list(named)))
    if int(db.scalar(found)) != len(named):
        raise BadRule(refused_as, f"It refers to a {what} that does not exist.", details={"param": "scope"})
