"""Channel bills: a list, and one, each with what it comes to and where it differs from our books."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Mapped

from app.core import db, paging
from app.core.errors import NotFound
from app.core.paging import After, Key, newest_first
from app.domain.payments.channel_bills.models import (
    ChannelBill,
    ChannelBillDifference,
    ChannelBillFee,
    ChannelBillTotal,
)
from app.domain.payments.models import ChannelAccount

if TYPE_CHECKING:

    class BillRow(ChannelBill):
        """A bill with the channel and the name of its account, and how many differences from our books are open."""

        channel: Mapped[str]
        account_name: Mapped[str]
        difference_count: Mapped[int]

else:
    BillRow = ChannelBill

PAGE = 50
TotalRow = ChannelBillTotal
DifferenceRow = ChannelBillDifference
Totals = Mapping[uuid.UUID, Sequence[ChannelBillTotal]]
bills, totals, accounts = db.table(ChannelBill), db.table(ChannelBillTotal), db.table(ChannelAccount)
differences, fees = db.table(ChannelBillDifference), db.table(ChannelBillFee)


class _Fee(db.JoinedRow):
    currency: str
    minor: int


def list_bills(
    business_id: uuid.UUID,
    *,
    status: str = "",
    account_id: uuid.UUID | None = None,
    after: Key | None = None,
    limit: int = PAGE,
) -> tuple[Sequence[BillRow], Totals]:
    """Bills in this state (all when empty), those of the latest day first, and one more than `limit`; by bill, what it
    comes to in each currency."""
    query = _bills(business_id)
    if status:
        query = query.where(bills.c.status == status)
    if account_id is not None:
        query = query.where(bills.c.channel_account_id == account_id)
    with db.reading(business_id):
        found = db.rows(paging.in_order(query, bills.c.ready_at, bills.c.id, after, limit + 1))
        return found, _totals(business_id, found)


def get_bill(business_id: uuid.UUID, bill_id: uuid.UUID) -> tuple[BillRow, Sequence[ChannelBillTotal]]:
    """One bill, and what it comes to in each currency.

    Raises:
        NotFound: there is no such bill.
    """
    with db.reading(business_id):
        found = db.first(_bills(business_id).where(bills.c.id == bill_id))
        if found is None:
            raise NotFound("not_found", "There is no such bill.")
        return found, _totals(business_id, [found])[bill_id]


def booked_fees(business_id: uuid.UUID, bill_id: uuid.UUID) -> dict[str, int]:
    """What is in the ledger of a bill's fees, by currency, in minor units."""
    query = select(fees.c.currency, func.sum(fees.c.fee_minor).label("minor"))
    query = query.where(fees.c.business_id == business_id, fees.c.bill_id == bill_id).group_by(fees.c.currency)
    with db.reading(business_id):
        return {row.currency: int(row.minor) for row in db.rows(db.select_as(_Fee, query))}


def list_differences(
    business_id: uuid.UUID, bill_id: uuid.UUID, *, is_open: bool | None = None, after: After, limit: int = PAGE
) -> Sequence[DifferenceRow]:
    """Where a bill differs from our books, or did, newest first, one more than `limit`.

    Raises:
        NotFound: there is no such bill.
    """
    query = select(differences).where(differences.c.business_id == business_id, differences.c.bill_id == bill_id)
    if is_open is not None:
        query = query.where(differences.c.cleared_at.is_(None) if is_open else differences.c.cleared_at.is_not(None))
    with db.reading(business_id):
        db.get(ChannelBill, bill_id)
        return db.rows(newest_first(query, differences, after, limit))


def cursor_behind(found: Sequence[DifferenceRow]) -> str:
    """Where the next page of differences begins."""
    last = found[PAGE - 1]
    return paging.cursor_of(last.created_at, last.id)


def cut(found: Sequence[BillRow], limit: int) -> tuple[Sequence[BillRow], str | None]:
    """Rows read as `limit + 1`: the first `limit`, and the cursor when there was one more."""
    kept = found[:limit]
    return kept, paging.cursor_of(kept[-1].ready_at, kept[-1].id) if len(found) > limit else None


def _bills(business_id: uuid.UUID) -> Select[BillRow]:
    count = select(func.count()).where(
        differences.c.business_id == bills.c.business_id,
        differences.c.bill_id == bills.c.id,
        differences.c.cleared_at.is_(None),
    )
    shown = accounts.c.channel, accounts.c.name.label("account_name"), count.scalar_subquery().label("difference_count")
    return (
        db.select_as(BillRow, select(bills, *shown))
        .join(
            accounts, and_(accounts.c.business_id == bills.c.business_id, accounts.c.id == bills.c.channel_account_id)
        )
        .where(bills.c.business_id == business_id)
    )


def _totals(business_id: uuid.UUID, found: Sequence[BillRow]) -> Totals:
    """Of the last revision of each."""
    by_bill: dict[uuid.UUID, list[ChannelBillTotal]] = defaultdict(list)
    latest = and_(bills.c.business_id == totals.c.business_id, bills.c.id == totals.c.bill_id)
    query = (
        select(totals)
        .join(bills, and_(latest, bills.c.revision == totals.c.revision))
        .where(totals.c.business_id == business_id, totals.c.bill_id.in_([row.id for row in found]))
        .order_by(totals.c.bill_id, totals.c.currency)
    )
    for each in db.rows(query):
        by_bill[each.bill_id].append(each)
    return by_bill
