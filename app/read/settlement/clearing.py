"""What was cleared: the entries, and why each party of an order got what it got."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.core import db
from app.core.paging import After, newest_first
from app.domain.orders.models import OrderLine
from app.domain.settlement.clearing.models import ClearingEntry, SplitRule, SplitRuleVersion
from app.domain.settlement.clearing.types import BUSINESS
from app.read.settlement.partners import partner_names

EntryRow = ClearingEntry
MAX_OF_ORDER = 2000
entries, lines = db.table(ClearingEntry), db.table(OrderLine)


@dataclass(frozen=True)
class Explained:
    """An entry with names: the party, the line, and the rule with its version's number (empty and 0 without one)."""

    row: ClearingEntry
    party: str
    line: str
    rule: str
    rule_id: uuid.UUID | None
    number: int


def list_entries(
    business_id: uuid.UUID,
    *,
    order_id: uuid.UUID | None = None,
    partner_id: uuid.UUID | None = None,
    currency: str | None = None,
    after: After,
    limit: int,
) -> Sequence[ClearingEntry]:
    """Clearing entries, newest first, one more than `limit`."""
    query = select(entries).where(entries.c.business_id == business_id)
    query = query if order_id is None else query.where(entries.c.order_id == order_id)
    query = query if partner_id is None else query.where(entries.c.partner_id == partner_id)
    query = query if currency is None else query.where(entries.c.currency == currency)
    with db.reading(business_id):
        return db.rows(newest_first(query, entries, after, limit))


def explain_order(business_id: uuid.UUID, order_id: uuid.UUID) -> list[Explained]:
    """Everything that was cleared of an order, line by line and in the order in which it was written; MAX_OF_ORDER
    entries at most."""
    with db.reading(business_id):
        found = db.rows(
            select(entries)
            .join(lines, (lines.c.business_id == entries.c.business_id) & (lines.c.id == entries.c.line_id))
            .where(entries.c.business_id == business_id, entries.c.order_id == order_id)
            .order_by(lines.c.position, entries.c.id)
            .limit(MAX_OF_ORDER)
        )
        if not found:
            return []
        parties = partner_names(business_id, sorted({row.party for row in found} - {BUSINESS}))
        titles = _titles(business_id, order_id)
        rules = _rules(business_id, {row.rule_version_id for row in found if row.rule_version_id})
    return [
        Explained(
            row,
            parties.get(row.party, "Business"),
            titles.get(row.line_id, ""),
            *(rules.get(row.rule_version_id, ("", None, 0)) if row.rule_version_id else ("", None, 0)),
        )
        for row in found
    ]


def _titles(business_id: uuid.UUID, order_id: uuid.UUID) -> dict[uuid.UUID, str]:
    query = select(lines.c.id, lines.c.title).where(lines.c.business_id == business_id, lines.c.order_id == order_id)
    return {row.id: row.title for row in db.rows(query)}


def _rules(business_id: uuid.UUID, version_ids: set[uuid.UUID]) -> dict[uuid.UUID, tuple[str, uuid.UUID | None, int]]:
    versions, rules = db.table(SplitRuleVersion), db.table(SplitRule)
    query = (
        select(versions.c.id, versions.c.number, rules.c.name, rules.c.id.label("rule_id"))
        .join(rules, (rules.c.business_id == versions.c.business_id) & (rules.c.id == versions.c.rule_id))
        .where(versions.c.business_id == business_id, versions.c.id.in_(version_ids))
    )
    return {row.id: (row.name, row.rule_id, row.number) for row in db.rows(query)}
