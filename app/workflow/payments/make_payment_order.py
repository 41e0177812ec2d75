"""Withdrawals and payouts that wait at a bank account become a payment order: one file for the bank."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.core import clock, db, outbox
from app.core.errors import Conflict, Invalid, NotFound
from app.core.ids import new_id
from app.domain.payments import service as payments
from app.domain.payments.channels import registry
from app.domain.payments.channels.types import Settings
from app.domain.payments.iban import is_iban
from app.domain.payments.payment_orders import service
from app.domain.payments.payment_orders.order_file import MAX_NAME, latin
from app.domain.payments.payment_orders.service import MAX_LINES, WaitingMovement
from app.workflow.steps.accounts.principals_of import accountable_principals
from app.workflow.steps.payments import channel_access

MAX_DAYS_AHEAD = 90


@dataclass(frozen=True, kw_only=True)
class PaymentOrderCommand:
    """What to order: the movements of `currency` that wait at the bank account, or those named alone; when the bank is
    to execute them; and the file's format, `pain.001` or `csv`."""

    account_id: uuid.UUID
    currency: str
    file_format: str
    execute_on: date
    transaction_ids: Collection[uuid.UUID] = ()


def make(
    business_id: uuid.UUID, command: PaymentOrderCommand, *, actor: str, order_id: uuid.UUID | None = None
) -> uuid.UUID:
    """Make a payment order, which waits for a second person; its id. The same `order_id` again changes nothing. The
    oldest MAX_LINES movements go into it; emits `payment_order.created`.

    Raises:
        NotFound: no such bank account. Invalid: the day or the format cannot be, or nothing waits. Conflict: a named
            movement does not wait for an order. Denied: a key of which nobody knows whose it is.
    """
    order_id = order_id or new_id()
    _check_day(command.execute_on)
    with db.phase("make_payment_order.make", business_id):
        if service.order(order_id) is not None:
            return order_id
        accountable_principals(actor)
        settings = _bank_account(command.account_id)
        service.lock_account(command.account_id)
        movements = _chosen(service.waiting(business_id, [command.account_id], MAX_LINES), command)
        if command.file_format == "pain.001":
            _check_sepa(settings, movements)
        service.add_order(
            order_id,
            command.account_id,
            movements,
            file_format=command.file_format,
            execute_on=command.execute_on,
            actor=actor,
        )
        outbox.emit("payment_order.created", aggregate_id=order_id, payload={"payment_order_id": str(order_id)})
    return order_id


def _check_day(day: date) -> None:
    today = clock.now().date()
    if not today - timedelta(days=1) <= day <= today + timedelta(days=MAX_DAYS_AHEAD):
        text = f"Choose a day within the next {MAX_DAYS_AHEAD} days."
        raise Invalid("invalid_date", text, details={"param": "execute_on"})


def _bank_account(account_id: uuid.UUID) -> Settings:
    account = payments.account(account_id)
    if account is None or not registry.channel(account.channel).capabilities.is_manual:
        raise NotFound("not_found", "There is no such bank account.")
    return channel_access.opened(account).settings


def _chosen(found: Sequence[WaitingMovement], command: PaymentOrderCommand) -> list[WaitingMovement]:
    of_currency = [each for each in found if each.currency == command.currency]
    wanted = set(command.transaction_ids)
    chosen = [each for each in of_currency if not wanted or each.transaction_id in wanted]
    if wanted - {each.transaction_id for each in chosen}:
        raise Conflict("movement_not_waiting", "One of these movements does not wait for a payment order.")
    if not chosen:
        raise Invalid("nothing_waiting", f"No withdrawal or payout in {command.currency} waits for a payment order.")
    return chosen


def _check_sepa(settings: Settings, movements: Sequence[WaitingMovement]) -> None:
    if movements[0].currency != "EUR":
        raise Invalid("format_unsupported", "pain.001 files are in euros. Choose CSV.", details={"param": "format"})
    if not is_iban(settings.get("account_number", "")) or not latin(settings.get("account_holder", ""), MAX_NAME):
        text = "The bank account needs an account holder and a valid IBAN for pain.001."
        raise Invalid("format_unsupported", text, details={"param": "format"})
    wrong = next((each for each in movements if not is_iban(each.payee["account"])), None)
    if wrong is not None:
        raise Invalid("format_unsupported", "A payee has no IBAN. Choose CSV.", details={"param": "format"})
