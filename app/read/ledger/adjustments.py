"""Adjustments and reversals, and the accounts that can be adjusted."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import select

from app.core import db, paging
from app.core.errors import NotFound
from app.core.paging import After, newest_first
from app.domain.ledger.adjustments.models import Adjustment
from app.domain.ledger.adjustments.states import AdjustmentStatus
from app.domain.ledger.models import LedgerAccount
from app.domain.ledger.rules import ADJUSTABLE, SHOWN_BY_OWNER
from app.domain.ledger.settlements.models import BankAccount
from app.domain.settlement.partners.models import Partner
from app.domain.settlement.partners.service import account_kind
from app.read.ledger import balances

AdjustmentRow: TypeAlias = Adjustment
PAGE, MAX_PARTNERS = 50, 500
adjustments, accounts, banks = db.table(Adjustment), db.table(LedgerAccount), db.table(BankAccount)
partners = db.table(Partner)


@dataclass(frozen=True)
class AdjustedAccount:
    """An account that can be adjusted: its kind, whose it is, and what people call it."""

    kind: str
    owner: str
    kind_name: str
    owner_name: str


@dataclass(frozen=True)
class AdjustmentLine:
    """One line: the account, and a debit (+) or credit (-) in minor units."""

    kind: str
    owner: str
    kind_name: str
    owner_name: str
    currency: str
    amount_minor: int


def list_adjustments(business_id: uuid.UUID, *, status: str, after: After, limit: int = PAGE) -> list[AdjustmentRow]:
    """Adjustments with this status (all when empty), newest first, one more than `limit`."""
    query = select(adjustments).where(adjustments.c.business_id == business_id)
    if status:
        query = query.where(adjustments.c.status == status)
    with db.reading(business_id):
        return list(db.rows(newest_first(query, adjustments, after, limit)))


def page_of_adjustments(business_id: uuid.UUID, *, status: str, cursor: str) -> paging.Page[AdjustmentRow]:
    """A page of the portal's list."""
    found = list_adjustments(business_id, status=status, after=paging.key_of(cursor))
    shown, next_cursor = paging.cut(found, PAGE)
    return paging.Page(tuple(shown), next_cursor)


def get_adjustment(business_id: uuid.UUID, adjustment_id: uuid.UUID) -> AdjustmentRow:
    """One adjustment.

    Raises:
        NotFound: the business has no such adjustment.
    """
    query = select(adjustments).where(adjustments.c.business_id == business_id, adjustments.c.id == adjustment_id)
    with db.reading(business_id):
        row = db.first(query)
    if row is None:
        raise NotFound("not_found", "There is no such adjustment.")
    return row


def reversal_of(business_id: uuid.UUID, row_id: uuid.UUID) -> AdjustmentRow | None:
    """The adjustment that reverses this settlement or adjustment or waits to, if there is one."""
    reverses = (adjustments.c.settlement_id == row_id) | (adjustments.c.original_id == row_id)
    here = adjustments.c.business_id == business_id, adjustments.c.status != AdjustmentStatus.REJECTED
    with db.reading(business_id):
        return db.first(select(adjustments).where(*here, reverses).limit(1))


def lines_of(row: AdjustmentRow) -> list[AdjustmentLine]:
    """Its lines with the names of their accounts, debits first."""
    names = _names(row.business_id)
    found = [
        AdjustmentLine(
            each["kind"],
            each["owner"],
            names[each["kind"], ""],
            names.get((each["kind"], each["owner"]), "") if each["owner"] else "",
            each["currency"],
            each["amount_minor"],
        )
        for each in row.lines
    ]
    return sorted(found, key=lambda line: -line.amount_minor)


def adjustable_accounts(business_id: uuid.UUID) -> list[AdjustedAccount]:
    """The accounts that can be adjusted: those of the business, and of each channel account and bank account."""
    names = _names(business_id)
    found = [AdjustedAccount(kind, "", names[kind, ""], "") for kind in ADJUSTABLE if kind not in SHOWN_BY_OWNER]
    for (kind, owner), name in names.items():
        if owner and kind in ADJUSTABLE:
            found.append(AdjustedAccount(kind, owner, names[kind, ""], name))
    return found


def _names(business_id: uuid.UUID) -> dict[tuple[str, str], str]:
    """What accounts that can be adjusted are called, those of partners too: (kind, owner) → name."""
    query = select(partners.c.id, partners.c.kind, partners.c.name).where(partners.c.business_id == business_id)
    with db.reading(business_id):
        found = db.rows(query.order_by(partners.c.name, partners.c.id).limit(MAX_PARTNERS))
    return balances.account_names(business_id) | {(account_kind(row.kind), str(row.id)): row.name for row in found}


def currencies(business_id: uuid.UUID) -> list[str]:
    """The currencies that the ledger has accounts in; before the first, those of bank accounts, or US dollars."""
    in_ledger = select(accounts.c.currency).where(accounts.c.business_id == business_id)
    of_banks = select(banks.c.currency).where(banks.c.business_id == business_id)
    with db.reading(business_id):
        found = db.rows(in_ledger.union(of_banks))
    return sorted(row.currency for row in found) or ["USD"]
