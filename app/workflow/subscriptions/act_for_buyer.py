"""What a buyer does to their own contract, where it is more than one step of `change_contract`."""

from __future__ import annotations

import uuid

from app.core import clock, db
from app.core.db.retry import in_phase
from app.core.ids import derive
from app.domain.signing import service as signing
from app.domain.signing.errors import ContractState
from app.domain.signing.states import ContractStatus
from app.workflow.subscriptions.change_contract import cancel_at_period_end, cancel_now, set_cancelled
from app.workflow.subscriptions.pay_by_contract import pay_by_contract
from app.workflow.subscriptions.renew_contracts import resume_here

BUYER = "buyer"


def cancel_keeping(business_id: uuid.UUID, contract_id: uuid.UUID) -> None:
    """Charge nothing more, and leave the buyer all that is paid. A contract whose cycle could not be charged ends now,
    and so does one that is paused longer than it was paid for. One that ends already stays so.

    Raises:
        NotFound: no such contract. PaymentInProgress: its open cycle is being paid. ContractState: it has ended.
    """
    if in_phase("act_for_buyer.cancel", business_id, lambda: _cancel_paused(contract_id)):
        return
    with db.reading(business_id):
        is_open = signing.open_cycle(contract_id) is not None
        last = signing.last_cycle(contract_id)
    if is_open or last is None or last.ends_at <= clock.now():
        cancel_now(business_id, contract_id, actor=BUYER)
    else:
        cancel_at_period_end(business_id, contract_id, actor=BUYER)


def pay_open_cycle(business_id: uuid.UUID, contract_id: uuid.UUID, *, request_id: uuid.UUID) -> None:
    """Pay the cycle that could not be charged, now and in the way that was agreed; the contract runs on. The same
    `request_id` again pays once.

    Raises:
        NotFound: no such contract. ContractState: nothing is open, or its mandate is not in force. InsufficientFunds,
            PaymentInProgress, OrderState and what else paying an order refuses: nothing was begun.
    """
    with db.reading(business_id):
        signing.look(contract_id)
        cycle = signing.open_cycle(contract_id)
    if cycle is None or cycle.order_id is None:
        raise ContractState("nothing_to_pay", "Nothing is open on this contract.")
    attempt_id = derive(request_id, "pay now")
    pay_by_contract(business_id, contract_id, cycle.order_id, request_id=request_id, attempt_id=attempt_id)


def _cancel_paused(contract_id: uuid.UUID) -> bool:
    """Within what is paid a paused contract runs on and ends with its period, in one phase; whether it was one."""
    contract, last = signing.lock(contract_id), signing.last_cycle(contract_id)
    is_paused = contract.status == ContractStatus.PAUSED and signing.open_cycle(contract_id) is None
    if not is_paused or last is None or last.ends_at <= clock.now():
        return False
    resume_here(contract, signing.plan(contract.plan_id), clock.now(), actor=BUYER)
    set_cancelled(signing.lock(contract_id), by=BUYER)
    return True
