"""Buyers hear of a charge some days before it: each cycle of each contract is looked at once.

`reminded_cycle` is written with the mail in one phase, under the contract's lock, so that no kill and no second worker
reminds twice. A period that is not longer than the notice is passed over: its buyer would be reminded of each at once.
"""

from __future__ import annotations

import uuid
from datetime import timedelta

from sqlalchemy import func, select

from app.core import clock, db
from app.core.ids import derive
from app.domain.accounts.business.models import Business
from app.domain.signing import service as signing
from app.domain.signing.models import Contract
from app.domain.signing.states import RUNNING
from app.workflow.notifications.queue_contract_mail import queue_reminder_here
from app.workflow.steps.operations import due

BATCH = 200
MOST = timedelta(days=60)  # the longest notice that a business can choose
contracts = db.table(Contract)
# When a contract's buyer is reminded; NULL where the business reminds nobody.
REMINDS_AT = Contract.next_due_at - func.make_interval(
    0, 0, 0, select(Business.charge_reminder_days).where(Business.id == Contract.business_id).scalar_subquery()
)
WAITS = (Contract.next_due_at.is_not(None), Contract.reminded_cycle < Contract.next_cycle)


def remind_due() -> int:
    """Remind of every charge whose notice is due; of how many. Safe to run with any number of others at once."""
    return due.process(_due, remind)


def remind(business_id: uuid.UUID, contract_id: uuid.UUID) -> bool:
    """Remind the buyer of the contract's next charge if that is due now; whether it was looked at."""
    with db.phase("remind_charges.remind", business_id):
        contract = signing.lock_if_free(contract_id)
        days = db.scalar(select(Business.charge_reminder_days).where(Business.id == business_id))
        if contract is None or days is None or contract.next_due_at is None:
            return False
        now, notice = clock.now(), timedelta(days=int(days))
        if contract.reminded_cycle >= contract.next_cycle or contract.next_due_at - notice > now:
            return False
        last = signing.last_cycle(contract_id)
        is_long = last is not None and last.ends_at - last.starts_at > notice
        if contract.next_due_at > now and contract.status in RUNNING and is_long:
            queue_reminder_here(contract, derive(contract_id, f"reminder {contract.next_cycle}"))
        db.write(db.change(Contract, contract_id, reminded_cycle=contract.next_cycle), expect=1)
    return True


def _due() -> list[due.DueItem]:
    with db.system_reading():
        rows = db.rows(
            select(contracts.c.business_id, contracts.c.id)
            .join(Business, Business.id == contracts.c.business_id)
            .where(
                contracts.c.next_due_at <= clock.now() + MOST,  # by the index, before each business's own notice
                contracts.c.reminded_cycle < contracts.c.next_cycle,
                contracts.c.next_due_at - func.make_interval(0, 0, 0, Business.charge_reminder_days) <= clock.now(),
            )
            .order_by(contracts.c.next_due_at)
            .limit(BATCH)
        )
        return [(row.business_id, row.id) for row in rows]
