"""What clearing needs to know of an order: its lines with the rules that counted, and what went back of them."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.core import clock, db
from app.core.money import Money
from app.domain.accounts.business.models import Business
from app.domain.catalog.models import Category, ProductCategory
from app.domain.orders.models import Order, OrderLine
from app.domain.orders.states import OrderStatus
from app.domain.payments import service as payments
from app.domain.payments.channels import registry
from app.domain.payments.disputes import service as disputes
from app.domain.payments.models import ChannelTerms, PaymentTransaction, RefundLine
from app.domain.payments.routing import AccountTerms
from app.domain.payments.states import TransactionStatus
from app.domain.settlement.clearing import rules, service
from app.domain.settlement.clearing.models import ClearingEntry, SplitRuleVersion
from app.domain.settlement.clearing.new_entries import NOTHING_SHARED, Line, Refunded
from app.domain.settlement.clearing.types import (
    SELLER,
    ClearableLine,
    LineSubjects,
    RuleInForce,
    SplitTerms,
    read_terms,
)
from app.domain.settlement.partners import service as partners

_lines, _categories, _in = db.table(OrderLine), db.table(Category), db.table(ProductCategory)


def is_due(order: Order) -> bool:
    """Whether the order's lines are to be cleared by now."""
    if order.clears_on == "payment":
        return order.paid_at is not None and order.status != OrderStatus.CLOSED
    return order.clears_on == "completion" and order.completed_at is not None


def lines_of(order: Order) -> list[Line]:
    """The order's lines by position, each with the rule that counted when the order was placed."""
    found = db.rows(
        select(_lines)
        .where(_lines.c.business_id == db.here(), _lines.c.order_id == order.id)
        .order_by(_lines.c.position)
    )
    categories = _categories_of({row.product_id for row in found})
    subjects = {
        row.id: LineSubjects(
            sku_id=row.sku_id,
            product_id=row.product_id,
            category_ids=categories.get(row.product_id, ()),
            seller_id=row.seller_id,
        )
        for row in found
    }
    counted = service.rules_at(order.created_at, list(subjects.values()))
    chosen = {row.id: rules.most_precise(counted, subjects[row.id]) for row in found}
    terms = {row_id: rule.terms if rule else NOTHING_SHARED for row_id, rule in chosen.items()}
    sellers = partners.partners_of_sellers({row.seller_id for row in found if row.seller_id})
    fees = _fees(order, [row.amount_minor for row in found], terms.values())
    volumes = _volumes(order, terms.values(), sellers.values())
    return [
        Line(
            line=ClearableLine(
                line_id=row.id,
                currency=row.currency,
                quantity=row.quantity,
                gross_minor=row.unit_price_minor * row.quantity,
                amount_minor=row.amount_minor,
                fee_minor=fee,
                seller=sellers.get(row.seller_id) if row.seller_id else None,
                volumes=volumes,
            ),
            terms=terms[row.id],
            version_id=_version(chosen[row.id]),
        )
        for row, fee in zip(found, fees, strict=True)
    ]


def refunds_of(order_id: uuid.UUID, *, besides: Collection[uuid.UUID]) -> list[Refunded]:
    """The order's refunds that succeeded, `besides` these, in the order in which they were asked for, then the disputes
    that were lost."""
    back, movements = db.table(RefundLine), db.table(PaymentTransaction)
    found = db.rows(
        select(back)
        .join(movements, (movements.c.business_id == back.c.business_id) & (movements.c.id == back.c.transaction_id))
        .where(
            movements.c.business_id == db.here(),
            movements.c.order_id == order_id,
            movements.c.kind == "refund",
            movements.c.status == TransactionStatus.SUCCEEDED,
            movements.c.id.not_in(besides),
        )
        .order_by(back.c.transaction_id, back.c.id)
    )
    sums: dict[uuid.UUID, dict[uuid.UUID, int]] = {}
    for row in found:
        of_one = sums.setdefault(row.transaction_id, {})
        of_one[row.line_id] = of_one.get(row.line_id, 0) + row.amount_minor
    lost = disputes.lost_lines(order_id, besides=besides)
    return [
        *(Refunded(cause_id=each, lines=lines) for each, lines in sums.items()),
        *(Refunded(cause_id=each, lines=lines, cause="dispute") for each, lines in lost.items()),
    ]


def returning_fees(known: Iterable[ClearingEntry]) -> set[uuid.UUID]:
    """Of the versions that these entries go by, those that give fees back with a refund."""
    named = {entry.rule_version_id for entry in known if entry.rule_version_id}
    versions = db.table(SplitRuleVersion)
    found = db.rows(select(versions).where(versions.c.business_id == db.here(), versions.c.id.in_(named)))
    return {row.id for row in found if read_terms(row.terms).returns_fees}


def _version(rule: RuleInForce | None) -> uuid.UUID | None:
    return rule.version_id if rule else None


def _categories_of(product_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[uuid.UUID]]:
    """The categories of each product, the deepest first."""
    found = db.rows(
        select(_in)
        .join(_categories, (_categories.c.business_id == _in.c.business_id) & (_categories.c.id == _in.c.category_id))
        .where(_in.c.business_id == db.here(), _in.c.product_id.in_(product_ids))
        .order_by(_categories.c.depth.desc(), _categories.c.id)
    )
    by_product: dict[uuid.UUID, list[uuid.UUID]] = {}
    for row in found:
        by_product.setdefault(row.product_id, []).append(row.category_id)
    return by_product


def _fees(order: Order, amounts: Sequence[int], terms: Iterable[SplitTerms]) -> list[int]:
    """What the channels keep of the order's payments by their accounts' terms, divided among lines by amount; nothing
    is computed unless somebody shares it."""
    if not any(amounts) or all(each.fees == "business" for each in terms):
        return [0 for _ in amounts]
    channel_terms = db.table(ChannelTerms)
    total = 0
    for attempt in payments.paid_attempts(order.id):
        if registry.channel(attempt.channel).capabilities.is_internal:
            continue
        row = db.first(
            select(channel_terms).where(
                channel_terms.c.business_id == db.here(),
                channel_terms.c.channel_account_id == attempt.channel_account_id,
                channel_terms.c.currency == attempt.currency,
            )
        )
        if row is not None:
            cost = AccountTerms(fee_bps=row.fee_bps, fee_fixed_minor=row.fee_fixed_minor)
            total += cost.cost_minor(Money(attempt.amount_minor, attempt.currency)) or 0
    return [share.minor for share in Money(total, order.currency).allocate(list(amounts))]


def _volumes(order: Order, terms: Iterable[SplitTerms], sellers: Iterable[str]) -> dict[str, int]:
    """What parties whose rate depends on it had shares of in this month, as the business's calendar has it."""
    tiered = {share.party for each in terms for share in each.shares if share.tiers}
    if not tiered:
        return {}
    named = {uuid.UUID(each) for each in (tiered - {SELLER}) | (set(sellers) if SELLER in tiered else set())}
    zone = ZoneInfo(db.scalar(select(Business.time_zone).where(Business.id == db.here())))
    month = clock.now().astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return service.volume(named, currency=order.currency, since=month)
