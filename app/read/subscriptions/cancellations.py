"""What cancelling a contract would mean now, before anybody does."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.core import clock, db
from app.core.errors import NotFound
from app.core.money import Money
from app.domain.orders.models import Order
from app.domain.payments import service as payments
from app.domain.signing import rules
from app.domain.signing import service as signing
from app.domain.signing.models import Contract
from app.domain.signing.states import ContractStatus

contracts = db.table(Contract)


@dataclass(frozen=True)
class Cancellation:
    """When the contract and its membership would end, and what would be given back by which rule of which order (None:
    of none)."""

    ends_at: datetime
    membership_ends_at: datetime | None
    mode: str
    refund: Money
    order_id: uuid.UUID | None


def cancellation(business_id: uuid.UUID, contract_id: uuid.UUID, *, at_once: bool, refund: str | None) -> Cancellation:
    """What cancelling means at this moment, at once or at the period's end. `refund` as for `cancel_now`.

    Raises:
        NotFound: no such contract. ContractState: its state does not allow it.
    """
    moment = clock.now()
    with db.reading(business_id):
        row = db.first(select(contracts).where(contracts.c.business_id == business_id, contracts.c.id == contract_id))
        if row is None:
            raise NotFound("not_found", "There is no such contract.")
        is_kept = not at_once and not row.cancel_at_period_end
        if at_once or is_kept:
            what = "cancel_now" if at_once else "cancel_at_period_end"
            rules.check_can(row, what, open_cycle=signing.open_cycle(contract_id))
        running = signing.last_paid_cycle(contract_id)
        is_running = running is not None and running.ends_at > moment
        nothing = Money(0, row.currency)
        if not at_once:
            ends_at = running.ends_at if running is not None and row.status != ContractStatus.PENDING else moment
            return Cancellation(max(ends_at, moment), ends_at if is_running else None, "none", nothing, None)
        mode = refund or signing.plan(row.plan_id).cancel_refund
        if running is None or running.order_id is None:
            return Cancellation(moment, None, mode, nothing, None)
        order = db.get(Order, running.order_id)
        left = Money(order.paid_minor - order.refunded_minor - payments.in_flight_minor(order.id), order.currency)
        money = rules.cancel_refund(mode, running, left=left, moment=moment)
        return Cancellation(moment, moment if is_running else None, mode, money, order.id if money.minor else None)
