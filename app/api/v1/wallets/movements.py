"""Movements of money: those on wallets are made here, those of every kind are read here."""

from collections.abc import Callable
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, model_validator

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import (
    AmountMinor,
    Answer,
    AnyAmountMinor,
    Currency,
    HttpUrl,
    Moment,
    OneOf,
    OrderId,
    SellerId,
    Sentence,
    Shape,
    ShortText,
    moment_text,
)
from app.api.v1.api import KeyCaller, v1
from app.core.ids import parse, show
from app.core.money import Money
from app.domain.payments.states import AttemptStatus
from app.read.wallets import movements
from app.workflow.payments import poll_undecided
from app.workflow.wallets import move_money

Kind = Literal["charge", "deduction", "refund", "top_up", "withdrawal", "transfer", "payout"]
Status = Literal["pending", "succeeded", "failed", "cancelled", "returned"]


class MovementAttempt(Answer):
    """The last try at a way to pay."""

    id: str
    channel: str
    status: Annotated[str, OneOf(AttemptStatus)]
    action: Annotated[
        dict[str, Any] | None, Field(description="`{type: redirect|qr|app, url, content?}`: the buyer’s next step.")
    ]
    decline_code: str | None


class PayeeAnswer(Answer):
    """Whose account outside gets the money."""

    account: str
    name: str


class MovementDetail(Answer):
    """What of an order’s movement is one seller’s in one sub-order."""

    part_id: Annotated[str, Field(description="The sub-order.")]
    seller_id: Annotated[str | None, Field(description="Null for what the business itself sold.")]
    amount_minor: AnyAmountMinor


class Movement(Answer):
    """One movement of money: for an order, or on wallets."""

    id: str
    kind: Kind
    status: Annotated[
        Status,
        Field(
            description="`pending` until the outcome is known. `returned`: paid out, and sent back by the payee’s bank."
        ),
    ]
    amount_minor: AnyAmountMinor
    currency: Currency
    buyer_reference: Annotated[
        str | None, Field(description="The owner of the wallet (the sender of a transfer), or the buyer of the order.")
    ]
    counter_reference: Annotated[str | None, Field(description="For transfers: the receiver.")]
    payee: Annotated[PayeeAnswer | None, Field(description="For withdrawals and payouts: the payee.")]
    order_id: str | None
    details: Annotated[
        list[MovementDetail], Field(description="For orders: by sub-order and seller; they sum to `amount_minor`.")
    ]
    reason: str
    attempt: MovementAttempt | None
    created_at: Moment
    decided_at: Moment | None


class TopUpRequest(Shape):
    """Money that a buyer brings into a wallet from outside, or that the merchant gives."""

    buyer_reference: Annotated[ShortText, Field(description="Your reference for the buyer.")]
    amount_minor: AmountMinor
    currency: Currency
    channel: Annotated[
        str | None,
        Field(pattern="^[a-z0-9_]{1,60}$", description="The payment method. Defaults to the first available one."),
    ] = None
    return_url: HttpUrl | None = None
    source: Annotated[
        Literal["buyer", "merchant"],
        Field(description="`merchant`: an immediate credit from the merchant’s balance; requires a `reason`."),
    ] = "buyer"
    reason: Annotated[Sentence | None, Field(description="Stored with the movement.")] = None

    @model_validator(mode="after")
    def _gifts_are_explained(self) -> "TopUpRequest":
        if self.source == "merchant" and (self.reason is None or self.channel or self.return_url):
            raise ValueError("a merchant credit needs a reason and has no channel or return_url")
        return self


class TransferRequest(Shape):
    """Money that goes from one buyer's wallet to another's."""

    buyer_reference: Annotated[ShortText, Field(description="The sender.")]
    counter_reference: Annotated[ShortText, Field(description="The receiver.")]
    amount_minor: AmountMinor
    currency: Currency
    reason: Annotated[Sentence | None, Field(description="Stored with the movement.")] = None


class MovementQuery(ListQuery):
    """What a list of movements may be narrowed by."""

    kind: Kind | None = None
    status: Status | None = None
    channel: Annotated[str | None, Field(pattern="^[a-z0-9_]{1,60}$")] = None
    buyer_reference: Annotated[
        ShortText | None, Field(description="The owner of the wallet; for transfers, the sender.")
    ] = None
    order_id: OrderId | None = None
    seller_id: Annotated[SellerId | None, Field(description="With a part of this seller.")] = None


@v1.post(
    "/top_ups",
    body=TopUpRequest,
    answer=Movement,
    status=201,
    permission="wallets.write",
    idempotent=True,
    tag="Wallets",
    errors=(
        "business_not_activated",
        "channel_unavailable",
        "request_unsupported",
        "invalid_amount",
        "unknown_currency",
        "version_conflict",
        "approval_needed",
        "approval_refused",
        "key_without_person",
    ),
)
def create_top_up(caller: KeyCaller, body: TopUpRequest, claim_id: UUID) -> Callable[[], Movement]:
    """Top up a wallet.

    Send the buyer where `attempt.action` points. The balance grows when the payment company says that the money came;
    an `attempt.status` of `unknown` is asked about until it is known. A gift of the merchant's that is over the limit
    of the business has to be approved by somebody.
    """
    money = Money(body.amount_minor, body.currency)
    if body.source == "merchant":
        move_money.grant(
            caller.business_id,
            transaction_id=claim_id,
            buyer=body.buyer_reference,
            money=money,
            actor=caller.actor,
            reason=body.reason or "",
        )
    else:
        move_money.top_up(
            caller.business_id,
            transaction_id=claim_id,
            buyer=body.buyer_reference,
            money=money,
            actor=caller.actor,
            reason=body.reason or "",
            channel=body.channel,
            return_url=body.return_url,
        )
    return lambda: movement_answer(movements.get_movement(caller.business_id, claim_id))


@v1.post(
    "/transfers",
    body=TransferRequest,
    answer=Movement,
    status=201,
    permission="wallets.write",
    idempotent=True,
    tag="Wallets",
    errors=(
        *(
            "insufficient_funds",
            "same_wallet",
            "channel_unavailable",
            "request_unsupported",
            "invalid_amount",
            "unknown_currency",
            "version_conflict",
        ),
        *("approval_needed", "approval_refused", "key_without_person"),
    ),
)
def create_transfer(caller: KeyCaller, body: TransferRequest, claim_id: UUID) -> Callable[[], Movement]:
    """Transfer between wallets.

    At once, and never more than the payer has available. Over the limit of the business somebody has to approve it.
    """
    move_money.transfer(
        caller.business_id,
        payer=body.buyer_reference,
        recipient=body.counter_reference,
        money=Money(body.amount_minor, body.currency),
        actor=caller.actor,
        reason=body.reason or "",
        transaction_id=claim_id,
    )
    return lambda: movement_answer(movements.get_movement(caller.business_id, claim_id))


@v1.get("/movements", query=MovementQuery, answer=Page[Movement], permission="wallets.read", tag="Movements")
def list_movements(caller: KeyCaller, query: MovementQuery) -> Page[Movement]:
    """List movements of money.

    Of every kind, newest first.
    """
    filters = movements.MovementFilter(
        kind=query.kind,
        status="open" if query.status == "pending" else query.status,
        channel=query.channel,
        buyer=query.buyer_reference,
        order_id=parse("ord", query.order_id) if query.order_id else None,
        seller_id=parse("sel", query.seller_id) if query.seller_id else None,
    )
    found = movements.list_movements(caller.business_id, filters, after=query.after(), limit=query.limit)
    return page_of(found, limit=query.limit, item=movement_answer, key=lambda each: (each.row.created_at, each.row.id))


@v1.get("/movements/{movement_id}", answer=Movement, permission="wallets.read", tag="Movements")
def get_movement(caller: KeyCaller, movement_id: str) -> Movement:
    """Get a movement of money."""
    return movement_answer(movements.get_movement(caller.business_id, parse("txn", movement_id)))


@v1.post(
    "/movements/{movement_id}/poll",
    answer=Movement,
    permission="wallets.write",
    tag="Movements",
    errors=("version_conflict",),
)
def poll_movement(caller: KeyCaller, movement_id: str) -> Movement:
    """Poll the payment company now.

    For a movement that is still `pending`; Bursar polls by itself, too, at ever longer intervals. The answer is the
    movement afterwards. A movement that is decided is not polled.
    """
    transaction_id = parse("txn", movement_id)
    found = movements.get_movement(caller.business_id, transaction_id)
    if found.attempt is not None:
        poll_undecided.poll_attempt(caller.business_id, found.attempt.id, force=True)
    return movement_answer(movements.get_movement(caller.business_id, transaction_id))


def movement_answer(found: movements.Movement) -> Movement:
    row = found.row
    return Movement(
        id=show("txn", row.id),
        kind=row.kind,
        status=found.status,
        amount_minor=row.amount_minor,
        currency=row.currency,
        buyer_reference=found.buyer,
        counter_reference=row.counter_reference,
        payee=PayeeAnswer(**row.payee) if row.payee else None,
        order_id=show("ord", row.order_id) if row.order_id else None,
        details=[
            MovementDetail(
                part_id=show("sub", each.sub_order_id),
                seller_id=show("sel", each.seller_id) if each.seller_id else None,
                amount_minor=each.amount_minor,
            )
            for each in found.details
        ],
        reason=row.reason,
        attempt=_attempt(found.attempt) if found.attempt is not None else None,
        created_at=moment_text(row.created_at),
        decided_at=moment_text(row.decided_at),
    )


def _attempt(row: movements.NamedAttempt) -> MovementAttempt:
    return MovementAttempt(
        id=show("att", row.id),
        channel=row.channel,
        status=row.status,
        action=row.action,
        decline_code=row.decline_code,
    )
