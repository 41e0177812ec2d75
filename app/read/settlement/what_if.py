"""What the orders of the last days would have given every partner, had other split rules been in force."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Mapped

from app.core import clock, db
from app.core.errors import NotFound
from app.core.ids import new_id
from app.domain.accounts.business.models import Business
from app.domain.catalog.models import Category, ProductCategory
from app.domain.settlement.clearing import rules
from app.domain.settlement.clearing.models import SplitRule, SplitRuleVersion
from app.domain.settlement.clearing.new_entries import NewEntry
from app.domain.settlement.clearing.states import OPEN_VERSIONS, EntryKind, VersionStatus
from app.domain.settlement.clearing.types import BUSINESS, KeptTerms, RuleInForce, SplitTerms, read_terms
from app.domain.settlement.partners import service as partners
from app.read.settlement import past_orders
from app.read.settlement.partners import partner_names
from app.read.settlement.past_orders import PastOrders
from app.read.settlement.replayed_orders import KnownRule, Replayed, Surroundings, replay, version_of

MAX_DAYS = 92
MAX_DRAFTS = 200  # of other rules
MAX_SHOWN = 10  # lines of each currency
_rules, _versions = db.table(SplitRule), db.table(SplitRuleVersion)


@dataclass(frozen=True, kw_only=True)
class _Party:
    party: str
    name: str

    @property
    def partner_id(self) -> uuid.UUID | None:
        """The partner; None: the business."""
        return None if self.party == BUSINESS else uuid.UUID(self.party)


@dataclass(frozen=True, kw_only=True)
class PartyTotal(_Party):
    """What one party got of all lines in a currency, and what it would have got; minor units, less what went back."""

    before_minor: int
    after_minor: int

    @property
    def difference_minor(self) -> int:
        """What it would have got more; below zero: less."""
        return self.after_minor - self.before_minor


@dataclass(frozen=True, kw_only=True)
class Side:
    """Why one party gets what it gets of a line: `bps` of `base_minor` and what else the rule says come to
    `share_minor`; `fee_minor` is its part of the channel's fee, and `back_minor` what went back of both (each signed,
    + for the party)."""

    bps: int = 0
    base_minor: int = 0
    share_minor: int = 0
    fee_minor: int = 0
    back_minor: int = 0

    @property
    def total_minor(self) -> int:
        """All of it."""
        return self.share_minor + self.fee_minor + self.back_minor


@dataclass(frozen=True, kw_only=True)
class PartyChange(_Party):
    """One party of a line, as it was and as it would have been."""

    before: Side
    after: Side


@dataclass(frozen=True, kw_only=True)
class LineChange:
    """A line that would have been divided otherwise; `moved_minor` would have gone to other parties. Rules are the
    ones the line went by and would have gone by; None without one."""

    order_id: uuid.UUID
    line_id: uuid.UUID
    title: str
    currency: str
    moved_minor: int
    rule_before: KnownRule | None
    rule_after: KnownRule | None
    parties: Sequence[PartyChange]


@dataclass(frozen=True, kw_only=True)
class CurrencyResult:
    """The lines in one currency: the parties by name, the business last, and the lines that change most."""

    currency: str
    lines: int
    lines_changed: int
    parties: Sequence[PartyTotal]
    most_changed: Sequence[LineChange]


@dataclass(frozen=True, kw_only=True)
class WhatIf:
    """What would have been. `since` is from when on orders count; `is_cut`: that is later than asked for, since there
    are more orders than one calculation reads. `tried` are the versions that were tried."""

    since: datetime
    is_cut: bool
    orders: int
    lines: int
    lines_changed: int
    tried: Sequence[KnownRule]
    currencies: Sequence[CurrencyResult]


def what_if(
    business_id: uuid.UUID,
    rule_id: uuid.UUID,
    *,
    days: int,
    version_id: uuid.UUID | None = None,
    terms: SplitTerms | None = None,
    with_drafts: bool = False,
) -> WhatIf:
    """What the orders of the last `days` would have come to, had this rule said `terms`, or what its version says (by
    default its draft, else the version in force, else its newest) all the time. Other rules count as they did, or
    `with_drafts`: as their drafts say. Reads at most MAX_LINES lines and MAX_ENTRIES entries (past_orders.py), and
    MAX_DRAFTS drafts. Nothing is written.

    Raises:
        NotFound: no such rule, or it has no such version. Invalid: the terms cannot be.
        ValueError: `days` is not 1 to MAX_DAYS.
    """
    if not 1 <= days <= MAX_DAYS:
        raise ValueError(f"days: 1 to {MAX_DAYS}")
    if terms is not None and terms.shares:
        rules.check_terms(terms)
    with db.reading(business_id):
        tried = [_tried(business_id, rule_id, version_id, terms)]
        if with_drafts:
            drafts = _versions_where(business_id, _versions.c.status.in_(OPEN_VERSIONS), limit=MAX_DRAFTS)
            tried += [each for each in drafts if each.rule_id != rule_id]
        past = past_orders.read(business_id, clock.now() - timedelta(days=days))
        around = surroundings(business_id, past, tried)
    replayed = list(replay(past.orders, around))
    with db.reading(business_id):
        names = partner_names(business_id, sorted(_parties(replayed) - {BUSINESS}))
    return _compare(past, replayed, around, names | {BUSINESS: "Business"})


def surroundings(business_id: uuid.UUID, past: PastOrders, tried: Sequence[KnownRule]) -> Surroundings:
    """What clearing these orders once more looks up, in the open reading."""
    used = {each for order in past.orders for line in order.lines if (each := version_of(order, line.id))}
    recorded = _versions_where(business_id, _versions.c.id.in_(used), limit=len(used))
    every = [line for order in past.orders for line in order.lines]
    known = [each.rule.terms for each in (*recorded, *tried)]
    zone = ZoneInfo(db.scalar(select(Business.time_zone).where(Business.id == business_id)))
    month = past.since.astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    has_tiers = any(share.tiers for each in known for share in each.shares)
    shares_fees = any(each.fees == "shared" for each in known)
    return Surroundings(
        recorded={each.rule.version_id: each for each in recorded},
        tried=tried,
        categories=_categories(business_id, {line.product_id for line in every}),
        sellers=partners.partners_of_sellers({line.seller_id for line in every if line.seller_id}),
        fees=past_orders.channel_fees(business_id, [each.id for each in past.orders]) if shares_fees else {},
        volumes=past_orders.volumes(business_id, month, past.since) if has_tiers else {},
        zone=zone,
    )


class _Found(db.JoinedRow):
    id: uuid.UUID
    terms: Mapped[KeptTerms]
    number: int
    rule_id: uuid.UUID
    name: str
    scope: str
    subject_id: uuid.UUID | None


def _versions_where(business_id: uuid.UUID, condition: ColumnElement[bool], *, limit: int) -> list[KnownRule]:
    """Versions with their rules, the newest first."""
    subject = func.coalesce(_rules.c.sku_id, _rules.c.product_id, _rules.c.category_id, _rules.c.seller_id)
    columns = _versions.c.id, _versions.c.terms, _versions.c.number, _versions.c.rule_id
    query = (
        select(*columns, _rules.c.name, _rules.c.scope, subject.label("subject_id"))
        .join(_rules, (_rules.c.business_id == _versions.c.business_id) & (_rules.c.id == _versions.c.rule_id))
        .where(_versions.c.business_id == business_id, condition)
        .order_by(_versions.c.id.desc())
        .limit(limit)
    )
    return [
        KnownRule(
            rule_id=row.rule_id,
            name=row.name,
            number=row.number,
            rule=RuleInForce(
                version_id=row.id, scope=row.scope, subject_id=row.subject_id, terms=read_terms(row.terms)
            ),
        )
        for row in db.rows(db.select_as(_Found, query))
    ]


def _tried(
    business_id: uuid.UUID, rule_id: uuid.UUID, version_id: uuid.UUID | None, terms: SplitTerms | None
) -> KnownRule:
    """The version that is tried, with other terms if they are given."""
    db.get(SplitRule, rule_id)
    condition = _versions.c.rule_id == rule_id
    found = _versions_where(business_id, condition, limit=1)
    if version_id is not None:
        found = _versions_where(business_id, condition & (_versions.c.id == version_id), limit=1)
    elif terms is None:
        counts = _versions.c.status.in_((*OPEN_VERSIONS, VersionStatus.IN_FORCE))
        # Of a rule, a draft is always newer than what is in force.
        found = _versions_where(business_id, condition & counts, limit=1) or found
    if not found:
        raise NotFound("not_found", "This rule has no such version.")
    if terms is None:
        return found[0]
    return replace(found[0], number=None, rule=replace(found[0].rule, version_id=new_id(), terms=terms))


def _categories(business_id: uuid.UUID, product_ids: set[uuid.UUID]) -> dict[uuid.UUID, list[uuid.UUID]]:
    """The categories of each product, the deepest first."""
    within, categories = db.table(ProductCategory), db.table(Category)
    query = (
        select(within.c.product_id, within.c.category_id)
        .join(
            categories, (categories.c.business_id == within.c.business_id) & (categories.c.id == within.c.category_id)
        )
        .where(within.c.business_id == business_id, within.c.product_id.in_(product_ids))
        .order_by(categories.c.depth.desc(), categories.c.id)
    )
    found: dict[uuid.UUID, list[uuid.UUID]] = {}
    for row in db.rows(query):
        found.setdefault(row.product_id, []).append(row.category_id)
    return found


def _parties(replayed: Iterable[Replayed]) -> set[str]:
    return {
        entry.party
        for each in replayed
        for side in (each.order.was, each.would)
        for every in side.values()
        for entry in every
    }


def _compare(past: PastOrders, replayed: Sequence[Replayed], around: Surroundings, names: Mapping[str, str]) -> WhatIf:
    tallies: dict[str, _Tally] = {}
    for each in replayed:
        tallies.setdefault(each.order.currency, _Tally()).add(each, around, names)
    currencies = [
        CurrencyResult(
            currency=currency,
            lines=tally.lines,
            lines_changed=len(tally.changes),
            parties=_totals(tally, names),
            most_changed=sorted(tally.changes, key=lambda each: (-each.moved_minor, each.line_id))[:MAX_SHOWN],
        )
        for currency, tally in sorted(tallies.items())
    ]
    return WhatIf(
        since=past.since,
        is_cut=past.is_cut,
        orders=len(past.orders),
        lines=sum(each.lines for each in currencies),
        lines_changed=sum(each.lines_changed for each in currencies),
        tried=around.tried,
        currencies=currencies,
    )


@dataclass
class _Tally:
    """Sums of one currency."""

    lines: int = 0
    before: Counter[str] = field(default_factory=Counter)
    after: Counter[str] = field(default_factory=Counter)
    changes: list[LineChange] = field(default_factory=list)

    def add(self, replayed: Replayed, around: Surroundings, names: Mapping[str, str]) -> None:
        """Count an order."""
        order = replayed.order
        was, would = _by_line(order.was), _by_line(replayed.would)
        for line in order.lines:
            before, after = was.get(line.id, {}), would.get(line.id, {})
            self.lines += 1
            moved = 0
            for party in {*before, *after}:
                had, gets = (side.get(party, _NOTHING).total_minor for side in (before, after))
                self.before[party] += had
                self.after[party] += gets
                moved += abs(gets - had)
            if moved:
                version_id = version_of(order, line.id)
                self.changes.append(
                    LineChange(
                        order_id=order.id,
                        line_id=line.id,
                        title=line.title,
                        currency=order.currency,
                        moved_minor=moved // 2,
                        rule_before=around.recorded[version_id] if version_id else None,
                        rule_after=replayed.by[line.id],
                        parties=[
                            PartyChange(
                                party=party,
                                name=names[party],
                                before=before.get(party, _NOTHING),
                                after=after.get(party, _NOTHING),
                            )
                            for party in _in_order({*before, *after}, names)
                        ],
                    )
                )


_NOTHING = Side()


def _by_line(side: Mapping[uuid.UUID, Sequence[NewEntry]]) -> dict[uuid.UUID, dict[str, Side]]:
    """What each party gets of each line, and why."""
    found: dict[uuid.UUID, dict[str, Side]] = {}
    for every in side.values():
        for entry in every:
            of_line = found.setdefault(entry.line_id, {})
            so_far = of_line.get(entry.party, _NOTHING)
            if entry.kind == EntryKind.SHARE:
                so_far = replace(so_far, bps=entry.bps, base_minor=entry.base_minor, share_minor=entry.amount_minor)
            elif entry.kind == EntryKind.FEE:
                so_far = replace(so_far, fee_minor=so_far.fee_minor + entry.amount_minor)
            else:
                so_far = replace(so_far, back_minor=so_far.back_minor + entry.amount_minor)
            of_line[entry.party] = so_far
    return found


def _totals(tally: _Tally, names: Mapping[str, str]) -> list[PartyTotal]:
    return [
        PartyTotal(party=party, name=names[party], before_minor=tally.before[party], after_minor=tally.after[party])
        for party in _in_order({*tally.before, *tally.after}, names)
    ]


def _in_order(parties: Iterable[str], names: Mapping[str, str]) -> list[str]:
    return sorted(parties, key=lambda party: (party == BUSINESS, names[party], party))
