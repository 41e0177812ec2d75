"""Paying an order in the way that its contract’s buyer agreed to: from the wallet, or by the mandate."""

from __future__ import annotations

import uuid

from app.core import db
from app.domain.orders.models import Order
from app.domain.signing import mandates
from app.domain.signing import service as signing
from app.domain.signing.errors import ContractState
from app.domain.signing.states import MandateStatus
from app.workflow.payments import deduct_order, pay_order
from app.workflow.subscriptions.sign_contract import scene_of


def pay_by_contract(
    business_id: uuid.UUID,
    contract_id: uuid.UUID,
    order_id: uuid.UUID,
    *,
    request_id: uuid.UUID,
    attempt_id: uuid.UUID,
) -> None:
    """Pay the order. The same ids again pay once: `request_id` for the wallet, `attempt_id` for a deduction.

    Raises:
        ContractState: the mandate is not in force. InsufficientFunds, PaymentInProgress, OrderState, NoChannel and what
            else paying an order refuses: nothing was begun.
    """
    with db.reading(business_id):
        contract = signing.look(contract_id)
        mandate = mandates.of_contract(contract_id)
        is_free = not db.get(Order, order_id).total_minor
    account_id = contract.channel_account_id
    if account_id is None or is_free:
        scene = scene_of(contract.channel)
        pay_order.pay_order(business_id, order_id, channel=contract.channel, scene=scene, request_id=request_id)
        return
    if mandate is None or mandate.status != MandateStatus.ACTIVE or mandate.contract_no is None:
        raise ContractState("contract_ended", "The mandate at the payment company is not in force.")
    deduct_order.deduct_order(
        business_id, order_id, account_id=account_id, contract_no=mandate.contract_no, attempt_id=attempt_id
    )
