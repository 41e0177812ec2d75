"""Settlements: what payment companies paid to the business's bank accounts."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import (
    ID_PATTERN,
    AccountId,
    Answer,
    AnyAmountMinor,
    Currency,
    Moment,
    OneOf,
    Sentence,
    Shape,
    ShortText,
    moment_text,
)
from app.api.v1.api import KeyCaller, v1
from app.core.errors import Invalid
from app.core.ids import parse, show
from app.core.money import MAX_MINOR
from app.domain.ledger.settlements.states import SettlementStatus
from app.read.ledger import settlements
from app.workflow.ledger import book_settlement
from app.workflow.ledger.book_settlement import SettlementCommand

BankAccountId = Annotated[str, Field(pattern=f"^bka_{ID_PATTERN}$", examples=["bka_01jd3w8n2q4zt5b7yk2hc5e4rv"])]
Part = Annotated[int, Field(ge=0, le=MAX_MINOR)]


class SettlementRequest(Shape):
    """What a payment company settled, from its document."""

    channel_account_id: AccountId
    bank_account_id: BankAccountId
    currency: Currency
    gross_minor: Annotated[Part, Field(description="The payments that it covers.", examples=[100000])]
    refund_minor: Annotated[Part, Field(description="The refunds and payouts that it took off.", examples=[5000])] = 0
    fee_minor: Annotated[Part, Field(description="The fees that the company kept.", examples=[2000])] = 0
    net_minor: Annotated[
        int,
        Field(
            ge=-MAX_MINOR,
            le=MAX_MINOR,
            description="What the bank shows: gross less refunds less fees. Negative where the company collected it.",
            examples=[93000],
        ),
    ]
    reference: Annotated[ShortText, Field(description="The number of the company’s document.", examples=["ST-2026-11"])]
    settled_on: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$", examples=["2026-11-20"])]
    fee_source: Annotated[
        Literal["settlement", "bills"] | None,
        Field(
            description="Where the fees are booked: with this settlement, or by the company’s daily bills. Without it, "
            "by the bills where the account had one before that day."
        ),
    ] = None


class SettlementRejectRequest(Shape):
    """Why a settlement is rejected."""

    reason: Sentence | None = None


class Settlement(Answer):
    """What a payment company settled to a bank account."""

    id: str
    status: Annotated[str, OneOf(SettlementStatus), Field(description="In the ledger once `confirmed`.")]
    channel_account_id: str
    bank_account_id: str
    currency: Currency
    gross_minor: AnyAmountMinor
    refund_minor: AnyAmountMinor
    fee_minor: AnyAmountMinor
    net_minor: AnyAmountMinor
    fee_source: Annotated[
        str, OneOf(("settlement", "bills")), Field(description="`bills` where daily bills booked the fees already.")
    ]
    reference: str
    settled_on: str
    created_at: Moment
    decided_at: Moment | None


class SettlementQuery(ListQuery):
    """What a list of settlements may be narrowed by."""

    status: Annotated[str, OneOf(SettlementStatus)] | None = None


@v1.post(
    "/settlements",
    body=SettlementRequest,
    answer=Settlement,
    status=201,
    permission="ledger.write",
    idempotent=True,
    tag="Ledger",
    errors=(
        *("not_found", "invalid_amount", "wrong_amount", "invalid_reference", "invalid_date", "bank_account_currency"),
        *("settlement_recorded", "key_without_person"),
    ),
)
def create_settlement(caller: KeyCaller, body: SettlementRequest, claim_id: UUID) -> Callable[[], Settlement]:
    """Record a settlement.

    A person who is independent of whoever recorded it has to confirm it in the portal before it is in the ledger.
    """
    command = SettlementCommand(
        channel_account_id=parse("cha", body.channel_account_id),
        bank_account_id=parse("bka", body.bank_account_id),
        settled_on=_day(body.settled_on),
        **body.model_dump(exclude={"channel_account_id", "bank_account_id", "settled_on"}),
    )
    book_settlement.record(caller.business_id, command, actor=caller.actor, settlement_id=claim_id)
    return lambda: _settlement(settlements.get_settlement(caller.business_id, claim_id))


@v1.get("/settlements", query=SettlementQuery, answer=Page[Settlement], permission="ledger.read", tag="Ledger")
def list_settlements(caller: KeyCaller, query: SettlementQuery) -> Page[Settlement]:
    """List settlements.

    Newest first.
    """
    found = settlements.list_settlements(
        caller.business_id, status=query.status or "", after=query.after(), limit=query.limit
    )
    return page_of(found, limit=query.limit, item=_settlement, key=lambda row: (row.created_at, row.id))


@v1.get("/settlements/{settlement_id}", answer=Settlement, permission="ledger.read", tag="Ledger")
def get_settlement(caller: KeyCaller, settlement_id: str) -> Settlement:
    """Get a settlement."""
    return _settlement(settlements.get_settlement(caller.business_id, parse("stl", settlement_id)))


@v1.post(
    "/settlements/{settlement_id}/reject",
    body=SettlementRejectRequest,
    answer=Settlement,
    permission="ledger.write",
    tag="Ledger",
    errors=("not_found", "version_conflict"),
)
def reject_settlement(caller: KeyCaller, settlement_id: str, body: SettlementRejectRequest) -> Settlement:
    """Reject a settlement.

    Before it is confirmed. Its document can be recorded again.
    """
    row_id = parse("stl", settlement_id)
    book_settlement.reject(caller.business_id, row_id, reason=body.reason or "", actor=caller.actor)
    return _settlement(settlements.get_settlement(caller.business_id, row_id))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid("invalid_date", "This is not a day.", details={"param": "settled_on"}) from None


def _settlement(row: settlements.SettlementRow) -> Settlement:
    return Settlement(
        id=show("stl", row.id),
        status=row.status,
        channel_account_id=show("cha", row.channel_account_id),
        bank_account_id=show("bka", row.bank_account_id),
        currency=row.currency,
        gross_minor=row.gross_minor,
        refund_minor=row.refund_minor,
        fee_minor=row.fee_minor,
        net_minor=row.net_minor,
        fee_source=row.fee_source,
        reference=row.reference,
        settled_on=row.settled_on.isoformat(),
        created_at=moment_text(row.created_at),
        decided_at=moment_text(row.decided_at),
    )
