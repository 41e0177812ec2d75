"""A contract whose payment was disputed and lost ends: the buyer does not want to pay for it."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from app.core import db
from app.domain.orders.models import Order
from app.domain.signing.models import Contract
from app.domain.signing.states import ContractStatus
from app.workflow.subscriptions.change_contract import cancel_now


def end_disputed(business_id: uuid.UUID, order_id: uuid.UUID) -> None:
    """End the contract of this order, if it has one that has not ended. Nothing is refunded: the buyer has the money.
    Safe to call again."""
    orders, contracts = db.table(Order), db.table(Contract)
    with db.reading(business_id):
        contract_id = db.scalar(
            select(contracts.c.id)
            .join(orders, (orders.c.business_id == contracts.c.business_id) & (orders.c.contract_id == contracts.c.id))
            .where(
                orders.c.business_id == business_id,
                orders.c.id == order_id,
                contracts.c.status != ContractStatus.ENDED,
            )
        )
    if contract_id is not None:
        cancel_now(business_id, contract_id, actor="system", refund="none")
