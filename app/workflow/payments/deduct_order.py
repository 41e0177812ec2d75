"""Taking an order's money under a contract, without the buyer, in the three steps of paying: reserve, call, record."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from app.core import settings
from app.core.db.retry import in_phase
from app.core.errors import NotFound
from app.core.ids import show
from app.core.last_read import LastRead
from app.core.money import Money
from app.core.process import crash
from app.domain.ledger import service as ledger
from app.domain.orders.models import Order
from app.domain.payments import requests, rules
from app.domain.payments import service as payments
from app.domain.payments.channels.types import DeductionRequest, Recurring
from app.domain.payments.errors import Unsupported
from app.domain.payments.states import AttemptStatus
from app.workflow.payments import record_result
from app.workflow.steps.ledger import postings
from app.workflow.steps.orders.lock_order import lock_order
from app.workflow.steps.payments import channel_access, choose_route, wallet_portion
from app.workflow.steps.payments.begin_payment import check_payable, wait_for_payment
from app.workflow.steps.payments.channel_access import OpenAccount

SCENE = "contract"  # nobody is shown anything
ACTOR = "system"


def deduct_order(
    business_id: uuid.UUID,
    order_id: uuid.UUID,
    *,
    account_id: uuid.UUID,
    contract_no: str,
    attempt_id: uuid.UUID,
    subject: str | None = None,
    then: Callable[[], None] | None = None,
) -> str:
    """Take the order's whole amount at this account under the contract that the company calls `contract_no`; the
    attempt's status afterwards. The same `attempt_id` again is the same deduction: it goes on where the first call
    stopped, and takes nothing twice. `then` is called in the phase that records the company's answer.

    Raises:
        NotFound: no such order, or the attempt is another order's. OrderState, PaymentInProgress: the order does not
            wait to be paid. NoChannel: the account cannot take this now. Unsupported: the channel cannot deduct, or has
            no words for it. CannotSell: the business may take no payments. Nothing was begun then.
    """

    def begin() -> tuple[_Reserved | None, str]:
        order = lock_order(order_id)
        known = payments.attempt(attempt_id)
        if known is not None:
            if known.order_id != order_id or known.kind != "deduction":
                raise NotFound("not_found", "There is no such attempt.")
            if known.status != AttemptStatus.READY:
                return None, str(known.status)
            account = channel_access.of_attempt(known)
        else:
            account = _reserve(order, account_id=account_id, attempt_id=attempt_id)
        request = _request(order, account, attempt_id, contract_no=contract_no, subject=subject)
        requests.validate(account.channel, account.settings, request)  # undoes the phase
        return _Reserved(account, request, is_first=known is None), AttemptStatus.READY

    reserved, status = in_phase("deduct_order.reserve", business_id, begin)
    if reserved is None:
        return status
    channel = reserved.account.channel
    assert isinstance(channel, Recurring)  # it was validated
    outcome = channel.deduct(reserved.account.settings, reserved.request)
    crash.point("deduct_order.call.after")
    if reserved.is_first and rules.was_not_begun(outcome):
        outcome = rules.as_not_begun(outcome)
    last = LastRead(then) if then is not None else None
    return record_result.record(business_id, attempt_id, outcome, source="answer", then=last)


@dataclass(frozen=True)
class _Reserved:
    """A deduction that is committed and may now be told to the company. `is_first`: nobody can have told it before."""

    account: OpenAccount
    request: DeductionRequest
    is_first: bool


def _reserve(order: Order, *, account_id: uuid.UUID, attempt_id: uuid.UUID) -> OpenAccount:
    """The attempt and its pending money, and why this account may take it; the account."""
    wanted = payments.open_charge(order.id)
    check_payable(order, wanted)
    money = Money(order.total_minor, order.currency)
    if not money.minor:
        raise Unsupported("amount_unsupported", "There is nothing to deduct.")
    choice = choose_route.choose(
        money, seed=order.id, scene=SCENE, requested_channel=str(account_id), order_id=order.id, kind="deduction"
    )
    if wanted is not None and (wanted.kind, wanted.amount_minor) != ("deduction", money.minor):
        payments.cancel_open_charge(wanted, order_id=order.id, reason="deducted", actor=ACTOR)
        wanted = None
    transaction_id: uuid.UUID = (
        wanted.id
        if wanted is not None
        else payments.add_transaction(
            "deduction", order_id=order.id, amount=money, actor=ACTOR, parts=wallet_portion.parts_of(order)
        )
    )
    payments.add_attempt(
        attempt_id,
        "deduction",
        transaction_id=transaction_id,
        account=choice.account,
        scene=SCENE,
        amount=money,
        journal_id=ledger.pend(postings.charge(order, choice.account, money, attempt_id)),
        next_poll_at=channel_access.first_poll(choice.account.channel, "deduction"),
        limit_day=choice.account.limit_day,
    )
    choose_route.keep(choice, attempt_id)
    wait_for_payment(order, order.expires_at, actor=ACTOR)
    return channel_access.opened(choice.account)


def _request(
    order: Order, account: OpenAccount, attempt_id: uuid.UUID, *, contract_no: str, subject: str | None
) -> DeductionRequest:
    """What the company is asked for: the same whenever it is asked again."""
    public_url = settings.current().public_url
    return DeductionRequest(
        attempt_ref=show("att", attempt_id),
        contract_no=contract_no,
        amount=Money(order.total_minor, order.currency),
        subject=subject or f"Order {order.number}",
        notify_url=f"{public_url}/callbacks/{account.channel.name}/{show('cha', account.id)}",
    )
