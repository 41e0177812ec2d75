"""What a business has besides settings, in words that mean the same in its twin: names and codes stand for ids.

Things are found by what people call them (a code, a name, a URL). Two that are called the same cannot be told apart,
and are left out.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from sqlalchemy import select

from app.core import db
from app.domain.accounts.business.models import Business, Role
from app.domain.accounts.business.types import ApprovalLimits
from app.domain.catalog.models import Category, Product, Sku
from app.domain.checkout.agreements.models import Agreement, AgreementTemplate
from app.domain.orders.models import CheckoutConfiguration
from app.domain.orders.receipts.models import TaxRate
from app.domain.orders.types import SessionTerms, read_items, read_terms
from app.domain.payments.models import ChannelAccount, RoutingRule
from app.domain.payments.routing import Direction
from app.domain.risk.models import RiskRuleSet
from app.domain.risk.states import RuleSetStatus
from app.domain.risk.types import KeptRule
from app.domain.webhooks.models import WebhookEndpoint
from app.domain.webhooks.states import EndpointStatus
from app.lib.some import some

MAX_OF_KIND = 1000
TWICE = "Several have this name. Rename them first."
OF_PRODUCTS = "It is for some products only. Add it in live once they are there."


@dataclass(frozen=True, kw_only=True)
class Thing:
    """Anything that can be copied; `left_out` says why it is not."""

    left_out: str = ""


@dataclass(frozen=True, kw_only=True)
class AppearanceThing(Thing):
    settings: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class LimitsThing(Thing):
    limits: ApprovalLimits
    channels_need_approval: bool


@dataclass(frozen=True, kw_only=True)
class RoleThing(Thing):
    permissions: tuple[str, ...]
    limits: ApprovalLimits


@dataclass(frozen=True, kw_only=True)
class CategoryThing(Thing):
    """`parent` is the code of the category that it is in, empty for none."""

    name: str
    parent: str


@dataclass(frozen=True, kw_only=True)
class AgreementThing(Thing):
    """`texts`: locale → title and body of the current version."""

    name: str
    enabled: bool
    texts: Mapping[str, tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class RuleThing(Thing):
    """`targets`: channel, name and weight of each account."""

    priority: int
    enabled: bool
    exclusive: bool
    direction: Direction
    currency: str | None
    min_minor: int | None
    max_minor: int | None
    scene: str | None
    from_minute: int | None
    until_minute: int | None
    targets: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True, kw_only=True)
class ConfigurationThing(Thing):
    """`items`: a SKU's code and the quantity."""

    items: tuple[tuple[str, int], ...]
    currency: str | None
    terms: SessionTerms
    return_url: str | None
    locale: str | None
    metadata: Mapping[str, str]
    appearance: Mapping[str, Any]
    active: bool


@dataclass(frozen=True, kw_only=True)
class EndpointThing(Thing):
    topics: tuple[str, ...]
    description: str
    in_order: bool


@dataclass(frozen=True, kw_only=True)
class TaxRateThing(Thing):
    """`rate` is in basis points; by country, of all products that have none of their own."""

    title: str
    rate: int


@dataclass(frozen=True, kw_only=True)
class RiskRulesThing(Thing):
    """`rules`: as a rule set keeps them."""

    rules: tuple[KeptRule, ...]
    block_at: int | None


@dataclass(frozen=True)
class Difference:
    """One member of a thing that is another in test; `before` is what live has."""

    member: str
    before: str
    after: str


def things(part: str) -> dict[str, Thing]:
    """Everything of a part that the business of this transaction has, by name; parents before what is in them."""
    found: dict[str, Thing] = {}
    for name, thing in _READ[part]():
        found[name] = replace(thing, left_out=TWICE) if name in found else thing
    return found


def lacking(wanted: Thing) -> str:
    """What the business of this transaction would need first; empty for nothing."""
    if isinstance(wanted, RuleThing):
        have = {(row.channel, row.name) for row in _accounts()}
        gone = [name for channel, name, _ in wanted.targets if (channel, name) not in have]
        return f"Live has no channel account {', '.join(gone)}." if gone or not wanted.targets else ""
    if isinstance(wanted, ConfigurationThing):
        have_codes = sku_ids(code for code, _ in wanted.items)
        gone = [code for code, _ in wanted.items if code not in have_codes]
        return f"Live has no SKU {', '.join(gone)}. Import products first." if gone else ""
    return ""


def differences(wanted: Thing, there: Thing) -> tuple[Difference, ...]:
    """What copying would change. Languages that only live has stay, and are no difference."""
    found = []
    for each in fields(wanted):
        before, after = getattr(there, each.name), getattr(wanted, each.name)
        if isinstance(wanted, AgreementThing) and each.name == "texts":
            before = {locale: text for locale, text in before.items() if locale in after}
        if each.name != "left_out" and before != after:
            found.append(Difference(each.name, _text(before), _text(after)))
    return tuple(found)


def account_ids() -> dict[tuple[str, str], uuid.UUID]:
    """The channel accounts of the business by channel and name."""
    return {(row.channel, row.name): row.id for row in _accounts()}


def sku_ids(codes: Iterable[str]) -> dict[str, uuid.UUID]:
    """The SKUs of the business that have one of these codes, by it."""
    skus = db.table(Sku)
    query = select(skus.c.id, skus.c.code).where(skus.c.business_id == db.here(), skus.c.code.in_(list(codes)))
    return {row.code: row.id for row in db.rows(query)}


def _text(value: object) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {_text(each)}" for key, each in sorted(value.items()))
    if isinstance(value, tuple):
        return ", ".join(_text(each) for each in value)
    if isinstance(value, SessionTerms):
        members = ((each.name, getattr(value, each.name)) for each in fields(value))
        return "; ".join(f"{name}: {_text(each)}" for name, each in members if each not in ((), "none"))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "–" if value in (None, "") else str(value)


def _appearance() -> Iterable[tuple[str, Thing]]:
    row = some(db.first(select(db.table(Business)).where(db.table(Business).c.id == db.here())))
    return [("appearance", AppearanceThing(settings=row.appearance))]


def _limits() -> Iterable[tuple[str, Thing]]:
    row = some(db.first(select(db.table(Business)).where(db.table(Business).c.id == db.here())))
    alone = LimitsThing(limits=row.approval_limits, channels_need_approval=row.channels_need_approval)
    return [("approval_limits", alone)]


def _roles() -> Iterable[tuple[str, Thing]]:
    table = db.table(Role)
    query = select(table).where(table.c.business_id == db.here(), table.c.archived_at.is_(None)).order_by(table.c.name)
    for row in db.rows(query.limit(MAX_OF_KIND)):
        yield row.name, RoleThing(permissions=tuple(row.permissions), limits=row.limits)


def _categories() -> Iterable[tuple[str, Thing]]:
    table = db.table(Category)
    query = select(table).where(table.c.business_id == db.here()).order_by(table.c.depth, table.c.code)
    rows = db.rows(query.limit(MAX_OF_KIND))
    codes = {row.id: row.code for row in rows}
    for row in rows:
        yield row.code, CategoryThing(name=row.name, parent=codes[row.parent_id] if row.parent_id else "")


def _agreements() -> Iterable[tuple[str, Thing]]:
    templates, versions = db.table(AgreementTemplate), db.table(Agreement)
    query = select(templates).where(templates.c.business_id == db.here()).order_by(templates.c.code)
    current = db.rows(select(versions).where(versions.c.business_id == db.here(), versions.c.current))
    for row in db.rows(query.limit(MAX_OF_KIND)):
        texts = {each.locale: (each.title, each.body) for each in current if each.template_id == row.id}
        left_out = "" if row.applies_to == "business" else OF_PRODUCTS
        yield row.code, AgreementThing(name=row.name, enabled=row.enabled, texts=texts, left_out=left_out)


def _rules() -> Iterable[tuple[str, Thing]]:
    table = db.table(RoutingRule)
    names = {str(row.id): (row.channel, row.name) for row in _accounts()}
    query = select(table).where(table.c.business_id == db.here()).order_by(table.c.name, table.c.id)
    for row in db.rows(query.limit(MAX_OF_KIND)):
        known = [each for each in row.targets if each["account_id"] in names]
        targets = sorted((*names[each["account_id"]], int(each["weight"])) for each in known)
        yield (
            row.name,
            RuleThing(
                priority=row.priority,
                enabled=row.enabled,
                exclusive=row.exclusive,
                direction="incoming" if row.direction == "incoming" else "outgoing",
                currency=row.currency,
                min_minor=row.min_minor,
                max_minor=row.max_minor,
                scene=row.scene,
                from_minute=row.from_minute,
                until_minute=row.until_minute,
                targets=tuple(targets),
                left_out=OF_PRODUCTS if row.product_id or row.sku_id else "",
            ),
        )


def _configurations() -> Iterable[tuple[str, Thing]]:
    table, skus = db.table(CheckoutConfiguration), db.table(Sku)
    own = table.c.business_id == db.here(), table.c.archived_at.is_(None)
    rows = db.rows(select(table).where(*own).order_by(table.c.name, table.c.id).limit(MAX_OF_KIND))
    items = {row.id: read_items(row.items) for row in rows}
    wanted = {item.sku_id for each in items.values() for item in each}
    query = select(skus.c.id, skus.c.code).where(skus.c.business_id == db.here(), skus.c.id.in_(list(wanted)))
    codes = {row.id: row.code for row in db.rows(query)}
    for row in rows:
        yield (
            row.name,
            ConfigurationThing(
                items=tuple((codes.get(item.sku_id, ""), item.quantity) for item in items[row.id]),
                currency=row.currency,
                terms=read_terms(row.terms),
                return_url=row.return_url,
                locale=row.locale,
                metadata=row.details.get("metadata", {}),
                appearance=row.appearance,
                active=row.active,
            ),
        )


def _endpoints() -> Iterable[tuple[str, Thing]]:
    table = db.table(WebhookEndpoint)
    own = table.c.business_id == db.here(), table.c.status != EndpointStatus.REMOVED
    for row in db.rows(select(table).where(*own).order_by(table.c.url, table.c.id).limit(MAX_OF_KIND)):
        topics = tuple(sorted(row.topics))
        yield row.url, EndpointThing(topics=topics, description=row.description, in_order=row.in_order)


def _tax_rates() -> Iterable[tuple[str, Thing]]:
    table, products = db.table(TaxRate), db.table(Product)
    of_product = (products.c.business_id == table.c.business_id) & (products.c.id == table.c.product_id)
    query = select(table, products.c.name.label("product")).outerjoin(products, of_product)
    query = query.where(table.c.business_id == db.here(), table.c.ends_at.is_(None)).order_by(
        table.c.country, table.c.id
    )
    for row in db.rows(query.limit(MAX_OF_KIND)):
        left_out = OF_PRODUCTS if row.product_id else ""
        name = f"{row.country}, {row.product}" if row.product_id else row.country
        yield name, TaxRateThing(title=row.name, rate=row.rate_bps, left_out=left_out)


def _risk_rules() -> Iterable[tuple[str, Thing]]:
    """Of each name the newest that was not given up."""
    table = db.table(RiskRuleSet)
    own = table.c.business_id == db.here(), table.c.status != RuleSetStatus.RETIRED
    newest = {row.name: row for row in db.rows(select(table).where(*own).order_by(table.c.number).limit(MAX_OF_KIND))}
    for name, row in sorted(newest.items()):
        yield name, RiskRulesThing(rules=tuple(row.rules), block_at=row.block_at)


def _accounts() -> list[ChannelAccount]:
    table = db.table(ChannelAccount)
    return list(db.rows(select(table).where(table.c.business_id == db.here()).limit(MAX_OF_KIND)))


_READ: Mapping[str, Callable[[], Iterable[tuple[str, Thing]]]] = {
    "appearance": _appearance,
    "approval_limits": _limits,
    "roles": _roles,
    "categories": _categories,
    "agreements": _agreements,
    "routing_rules": _rules,
    "checkout_configurations": _configurations,
    "webhook_endpoints": _endpoints,
    "tax_rates": _tax_rates,
    "risk_rules": _risk_rules,
}
