"""Channel bills: what payment companies' own books say of each day."""

from collections.abc import Callable, Sequence
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import AccountId, Answer, AnyAmountMinor, Currency, Moment, OneOf, moment_text
from app.api.v1.api import KeyCaller, v1
from app.core.ids import parse, show
from app.domain.payments.channel_bills.comparing import KINDS
from app.domain.payments.channel_bills.states import BillStatus
from app.read.payments import channel_bills as read
from app.workflow.payments.bills import fetch_bills


class BillTotal(Answer):
    """What a bill comes to in one currency."""

    currency: Currency
    charges: Annotated[int, Field(description="How many payments it lists.")]
    charged_minor: AnyAmountMinor
    refunds: Annotated[int, Field(description="How many refunds it lists.")]
    refunded_minor: AnyAmountMinor
    fee_minor: Annotated[
        AnyAmountMinor, Field(description="What the company kept; below zero where it gave back more.")
    ]


class ChannelBill(Answer):
    """A payment company's bill of one day."""

    id: str
    status: Annotated[str, OneOf(BillStatus), Field(description="`late` when it is not there 12 hours after its time.")]
    channel: str
    channel_account_id: str
    day: Annotated[str, Field(description="A day of the company’s own time zone.", examples=["2026-11-20"])]
    ready_at: Annotated[Moment, Field(description="From when the company has it.")]
    revision: Annotated[int, Field(description="How many files with different lines it had; 0 before the first.")]
    sha256: Annotated[str | None, Field(description="Of the file as it came.")]
    line_count: int
    compared_at: Annotated[Moment | None, Field(description="When it was last compared with your books.")]
    difference_count: Annotated[int, Field(description="How many differences from your books are open.")]
    totals: list[BillTotal]
    fetched_at: Moment | None
    next_attempt_at: Annotated[Moment | None, Field(description="When the company is asked for it.")]
    error: Annotated[str, Field(description="Why the last request brought no usable file; empty when it did.")]
    created_at: Moment


class BillDifference(Answer):
    """Where a bill and your books differ, or did."""

    id: str
    kind: Annotated[
        str,
        OneOf(KINDS),
        Field(
            description="`unknown`: the company moved money that your books do not have. `missing`: no bill has this "
            "payment. `amount`: the amounts differ. `undecided`: it does not count as succeeded here."
        ),
    ]
    movement: Annotated[str, OneOf(("charge", "refund"))]
    ref: Annotated[str, Field(description="Your number of it, or the company’s where it has none.")]
    attempt_id: str | None
    channel_ref: str
    ours_minor: AnyAmountMinor | None
    theirs_minor: AnyAmountMinor | None
    currency: Currency
    created_at: Moment
    cleared_at: Annotated[Moment | None, Field(description="From when nothing differed any more.")]


class DifferenceQuery(ListQuery):
    """What a list of differences may be narrowed by."""

    status: Annotated[str, OneOf(("open", "cleared"))] | None = None


class BillQuery(ListQuery):
    """What a list of bills may be narrowed by."""

    status: Annotated[str, OneOf(BillStatus)] | None = None
    channel_account_id: AccountId | None = None


@v1.get("/channel_bills", query=BillQuery, answer=Page[ChannelBill], permission="ledger.read", tag="Ledger")
def list_channel_bills(caller: KeyCaller, query: BillQuery) -> Page[ChannelBill]:
    """List channel bills.

    The latest day first.
    """
    found, totals = read.list_bills(
        caller.business_id,
        status=query.status or "",
        account_id=parse("cha", query.channel_account_id) if query.channel_account_id else None,
        after=query.after(),
        limit=query.limit,
    )
    return page_of(
        found,
        limit=query.limit,
        item=lambda each: _bill(each, totals.get(each.id, ())),
        key=lambda each: (each.ready_at, each.id),
    )


@v1.get("/channel_bills/{channel_bill_id}", answer=ChannelBill, permission="ledger.read", tag="Ledger")
def get_channel_bill(caller: KeyCaller, channel_bill_id: str) -> ChannelBill:
    """Get a channel bill."""
    return _bill(*read.get_bill(caller.business_id, parse("bil", channel_bill_id)))


@v1.get(
    "/channel_bills/{channel_bill_id}/differences",
    query=DifferenceQuery,
    answer=Page[BillDifference],
    permission="ledger.read",
    tag="Ledger",
)
def list_channel_bill_differences(
    caller: KeyCaller, query: DifferenceQuery, channel_bill_id: str
) -> Page[BillDifference]:
    """List a channel bill's differences.

    Where it and your books do not agree, and where they did not.
    """
    found = read.list_differences(
        caller.business_id,
        parse("bil", channel_bill_id),
        is_open=None if query.status is None else query.status == "open",
        after=query.after(),
        limit=query.limit,
    )
    return page_of(found, limit=query.limit, item=_difference, key=lambda each: (each.created_at, each.id))


@v1.post(
    "/channel_bills/{channel_bill_id}/fetch",
    answer=ChannelBill,
    permission="ledger.write",
    idempotent=True,
    tag="Ledger",
    errors=("not_found", "version_conflict"),
)
def fetch_channel_bill(caller: KeyCaller, channel_bill_id: str, claim_id: UUID) -> Callable[[], ChannelBill]:
    """Fetch a channel bill again.

    The company is asked within a minute. A file with other lines is kept as another revision.
    """
    del claim_id  # to ask for it twice is to ask for it once
    bill_id = parse("bil", channel_bill_id)
    fetch_bills.fetch_again(caller.business_id, bill_id, actor=caller.actor)
    return lambda: _bill(*read.get_bill(caller.business_id, bill_id))


def _difference(row: read.DifferenceRow) -> BillDifference:
    return BillDifference(
        id=show("bdf", row.id),
        kind=row.kind,
        movement=row.movement,
        ref=row.ref,
        attempt_id=show("att", row.attempt_id) if row.attempt_id else None,
        channel_ref=row.channel_ref,
        ours_minor=row.ours_minor,
        theirs_minor=row.theirs_minor,
        currency=row.currency,
        created_at=moment_text(row.created_at),
        cleared_at=moment_text(row.cleared_at),
    )


def _bill(row: read.BillRow, totals: Sequence[read.TotalRow]) -> ChannelBill:
    return ChannelBill(
        id=show("bil", row.id),
        status=row.status,
        channel=row.channel,
        channel_account_id=show("cha", row.channel_account_id),
        day=row.day.isoformat(),
        ready_at=moment_text(row.ready_at),
        revision=row.revision,
        sha256=row.sha256,
        line_count=row.line_count,
        compared_at=moment_text(row.compared_at),
        difference_count=row.difference_count,
        totals=[
            BillTotal(
                currency=each.currency,
                charges=each.charges,
                charged_minor=each.charged_minor,
                refunds=each.refunds,
                refunded_minor=each.refunded_minor,
                fee_minor=each.fee_minor,
            )
            for each in totals
        ],
        fetched_at=moment_text(row.fetched_at),
        next_attempt_at=moment_text(row.next_attempt_at),
        error=row.error,
        created_at=moment_text(row.created_at),
    )
