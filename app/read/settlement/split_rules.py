"""Split rules with their versions, and what a version would share of an amount or of real orders."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from app.core import db
from app.core.paging import After, newest_first
from app.domain.accounts.business.models import Approval
from app.domain.accounts.business.states import ApprovalStatus
from app.domain.catalog.models import Category, Product, Sku
from app.domain.catalog.sellers.models import Seller
from app.domain.settlement.clearing import rules
from app.domain.settlement.clearing.models import SplitRule, SplitRuleVersion
from app.domain.settlement.clearing.states import OPEN_VERSIONS, VersionStatus
from app.domain.settlement.clearing.types import BUSINESS, SELLER, ClearableLine, Part, SplitTerms, read_terms
from app.read.settlement.partners import partner_names

RuleRow, VersionRow = SplitRule, SplitRuleVersion
MAX_VERSIONS = 200
split_rules, versions = db.table(SplitRule), db.table(SplitRuleVersion)
_SUBJECTS: Mapping[str, type[db.Base]] = {"seller": Seller, "category": Category, "product": Product, "sku": Sku}


@dataclass(frozen=True)
class Version:
    """One version, with its terms as they are read. `status` is its own, or what its approval made of it."""

    row: SplitRuleVersion
    terms: SplitTerms
    status: str


@dataclass(frozen=True)
class RulePage:
    """A rule: what it is about by name, the version that counts (or will), the one being written or decided about, and
    all of them, the newest first."""

    row: SplitRule
    subject: str
    current: Version | None
    open: Version | None
    versions: tuple[Version, ...]
    names: Mapping[str, str]


@dataclass(frozen=True)
class Share:
    """What one party would get of a line: see Part. `name` is the party's."""

    name: str
    part: Part


def list_rules(business_id: uuid.UUID, *, after: After, limit: int) -> Sequence[SplitRule]:
    """Split rules, newest first, one more than `limit`."""
    query = select(split_rules).where(split_rules.c.business_id == business_id)
    with db.reading(business_id):
        return db.rows(newest_first(query, split_rules, after, limit))


def get_rule(business_id: uuid.UUID, rule_id: uuid.UUID) -> RulePage:
    """One rule with its versions.

    Raises:
        NotFound: the business has no such rule.
    """
    with db.reading(business_id):
        row = db.get(SplitRule, rule_id)
        found = db.rows(
            select(versions)
            .where(versions.c.business_id == business_id, versions.c.rule_id == rule_id)
            .order_by(versions.c.number.desc())
            .limit(MAX_VERSIONS)
        )
        refused = _refused(business_id, [each.approval_id for each in found if each.approval_id])
        every = tuple(
            Version(
                each,
                read_terms(each.terms),
                VersionStatus.REJECTED
                if each.approval_id in refused and each.status == VersionStatus.REQUESTED
                else each.status,
            )
            for each in found
        )
        named = {share.party for each in every for share in each.terms.shares} - {SELLER}
        names = partner_names(business_id, sorted(named)) | {SELLER: "Seller", BUSINESS: "Business"}
        return RulePage(
            row=row,
            subject=_subject(row),
            current=next((each for each in every if each.status == VersionStatus.IN_FORCE), None),
            open=next((each for each in every if each.status in OPEN_VERSIONS), None),
            versions=every,
            names=names,
        )


def rule_pages(business_id: uuid.UUID, rows: Iterable[SplitRule]) -> list[RulePage]:
    """These rules, each with its versions."""
    return [get_rule(business_id, row.id) for row in rows]


def count_rules(business_id: uuid.UUID) -> int:
    """How many rules there are."""
    with db.reading(business_id):
        query = select(func.count()).select_from(split_rules).where(split_rules.c.business_id == business_id)
        return int(db.scalar(query))


def try_terms(business_id: uuid.UUID, terms: SplitTerms, line: ClearableLine) -> list[Share]:
    """What these terms would make of a line, by party in the order of the rule, the business's last.

    Raises:
        Invalid: the terms cannot be.
    """
    if terms.shares:
        rules.check_terms(terms)
    parts = rules.divide(line, terms)
    with db.reading(business_id):
        names = partner_names(business_id, [part.party for part in parts if part.party != BUSINESS])
    return [Share(names.get(part.party, "Business"), part) for part in parts]


def _refused(business_id: uuid.UUID, approval_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Those of these approvals that ended without being carried out."""
    approvals = db.table(Approval)
    query = select(approvals.c.id).where(
        approvals.c.business_id == business_id,
        approvals.c.id.in_(approval_ids),
        approvals.c.status.in_((ApprovalStatus.REJECTED, ApprovalStatus.EXPIRED, ApprovalStatus.FAILED)),
    )
    return {row.id for row in db.rows(query)}


def _subject(row: SplitRule) -> str:
    """The name of what the rule is about; empty for the business."""
    subject_id = row.seller_id or row.category_id or row.product_id or row.sku_id
    if subject_id is None:
        return ""
    table = _SUBJECTS[row.scope].__table__
    named = select(table.c.name).where(table.c.business_id == row.business_id, table.c.id == subject_id)
    return str(db.scalar(named) or "")
