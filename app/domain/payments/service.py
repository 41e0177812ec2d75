"""Writing transactions, attempts, exchanges and notices. Nothing here talks to a company."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import bindparam, func, select, update

from app.core import clock, db, states
from app.core.ids import new_id
from app.core.money import Money
from app.domain.payments import day_totals
from app.domain.payments.attempt_rows import FullAttempt, PaidAttempt
from app.domain.payments.channels.types import Exchange
from app.domain.payments.models import (
    PAYING_KINDS,
    BankTransfer,
    ChannelAccount,
    ChannelExchange,
    PaymentAttempt,
    PaymentTransaction,
    RefundLine,
    TransactionDetail,
)
from app.domain.payments.states import (
    ATTEMPT,
    COUNTED,
    TRANSACTION,
    UNDECIDED,
    AttemptStatus,
    BankTransferStatus,
    TransactionStatus,
)
from app.domain.payments.types import DetailPart, LinePart, Payee

# Companies announce new keys long before they use them.
KEYS_EVERY = timedelta(hours=8)
transactions = db.table(PaymentTransaction)
refunds = db.table(PaymentTransaction).alias("refunds")
attempts = db.table(PaymentAttempt)
accounts = db.table(ChannelAccount)
transfers = db.table(BankTransfer)


def add_transaction(
    kind: str,
    *,
    amount: Money,
    actor: str,
    order_id: uuid.UUID | None = None,
    parts: Sequence[DetailPart] = (),
    reason: str = "",
    buyer_reference: str | None = None,
    counter_reference: str | None = None,
    payee: Payee | None = None,
    partner_id: uuid.UUID | None = None,
    charge_attempt_id: uuid.UUID | None = None,
    split_of: uuid.UUID | None = None,
    transaction_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """A movement of money that is wanted; for an order, `parts` sum to `amount`. A refund from two sources is two
    movements; the second is `split_of` the first."""
    assert order_id is None or sum(part.amount_minor for part in parts) == amount.minor
    transaction_id = transaction_id or new_id()
    db.add(
        PaymentTransaction,
        id=transaction_id,
        kind=kind,
        order_id=order_id,
        charge_attempt_id=charge_attempt_id,
        split_of=split_of,
        buyer_reference=buyer_reference,
        counter_reference=counter_reference,
        partner_id=partner_id,
        payee=vars(payee) if payee is not None else None,
        amount_minor=amount.minor,
        currency=amount.currency,
        reason=reason,
        actor=actor,
    )
    states.born(TRANSACTION, transaction_id, reason=reason or kind, actor=actor)
    for part in parts:
        db.add(
            TransactionDetail,
            transaction_id=transaction_id,
            sub_order_id=part.sub_order_id,
            seller_id=part.seller_id,
            amount_minor=part.amount_minor,
            currency=amount.currency,
        )
    return transaction_id


def add_refund_lines(transaction_id: uuid.UUID, parts: Sequence[LinePart], *, currency: str) -> None:
    """Which lines of the order the refund gives back."""
    for part in parts:
        db.add(
            RefundLine,
            transaction_id=transaction_id,
            line_id=part.line_id,
            quantity=part.quantity,
            amount_minor=part.amount_minor,
            currency=currency,
        )


def refunded_of_lines(line_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, tuple[int, int]]:
    """What went back of each line or is on its way: units and minor units; lines without any are left out."""
    lines = db.table(RefundLine)
    sums = (
        select(
            lines.c.line_id,
            func.coalesce(func.sum(lines.c.quantity), 0).label("quantity"),
            func.sum(lines.c.amount_minor).label("minor"),
        )
        .join(
            transactions,
            (transactions.c.business_id == lines.c.business_id) & (transactions.c.id == lines.c.transaction_id),
        )
        .where(lines.c.business_id == db.here(), lines.c.line_id.in_(line_ids), transactions.c.status.in_(COUNTED))
        .group_by(lines.c.line_id)
    )
    return {row.line_id: (int(row.quantity), int(row.minor)) for row in db.rows(sums)}


def cancel_open_charge(charge: PaymentTransaction, *, order_id: uuid.UUID, reason: str, actor: str) -> None:
    """A charge that still waited to be paid is not wanted any more."""
    states.advance(
        TRANSACTION,
        charge,
        TransactionStatus.CANCELLED,
        reason=reason,
        actor=actor,
        aggregate_id=order_id,
        payload={"order_id": str(order_id)},
        decided_at=clock.now(),
    )


def add_attempt(
    attempt_id: uuid.UUID,
    kind: str,
    *,
    transaction_id: uuid.UUID,
    account: ChannelAccount,
    scene: str,
    amount: Money,
    journal_id: uuid.UUID,
    next_poll_at: datetime,
    applied: bool = True,
    request_id: uuid.UUID | None = None,
    means_hash: int | None = None,
    address_hash: int | None = None,
    limit_day: date | None = None,
) -> None:
    """A try at one channel account, of its transaction's kind, committed before the company hears of it. `limit_day`
    is the account's (see LimitedAccount), of what brings it money.

    Raises:
        ValueError: the id does not tell when it was made, by which some companies are asked for it.
    """
    if attempt_id.version != 7:
        raise ValueError(f"{attempt_id} is no id that a company can be told")
    db.add(
        PaymentAttempt,
        id=attempt_id,
        kind=kind,
        transaction_id=transaction_id,
        channel_account_id=account.id,
        channel=account.channel,
        scene=scene,
        amount_minor=amount.minor,
        currency=amount.currency,
        journal_id=journal_id,
        next_poll_at=next_poll_at,
        applied=applied,
        request_id=request_id,
        means_hash=means_hash,
        address_hash=address_hash,
        limit_day=limit_day,
    )
    if limit_day is not None:
        day_totals.count(account.id, attempt_id, amount, limit_day)
    states.born(ATTEMPT, attempt_id, reason="reserved", actor="system")


def log_exchanges(attempt_id: uuid.UUID, exchanges: Sequence[Exchange]) -> None:
    """Keep what was said over the wire of an attempt."""
    for exchange in exchanges:
        db.add(ChannelExchange, attempt_id=attempt_id, **vars(exchange))


def log_account_exchanges(
    account_id: uuid.UUID, exchanges: Sequence[Exchange], *, subject_id: uuid.UUID | None = None
) -> None:
    """Keep what was said over the wire about what an account has besides attempts: a contract, or a bill."""
    for exchange in exchanges:
        db.add(ChannelExchange, channel_account_id=account_id, subject_id=subject_id, **vars(exchange))


def bank_transfer(transfer_id: uuid.UUID) -> BankTransfer | None:
    """What a person said of the bank account."""
    return db.first(select(transfers).where(transfers.c.business_id == db.here(), transfers.c.id == transfer_id))


def open_bank_transfer(attempt_id: uuid.UUID) -> BankTransfer | None:
    """What was said of the attempt and nobody has confirmed yet."""
    return db.first(
        select(transfers).where(
            transfers.c.business_id == db.here(),
            transfers.c.attempt_id == attempt_id,
            transfers.c.status == BankTransferStatus.RECORDED,
        )
    )


_ATTEMPTS = db.select_as(
    FullAttempt,
    select(
        attempts,
        transactions.c.order_id.label("order_id"),
        transactions.c.charge_attempt_id.label("charge_attempt_id"),
        transactions.c.status.label("transaction_status"),
        transactions.c.version.label("transaction_version"),
        transactions.c.reason.label("transaction_reason"),
        transactions.c.buyer_reference,
        transactions.c.partner_id,
        transactions.c.counter_reference,
        transactions.c.payee,
    )
    .join(
        transactions,
        (transactions.c.business_id == attempts.c.business_id) & (transactions.c.id == attempts.c.transaction_id),
    )
    .where(attempts.c.business_id == db.HERE),
)
_ATTEMPT = db.prepared(_ATTEMPTS.where(attempts.c.id == bindparam("attempt")))
_OF_REQUEST = db.prepared(
    _ATTEMPTS.where(transactions.c.order_id == bindparam("order"), attempts.c.request_id == bindparam("request"))
    .order_by(attempts.c.id.desc())
    .limit(1)
)


def attempt(attempt_id: uuid.UUID) -> FullAttempt | None:
    """The attempt with its transaction's order, charge attempt and standing as `transaction_*`."""
    return db.first(_ATTEMPT, attempt=attempt_id)


def read_attempt_ahead(attempt_id: uuid.UUID) -> None:
    """Read what `attempt` gives behind the next read, in its round trip."""
    db.ahead(_ATTEMPT, attempt=attempt_id)


def attempt_of_request(order_id: uuid.UUID, request_id: uuid.UUID) -> FullAttempt | None:
    """The attempt that this request made to pay the order, the last one when others had to take over."""
    return db.first(_OF_REQUEST, order=order_id, request=request_id)


def attempt_of(transaction_id: uuid.UUID) -> FullAttempt | None:
    """The one attempt of a refund or a movement, as `attempt` gives it."""
    found = db.scalar(
        select(attempts.c.id).where(attempts.c.business_id == db.here(), attempts.c.transaction_id == transaction_id)
    )
    return attempt(found) if found is not None else None


def attempt_by_number(account_id: uuid.UUID, channel_ref: str) -> uuid.UUID | None:
    """The attempt at this account to which the company's number belongs."""
    conditions = (attempts.c.business_id == db.here(), attempts.c.channel_account_id == account_id)
    found: uuid.UUID | None = db.scalar(select(attempts.c.id).where(*conditions, attempts.c.channel_ref == channel_ref))
    return found


def attempts_split_of(transaction_id: uuid.UUID, *, order_id: uuid.UUID) -> list[FullAttempt]:
    """The attempts of the other refunds that were asked for as one with this one, each as `attempt` gives it."""
    others = db.rows(
        select(transactions.c.id).where(
            transactions.c.business_id == db.here(),
            transactions.c.order_id == order_id,
            transactions.c.split_of == transaction_id,
        )
    )
    return [found for other in others if (found := attempt_of(other.id)) is not None]


def lock_transaction_of(attempt_id: uuid.UUID) -> None:
    """Lock the attempt's transaction for the rest of the phase; nothing there is fine."""
    query = select(attempts.c.transaction_id).where(attempts.c.business_id == db.here(), attempts.c.id == attempt_id)
    db.first(
        select(transactions.c.id)
        .where(transactions.c.business_id == db.here(), transactions.c.id == query.scalar_subquery())
        .with_for_update()
    )


def open_charge(order_id: uuid.UUID) -> PaymentTransaction | None:
    """The order's charge, or deduction, that still waits to be paid."""
    return db.first(
        select(transactions).where(
            transactions.c.business_id == db.here(),
            transactions.c.order_id == order_id,
            transactions.c.kind.in_(PAYING_KINDS),
            transactions.c.status == TransactionStatus.OPEN,
        )
    )


def undecided_of(order_id: uuid.UUID, *, kinds: Sequence[str] = PAYING_KINDS) -> Sequence[PaymentAttempt]:
    """The order's attempts of these kinds that nobody knows the end of yet, oldest first."""
    return db.rows(
        select(attempts)
        .join(
            transactions,
            (transactions.c.business_id == attempts.c.business_id) & (transactions.c.id == attempts.c.transaction_id),
        )
        .where(
            attempts.c.business_id == db.here(),
            transactions.c.order_id == order_id,
            transactions.c.kind.in_(kinds),
            attempts.c.status.in_(UNDECIDED),
        )
        .order_by(attempts.c.id)
    )


def paid_attempts(order_id: uuid.UUID) -> Sequence[PaidAttempt]:
    """The attempts whose money is the order's, with `returned_minor`, what of each went back or is on its way: first
    what came from outside, last a wallet's share."""
    back = (
        select(func.coalesce(func.sum(refunds.c.amount_minor), 0))
        .where(
            refunds.c.business_id == attempts.c.business_id,
            refunds.c.order_id == order_id,
            refunds.c.charge_attempt_id == attempts.c.id,
            refunds.c.status.in_(COUNTED),
        )
        .scalar_subquery()
    )
    paid = (
        select(attempts, back.label("returned_minor"))
        .join(
            transactions,
            (transactions.c.business_id == attempts.c.business_id) & (transactions.c.id == attempts.c.transaction_id),
        )
        .where(
            attempts.c.business_id == db.here(),
            transactions.c.order_id == order_id,
            transactions.c.kind.in_(PAYING_KINDS),
            attempts.c.status == AttemptStatus.SUCCEEDED,
            attempts.c.applied,
        )
        .order_by(attempts.c.channel == "wallet", attempts.c.id)
    )
    return db.rows(db.select_as(PaidAttempt, paid))


def in_flight_minor(order_id: uuid.UUID) -> int:
    """How much of the order's own money is on its way back, not decided yet; minor units."""
    back = (
        select(func.coalesce(func.sum(transactions.c.amount_minor), 0))
        .join(
            attempts,
            (attempts.c.business_id == transactions.c.business_id)
            & (attempts.c.transaction_id == transactions.c.id)
            & attempts.c.applied,
        )
        .where(
            transactions.c.business_id == db.here(),
            transactions.c.order_id == order_id,
            transactions.c.kind == "refund",
            transactions.c.status == TransactionStatus.OPEN,
        )
    )
    return int(db.scalar(back))


def store_keys(account_id: uuid.UUID, keys: dict[str, str]) -> None:
    """Keep what an account's company was asked for, in the open phase, and ask again in KEYS_EVERY at the latest."""
    until = clock.actual() + KEYS_EVERY
    soon = func.least(func.coalesce(accounts.c.keys_due_at, until), until)
    conditions = accounts.c.business_id == db.here(), accounts.c.id == account_id
    db.run(update(ChannelAccount).where(*conditions).values(platform_keys=keys, keys_due_at=soon))


def account(account_id: uuid.UUID) -> ChannelAccount | None:
    """A channel account as stored (secrets encrypted)."""
    return db.first(select(accounts).where(accounts.c.business_id == db.here(), accounts.c.id == account_id))
