"""Past orders cleared once more, as if other split rules had been in force."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from app.core.money import Money
from app.domain.orders.models import OrderLine
from app.domain.settlement.clearing import rules
from app.domain.settlement.clearing.new_entries import NOTHING_SHARED, Line, NewEntry
from app.domain.settlement.clearing.states import EntryKind
from app.domain.settlement.clearing.types import BUSINESS, SELLER, LineSubjects, RuleInForce
from app.read.settlement.past_orders import PastOrder, clearable, cleared_anew


@dataclass(frozen=True, kw_only=True)
class KnownRule:
    """A version of a rule, tried or recorded, and the rule that it is of."""

    rule_id: uuid.UUID
    name: str
    number: int | None  # None: a version that is not saved
    rule: RuleInForce


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What clearing looks up besides the order. `recorded` are the versions that lines were cleared by, by id; `tried`
    those that are to count instead of whatever their rules said. `fees` is by order, in minor units; `volumes` what
    partners had shares of in the month before the first order, by partner and currency."""

    recorded: Mapping[uuid.UUID, KnownRule]
    tried: Sequence[KnownRule]
    categories: Mapping[uuid.UUID, Sequence[uuid.UUID]]
    sellers: Mapping[uuid.UUID, str]
    fees: Mapping[uuid.UUID, int]
    volumes: Mapping[tuple[str, str], int]
    zone: ZoneInfo


@dataclass(frozen=True)
class Replayed:
    """An order, what clearing would have made of it by cause, and the version that each line would have gone by."""

    order: PastOrder
    would: dict[uuid.UUID, list[NewEntry]]
    by: dict[uuid.UUID, KnownRule | None]


def replay(orders: Iterable[PastOrder], around: Surroundings) -> Iterable[Replayed]:
    """Each order once more, in the order of clearing. A line whose rule is neither tried nor depends on a month's
    volume keeps what was cleared of it. Pure: nothing is read."""
    known = [*around.recorded.values(), *around.tried]
    tiered = {share.party for each in known for share in each.rule.terms.shares if share.tiers}
    returning: set[uuid.UUID | None] = {each.rule.version_id for each in known if each.rule.terms.returns_fees}
    month: str | None = None
    sold: Counter[tuple[str, str]] = Counter(around.volumes)
    for order in orders:
        now = _month(order.cleared_at, around.zone)
        sold, month = (sold if month in (None, now) else Counter()), now
        by = {line.id: _rule_of(order, line, around) for line in order.lines}
        ruled = [
            Line(
                line=replace(
                    clearable(
                        line,
                        fee_minor=fee,
                        seller=around.sellers.get(line.seller_id) if line.seller_id else None,
                    ),
                    volumes=_volumes(sold, tiered, order.currency, around.sellers.values()),
                ),
                terms=found.rule.terms if (found := by[line.id]) else NOTHING_SHARED,
                version_id=found.rule.version_id if found else None,
            )
            for line, fee in zip(order.lines, _fees(order, by, around), strict=True)
        ]
        would = cleared_anew(order, ruled, returning)
        kept = {line.line_id for line in ruled if not _is_open(by[line.line_id], around.tried, tiered)}
        would = _with_kept(order, would, kept)
        for entry in would[order.id]:
            if entry.kind == EntryKind.SHARE and entry.party != BUSINESS:
                sold[entry.party, order.currency] += entry.base_minor
        yield Replayed(order, would, by)


def version_of(order: PastOrder, line_id: uuid.UUID) -> uuid.UUID | None:
    """The version that the line was cleared by; None without one."""
    return next((each.rule_version_id for each in order.was[order.id] if each.line_id == line_id), None)


def _is_open(found: KnownRule | None, tried: Sequence[KnownRule], tiered: Collection[str]) -> bool:
    """Whether a line by this rule can come to something else than it did."""
    return found is not None and (found in tried or any(share.party in tiered for share in found.rule.terms.shares))


def _with_kept(
    order: PastOrder, would: dict[uuid.UUID, list[NewEntry]], kept: Collection[uuid.UUID]
) -> dict[uuid.UUID, list[NewEntry]]:
    return {
        cause_id: [
            *(each for each in order.was.get(cause_id, ()) if each.line_id in kept),
            *(each for each in new if each.line_id not in kept),
        ]
        for cause_id, new in would.items()
    }


def _rule_of(order: PastOrder, line: OrderLine, around: Surroundings) -> KnownRule | None:
    """The rule that the line goes by: what it was cleared by was the most precise of all that counted, so that only
    tried ones can be more precise. What that rule is about was true of the line then, also if it is not today."""
    version_id = version_of(order, line.id)
    before = around.recorded[version_id] if version_id else None
    tried_rules = {each.rule_id for each in around.tried}
    candidates = [*around.tried, *([before] if before and before.rule_id not in tried_rules else [])]
    categories = list(around.categories.get(line.product_id, ()))
    if before and before.rule.scope == "category" and before.rule.subject_id not in categories:
        categories.insert(0, before.rule.subject_id) if before.rule.subject_id else None
    subjects = LineSubjects(
        sku_id=line.sku_id, product_id=line.product_id, category_ids=categories, seller_id=line.seller_id
    )
    chosen = rules.most_precise([each.rule for each in candidates], subjects)
    return next((each for each in candidates if each.rule is chosen), None)


def _fees(order: PastOrder, by: Mapping[uuid.UUID, KnownRule | None], around: Surroundings) -> list[int]:
    """The channel's fee of each line: what it was cleared with, or else by the terms of the order's accounts."""
    if all(each is None or each.rule.terms.fees == "business" for each in by.values()):
        return [0 for _ in order.lines]
    amounts = [line.amount_minor for line in order.lines]
    total = Money(around.fees.get(order.id, 0), order.currency)
    computed = [each.minor for each in total.allocate(amounts)] if any(amounts) else [0 for _ in amounts]
    recorded = {each.line_id: each.base_minor for each in order.was[order.id] if each.kind == EntryKind.FEE}
    return [recorded.get(line.id, fee) for line, fee in zip(order.lines, computed, strict=True)]


def _volumes(
    sold: Mapping[tuple[str, str], int], tiered: Collection[str], currency: str, sellers: Collection[str]
) -> dict[str, int]:
    parties = {*tiered, *(sellers if SELLER in tiered else ())} - {SELLER}
    return {party: sold.get((party, currency), 0) for party in parties}


def _month(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m}"
