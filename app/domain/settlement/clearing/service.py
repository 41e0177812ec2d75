"""Reading rules and entries, and writing entries. All in the caller's phase."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Mapped

from app.core import db
from app.domain.settlement.clearing.models import ClearingEntry, SplitRule, SplitRuleVersion
from app.domain.settlement.clearing.new_entries import NewEntry
from app.domain.settlement.clearing.states import EFFECTIVE_VERSIONS, OPEN_VERSIONS, EntryKind, VersionStatus
from app.domain.settlement.clearing.types import KeptTerms, LineSubjects, RuleInForce, read_terms

rules, versions, entries = db.table(SplitRule), db.table(SplitRuleVersion), db.table(ClearingEntry)


def has_rules() -> ColumnElement[bool]:
    """Whether the open transaction's business has split rules, as a part of another statement."""
    return exists().where(rules.c.business_id == db.HERE)


def rules_at(moment: datetime, lines: Sequence[LineSubjects]) -> list[RuleInForce]:
    """The rules that counted at this moment and are about the business or anything of these lines."""
    subjects = or_(
        rules.c.scope == "business",
        rules.c.sku_id.in_({line.sku_id for line in lines}),
        rules.c.product_id.in_({line.product_id for line in lines}),
        rules.c.category_id.in_({each for line in lines for each in line.category_ids}),
        rules.c.seller_id.in_({line.seller_id for line in lines if line.seller_id}),
    )
    subject = func.coalesce(rules.c.sku_id, rules.c.product_id, rules.c.category_id, rules.c.seller_id)
    found = db.rows(
        db.select_as(
            _Found,
            select(versions.c.id, versions.c.terms, rules.c.scope, subject.label("subject_id"))
            .join(rules, (rules.c.business_id == versions.c.business_id) & (rules.c.id == versions.c.rule_id))
            .where(
                versions.c.business_id == db.here(),
                versions.c.status.in_(EFFECTIVE_VERSIONS),
                versions.c.starts_at <= moment,
                or_(versions.c.ends_at.is_(None), versions.c.ends_at > moment),
                subjects,
            ),
        )
    )
    return [
        RuleInForce(version_id=row.id, scope=row.scope, subject_id=row.subject_id, terms=read_terms(row.terms))
        for row in found
    ]


class _Found(db.JoinedRow):
    id: uuid.UUID
    terms: Mapped[KeptTerms]
    scope: str
    subject_id: uuid.UUID | None


def open_version(rule_id: uuid.UUID) -> SplitRuleVersion | None:
    """The version of the rule that is still being written or decided about, if there is one."""
    return db.first(
        select(versions).where(
            versions.c.business_id == db.here(), versions.c.rule_id == rule_id, versions.c.status.in_(OPEN_VERSIONS)
        )
    )


def current_version(rule_id: uuid.UUID) -> SplitRuleVersion | None:
    """The version of the rule that counts for what is ordered from now on, or from its start on."""
    return db.first(
        select(versions).where(
            versions.c.business_id == db.here(),
            versions.c.rule_id == rule_id,
            versions.c.status == VersionStatus.IN_FORCE,
        )
    )


def last_number(rule_id: uuid.UUID) -> int:
    """The number of the rule's newest version; 0 when it has none."""
    newest = select(func.max(versions.c.number)).where(
        versions.c.business_id == db.here(), versions.c.rule_id == rule_id
    )
    return int(db.scalar(newest) or 0)


def entries_of(order_id: uuid.UUID) -> Sequence[ClearingEntry]:
    """Everything that was cleared of an order, in the order in which it was written."""
    return db.rows(
        select(entries).where(entries.c.business_id == db.here(), entries.c.order_id == order_id).order_by(entries.c.id)
    )


def volume(partner_ids: Collection[uuid.UUID], *, currency: str, since: datetime) -> dict[str, int]:
    """What each of these partners had a share of since then, in minor units of `currency`, by id as text."""
    found = select(entries.c.party, func.sum(entries.c.base_minor).label("minor")).where(
        entries.c.business_id == db.here(),
        entries.c.partner_id.in_(partner_ids),
        entries.c.currency == currency,
        entries.c.created_at >= since,
        entries.c.kind == EntryKind.SHARE,
    )
    return {row.party: int(row.minor) for row in db.rows(found.group_by(entries.c.party))}


def add_entries(
    order_id: uuid.UUID,
    cause_id: uuid.UUID,
    new: Sequence[NewEntry],
    *,
    currency: str,
    journal_id: uuid.UUID | None,
) -> None:
    """Write what one cause (the order, or a refund) clears of an order's lines."""
    for entry in new:
        partner_id = None if entry.party == "business" else uuid.UUID(entry.party)
        db.add(
            ClearingEntry,
            order_id=order_id,
            line_id=entry.line_id,
            party=entry.party,
            partner_id=partner_id,
            kind=entry.kind,
            cause_id=cause_id,
            rule_version_id=entry.rule_version_id,
            base_minor=entry.base_minor,
            bps=entry.bps,
            amount_minor=entry.amount_minor,
            currency=currency,
            journal_id=journal_id,
        )
