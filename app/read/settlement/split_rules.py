"""Split rules with their versions, and what a version would share of an amount or of real orders."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
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
        return _pages(business_id, [db.get(SplitRule, rule_id)])[0]


def rule_pages(business_id: uuid.UUID, rows: Sequence[SplitRule]) -> list[RulePage]:
    """These rules, each with its versions."""
    with db.reading(business_id):
        return _pages(business_id, rows)


def _pages(business_id: uuid.UUID, rows: Sequence[SplitRule]) -> list[RulePage]:
    found = _versions(business_id, [row.id for row in rows])
    parties = {share.party for every in found.values() for each in every for share in each.terms.shares} - {SELLER}
    names = partner_names(business_id, sorted(parties)) | {SELLER: "Seller", BUSINESS: "Business"}
    subjects = _subjects(business_id, rows)
    return [
        RulePage(
            row=row,
            subject=subjects.get(_subject_id(row), ""),
            current=next((each for each in found[row.id] if each.status == VersionStatus.IN_FORCE), None),
            open=next((each for each in found[row.id] if each.status in OPEN_VERSIONS), None),
            versions=found[row.id],
            names=names,
        )
        for row in rows
    ]


def _versions(business_id: uuid.UUID, rule_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, tuple[Version, ...]]:
    """The newest MAX_VERSIONS of each rule, newest first."""
    here = versions.c.business_id == business_id, versions.c.rule_id.in_(rule_ids)
    place = func.row_number().over(partition_by=versions.c.rule_id, order_by=versions.c.number.desc())
    ranked = select(versions.c.id, place.label("place")).where(*here).subquery()
    newest = select(ranked.c.id).where(ranked.c.place <= MAX_VERSIONS)
    rows = db.rows(select(versions).where(*here, versions.c.id.in_(newest)).order_by(versions.c.number.desc()))
    refused = _refused(business_id, [row.approval_id for row in rows if row.approval_id])
    found: dict[uuid.UUID, list[Version]] = {rule_id: [] for rule_id in rule_ids}
    for row in rows:
        is_refused = row.approval_id in refused and row.status == VersionStatus.REQUESTED
        status = VersionStatus.REJECTED if is_refused else row.status
        found[row.rule_id].append(Version(row, read_terms(row.terms), status))
    return {rule_id: tuple(every) for rule_id, every in found.items()}


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


def _subjects(business_id: uuid.UUID, rows: Sequence[SplitRule]) -> dict[uuid.UUID | None, str]:
    """The names of what these rules are about, by id."""
    named: dict[uuid.UUID | None, str] = {}
    for scope in {row.scope for row in rows} & _SUBJECTS.keys():
        table = _SUBJECTS[scope].__table__
        wanted = [_subject_id(row) for row in rows if row.scope == scope]
        query = select(table.c.id, table.c.name).where(table.c.business_id == business_id, table.c.id.in_(wanted))
        named |= {row.id: row.name for row in db.rows(query)}
    return named


def _subject_id(row: SplitRule) -> uuid.UUID | None:
    return row.seller_id or row.category_id or row.product_id or row.sku_id
