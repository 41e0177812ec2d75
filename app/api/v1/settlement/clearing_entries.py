"""Clearing entries: what each party got of each line, and what refunds took back."""

from typing import Annotated

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import Answer, AnyAmountMinor, Currency, Moment, OneOf, OrderId, moment_text
from app.api.v1.api import KeyCaller, v1
from app.api.v1.settlement.partners import PartnerId
from app.core.ids import parse, show
from app.domain.settlement.clearing.states import EntryKind
from app.read.settlement import clearing


class ClearingEntryQuery(ListQuery):
    """What a list of clearing entries may be narrowed by."""

    order_id: OrderId | None = None
    partner_id: PartnerId | None = None
    currency: Currency | None = None


class ClearingEntry(Answer):
    """What one party got of a line, or what a refund took back."""

    id: str
    kind: Annotated[str, OneOf(EntryKind)]
    partner_id: Annotated[str | None, Field(description="Null: your own part.")]
    order_id: str
    line_id: str
    refund_id: Annotated[str | None, Field(description="Of what a refund took back.")]
    rule_version_id: Annotated[str | None, Field(description="The version of the split rule; null without a rule.")]
    base_minor: Annotated[AnyAmountMinor, Field(description="What the share was computed on.")]
    rate_bps: Annotated[int, Field(description="The share's percentage in basis points.")]
    amount_minor: Annotated[AnyAmountMinor, Field(description="Positive: the party gets it.")]
    currency: Currency
    created_at: Moment


@v1.get(
    "/clearing_entries",
    query=ClearingEntryQuery,
    answer=Page[ClearingEntry],
    permission="settlement.read",
    tag="Partners",
)
def list_clearing_entries(caller: KeyCaller, query: ClearingEntryQuery) -> Page[ClearingEntry]:
    """List clearing entries.

    Newest first. All entries of a line with kind `share` sum to what was paid for it.
    """
    found = clearing.list_entries(
        caller.business_id,
        order_id=parse("ord", query.order_id) if query.order_id else None,
        partner_id=parse("par", query.partner_id) if query.partner_id else None,
        currency=query.currency,
        after=query.after(),
        limit=query.limit,
    )
    return page_of(found, limit=query.limit, item=_entry, key=lambda row: (row.created_at, row.id))


def _entry(row: clearing.EntryRow) -> ClearingEntry:
    is_refund = row.cause_id != row.order_id
    return ClearingEntry(
        id=show("cle", row.id),
        kind=row.kind,
        partner_id=show("par", row.partner_id) if row.partner_id else None,
        order_id=show("ord", row.order_id),
        line_id=show("oln", row.line_id),
        refund_id=show("rfd", row.cause_id) if is_refund else None,
        rule_version_id=show("spv", row.rule_version_id) if row.rule_version_id else None,
        base_minor=row.base_minor,
        rate_bps=row.bps,
        amount_minor=row.amount_minor,
        currency=row.currency,
        created_at=moment_text(row.created_at),
    )
