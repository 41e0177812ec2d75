"""Money that leaves: out of buyers' wallets, and out of what the merchant is owed."""

from collections.abc import Callable
from typing import Annotated, TypedDict
from uuid import UUID

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import AmountMinor, Currency, Sentence, Shape, ShortText
from app.api.v1.api import KeyCaller, v1
from app.api.v1.wallets.movements import Movement, Status, movement_answer
from app.core.ids import parse
from app.core.money import Money
from app.domain.payments.types import Payee
from app.read.wallets import movements
from app.workflow.wallets import pay_out

_REFUSALS = (
    *(
        "insufficient_funds",
        "channel_unavailable",
        "request_unsupported",
        "invalid_amount",
        "unknown_currency",
        "version_conflict",
    ),
    *("approval_needed", "approval_refused", "key_without_person", "payee_name_missing", "payee_account_invalid"),
)


class PayeeRequest(Shape):
    """Whose account outside gets the money."""

    account: Annotated[
        ShortText, Field(description="The payment company’s identifier of the account, such as an IBAN.")
    ]
    name: Annotated[ShortText | None, Field(description="Account holder.")] = None


class PayoutRequest(Shape):
    """Money of the merchant's to be paid to somebody's account."""

    amount_minor: AmountMinor
    currency: Currency
    payee: PayeeRequest
    channel: Annotated[
        str | None,
        Field(pattern="^[a-z0-9_]{1,60}$", description="The channel to pay with. Defaults to the first available one."),
    ] = None
    reason: Annotated[
        Sentence | None, Field(description="Stored with the movement and sent to the payment company.")
    ] = None


class WithdrawalRequest(PayoutRequest):
    """Money of a buyer's wallet to be paid to somebody's account."""

    buyer_reference: Annotated[ShortText, Field(description="The sender’s wallet.")]


class PayoutQuery(ListQuery):
    """What a list of payouts may be narrowed by."""

    status: Status | None = None


class WithdrawalQuery(PayoutQuery):
    """What a list of withdrawals may be narrowed by."""

    buyer_reference: ShortText | None = None


@v1.post(
    "/withdrawals",
    body=WithdrawalRequest,
    answer=Movement,
    status=201,
    permission="payouts.write",
    idempotent=True,
    tag="Payouts",
    errors=_REFUSALS,
)
def create_withdrawal(caller: KeyCaller, body: WithdrawalRequest, claim_id: UUID) -> Callable[[], Movement]:
    """Pay money of a wallet out.

    Never more than the wallet has available. The money is held until the payment company's answer is known; what it
    refuses is back in the wallet.
    """
    pay_out.withdraw(
        caller.business_id, buyer=body.buyer_reference, transaction_id=claim_id, **_arguments(caller, body)
    )
    return lambda: movement_answer(movements.get_movement(caller.business_id, claim_id))


@v1.get("/withdrawals", query=WithdrawalQuery, answer=Page[Movement], permission="wallets.read", tag="Payouts")
def list_withdrawals(caller: KeyCaller, query: WithdrawalQuery) -> Page[Movement]:
    """List withdrawals.

    Newest first.
    """
    return _list(caller, "withdrawal", query, buyer=query.buyer_reference)


@v1.get("/withdrawals/{withdrawal_id}", answer=Movement, permission="wallets.read", tag="Payouts")
def get_withdrawal(caller: KeyCaller, withdrawal_id: str) -> Movement:
    """Get a withdrawal."""
    found = movements.get_movement(caller.business_id, parse("txn", withdrawal_id), kind="withdrawal")
    return movement_answer(found)


@v1.post(
    "/payouts",
    body=PayoutRequest,
    answer=Movement,
    status=201,
    permission="payouts.write",
    idempotent=True,
    tag="Payouts",
    errors=_REFUSALS,
)
def create_payout(caller: KeyCaller, body: PayoutRequest, claim_id: UUID) -> Callable[[], Movement]:
    """Pay out what the merchant is owed.

    Never more than is available in this currency, less what is on its way out or back to buyers.
    """
    pay_out.pay_out(caller.business_id, transaction_id=claim_id, **_arguments(caller, body))
    return lambda: movement_answer(movements.get_movement(caller.business_id, claim_id))


@v1.get("/payouts", query=PayoutQuery, answer=Page[Movement], permission="wallets.read", tag="Payouts")
def list_payouts(caller: KeyCaller, query: PayoutQuery) -> Page[Movement]:
    """List payouts.

    Newest first.
    """
    return _list(caller, "payout", query, buyer=None)


@v1.get("/payouts/{payout_id}", answer=Movement, permission="wallets.read", tag="Payouts")
def get_payout(caller: KeyCaller, payout_id: str) -> Movement:
    """Get a payout."""
    return movement_answer(movements.get_movement(caller.business_id, parse("txn", payout_id), kind="payout"))


class _Arguments(TypedDict):
    money: Money
    payee: Payee
    channel: str | None
    reason: str
    actor: str


def _arguments(caller: KeyCaller, body: PayoutRequest) -> _Arguments:
    return {
        "money": Money(body.amount_minor, body.currency),
        "payee": Payee(account=body.payee.account, name=body.payee.name or ""),
        "channel": body.channel,
        "reason": body.reason or "",
        "actor": caller.actor,
    }


def _list(caller: KeyCaller, kind: str, query: PayoutQuery, *, buyer: str | None) -> Page[Movement]:
    status = "open" if query.status == "pending" else query.status
    filters = movements.MovementFilter(kind=kind, status=status, buyer=buyer)
    found = movements.list_movements(caller.business_id, filters, after=query.after(), limit=query.limit)
    return page_of(found, limit=query.limit, item=movement_answer, key=lambda each: (each.row.created_at, each.row.id))
