"""Routing rules in plain words, and what they may name."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import and_, select

from app.core import db
from app.domain.catalog.models import Product, Sku
from app.domain.catalog.states import ProductStatus
from app.domain.payments.channels import registry
from app.domain.payments.models import ChannelAccount, ChannelTerms, RoutingRule
from app.read.named_row import NamedRow
from app.read.payments import reasons

RuleRow = RoutingRule  # for those who show one
TermsRow = ChannelTerms


class _SkuName(NamedRow):
    product: str


MAX_ROWS = 200
rules, accounts = db.table(RoutingRule), db.table(ChannelAccount)


@dataclass(frozen=True)
class RuleLine:
    """One rule as a sentence."""

    row: RoutingRule
    conditions: str
    actions: str


@dataclass(frozen=True)
class Names:
    """What a rule may name: channel accounts, and products and SKUs, each with its name."""

    accounts: dict[uuid.UUID, str]
    products: dict[uuid.UUID, str]
    skus: dict[uuid.UUID, str]


def list_rules(business_id: uuid.UUID) -> tuple[RuleLine, ...]:
    """All rules in the order in which they are asked."""
    query = select(rules).where(rules.c.business_id == business_id).order_by(rules.c.priority, rules.c.id)
    with db.reading(business_id):
        found = db.rows(query.limit(MAX_ROWS))
        names = names_of(business_id)
    names_of_items = {**names.products, **names.skus}
    return tuple(
        RuleLine(row, reasons.conditions(row, names_of_items), reasons.actions(row, names.accounts)) for row in found
    )


def rule(business_id: uuid.UUID, rule_id: uuid.UUID) -> RoutingRule:
    """One rule.

    Raises:
        NotFound: the business has no such rule.
    """
    with db.reading(business_id):
        return db.get(RoutingRule, rule_id)


def names_of(business_id: uuid.UUID) -> Names:
    """What a rule of this business may name."""
    with db.reading(business_id):
        of_accounts = db.rows(
            db.select_as(NamedRow, select(accounts.c.id, accounts.c.name))
            .where(accounts.c.business_id == business_id)
            .order_by(accounts.c.priority, accounts.c.id)
            .limit(MAX_ROWS)
        )
        of_products = db.rows(
            db.select_as(NamedRow, select(Product.id, Product.name))
            .where(Product.business_id == business_id, Product.status != ProductStatus.ARCHIVED)
            .order_by(Product.name)
            .limit(MAX_ROWS)
        )
        of_skus = db.rows(
            db.select_as(_SkuName, select(Sku.id, Sku.name, Product.name.label("product")))
            .join(Product, and_(Product.business_id == Sku.business_id, Product.id == Sku.product_id))
            .where(Sku.business_id == business_id, Product.status != ProductStatus.ARCHIVED)
            .order_by(Product.name, Sku.name)
            .limit(MAX_ROWS)
        )
    return Names(
        accounts={row.id: row.name for row in of_accounts},
        products={row.id: row.name for row in of_products},
        skus={row.id: f"{row.product}, {row.name}" for row in of_skus},
    )


def terms_of(business_id: uuid.UUID, account_id: uuid.UUID) -> tuple[ChannelTerms, ...]:
    """The account's limits and cost, by currency."""
    table = db.table(ChannelTerms)
    query = select(table).where(table.c.business_id == business_id, table.c.channel_account_id == account_id)
    with db.reading(business_id):
        return tuple(db.rows(query.order_by(table.c.currency).limit(MAX_ROWS)))


def scenes() -> tuple[str, ...]:
    """Every scene that some channel knows."""
    return tuple(dict.fromkeys(scene for each in registry.CHANNELS.values() for scene in each.capabilities.scenes))
