"""Paying a closed batch: a second person approves it, and the money leaves in the three steps of paying. What the
company refuses or the payee's bank returns can be paid again."""

from __future__ import annotations

import uuid

from app.core import clock, db, states
from app.core.errors import Conflict
from app.core.ids import derive, new_id
from app.core.money import Money
from app.core.security import crypto
from app.domain.accounts.business.models import Approval
from app.domain.payments import requests
from app.domain.payments import service as payments
from app.domain.payments.types import Payee
from app.domain.settlement.batches import service as batches
from app.domain.settlement.batches.models import SettlementBatch
from app.domain.settlement.batches.states import PAYABLE_BATCHES, SETTLEMENT_BATCH, BatchStatus
from app.domain.settlement.partners.models import Partner
from app.domain.settlement.partners.service import payee_context
from app.domain.settlement.partners.states import PartnerStatus
from app.lib.some import some
from app.workflow.payments.send_payout import PayoutCall, request_of, send
from app.workflow.steps.accounts import request_approval
from app.workflow.steps.payments.choose_route import choose_payer, keep
from app.workflow.steps.payments.reserve_movement import reserve


def request(business_id: uuid.UUID, batch_id: uuid.UUID, *, actor: str) -> uuid.UUID:
    """Ask a second person to pay the batch; the approval's id. Asked again while it waits, it is the same one.

    Raises:
        NotFound: no such batch. Conflict: it is approved already, or its partner cannot be paid. Denied: by a key that
            nobody stands for.
    """
    with db.phase("pay_batch.request", business_id):
        batch = db.lock(SettlementBatch, batch_id)
        if batch.status != BatchStatus.CLOSED:
            raise Conflict("batch_state", f"This batch is {batch.status}.")
        if request_approval.waits(batch.approval_id):
            return some(batch.approval_id)
        partner = db.get(Partner, batch.partner_id)
        _check_payable(partner)
        _check_free(batch)
        approval_id = request_approval.request(
            "settlement_batch",
            new_id(),
            actor=actor,
            reason=f"{partner.name}, settlement {batch.number}",
            payload={"batch_id": str(batch_id), "title": partner.name, "number": batch.number},
            money=Money(batch.total_minor, batch.currency),
        )
        db.flush()
        db.write(db.change(SettlementBatch, batch_id, approval_id=approval_id), expect=1)
    return approval_id


def pay_approved(business_id: uuid.UUID, approval: Approval) -> None:
    """Pay the batch that was approved. Safe to call again: it is paid once.

    Raises:
        Conflict: its partner cannot be paid any more. NoChannel: none pays out to this account.
    """
    batch_id, who = uuid.UUID(approval.payload["batch_id"]), some(approval.decided_by)
    with db.phase("pay_batch.approve", business_id):
        batch = db.lock(SettlementBatch, batch_id)
        if batch.status == BatchStatus.CLOSED and batch.approval_id == approval.id:
            states.advance(SETTLEMENT_BATCH, batch, BatchStatus.APPROVED, reason="approved", actor=who)
    pay(business_id, batch_id, actor=who)


def pay(business_id: uuid.UUID, batch_id: uuid.UUID, *, actor: str) -> None:
    """Send the batch's money, or send it again after it failed or came back; while one payout is undecided, no other
    begins. Raises as `pay_approved` does."""
    with db.phase("pay_batch.reserve", business_id):
        batch = db.lock(SettlementBatch, batch_id)
        if batch.status == BatchStatus.PAID:
            return
        attempt_id, call = _started(batch) if batch.status == BatchStatus.PAYING else _start(batch, actor)
    if call is not None:
        send(business_id, attempt_id, *call)


def _started(batch: SettlementBatch) -> tuple[uuid.UUID, PayoutCall | None]:
    known = some(payments.attempt_of(some(batch.transaction_id)))
    return known.id, request_of(known)


def _start(batch: SettlementBatch, actor: str) -> tuple[uuid.UUID, PayoutCall]:
    if batch.status not in PAYABLE_BATCHES:
        raise Conflict("batch_state", "This batch is not approved yet.")
    partner = db.lock(Partner, batch.partner_id)
    _check_payable(partner)
    _check_free(batch)
    money, tries = Money(batch.total_minor, batch.currency), batch.tries + 1
    transaction_id = derive(batch.id, f"payout {tries}")
    account = crypto.decrypt(some(partner.payee_account), context=payee_context(partner.id))
    payee = Payee(account=account, name=some(partner.payee_name))
    choice = choose_payer("payout", money, payee_account=account, seed=transaction_id, requested_channel=None)
    reserved = reserve(
        "payout",
        money,
        choice.account,
        transaction_id,
        payee=payee,
        partner=partner,
        actor=actor,
        reason=f"Settlement {batch.number}",
    )
    keep(choice, reserved.id)
    call = some(request_of(reserved))
    requests.validate(*call)  # undoes the phase
    states.advance(
        SETTLEMENT_BATCH,
        batch,
        BatchStatus.PAYING,
        reason=f"payout {tries}",
        actor=actor,
        transaction_id=transaction_id,
        tries=tries,
    )
    return reserved.id, call


def _check_free(batch: SettlementBatch) -> None:
    if batches.is_held(batch):
        raise Conflict("on_hold", "The partner, or something in this batch, is on hold. Release it first.")


def _check_payable(partner: Partner) -> None:
    if partner.status == PartnerStatus.SUSPENDED:
        raise Conflict("partner_suspended", "The partner is suspended. Resume it first.")
    if partner.payee_account is None or partner.payee_usable_at is None:
        raise Conflict("no_payee", "Enter the partner’s account first.")
    if partner.payee_usable_at > clock.now():
        raise Conflict("payee_changed", "The partner’s account was changed. Money can go there a day after that.")
