"""Beginning a payment: the attempt and its held money are written, before any company hears of it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from app.core import clock, settings, states
from app.core.errors import NotFound
from app.core.ids import new_id, show
from app.core.money import Money
from app.domain.catalog import service as stock
from app.domain.ledger import service as ledger
from app.domain.orders.errors import OrderState
from app.domain.orders.models import Order
from app.domain.orders.states import ORDER, PAYABLE, OrderStatus
from app.domain.orders.types import Placed
from app.domain.payments import queries
from app.domain.payments import service as payments
from app.domain.payments.attempt_rows import FullAttempt
from app.domain.payments.channels.types import PayRequest
from app.domain.payments.errors import PaymentInProgress
from app.domain.payments.models import PaymentTransaction
from app.domain.payments.states import AttemptStatus
from app.domain.payments.types import NOTHING_FROM_WALLET, WalletPortion
from app.domain.risk.errors import BLOCKED, RiskBlocked
from app.workflow.steps.ledger import postings
from app.workflow.steps.orders import remote_reservations
from app.workflow.steps.orders.mark_paid import mark_free
from app.workflow.steps.payments import channel_access, choose_route, hash_payer, wallet_portion
from app.workflow.steps.payments.channel_access import OpenAccount
from app.workflow.steps.payments.limit_declines import check_declines
from app.workflow.steps.payments.select_account import SelectedAccount, request_of, select_account
from app.workflow.steps.payments.stop_payment import Stopped, ask_rules, stop_payment


@dataclass(frozen=True)
class Reserved:
    """An attempt that is committed and may now be told to the company. `is_first`: nobody can have told it before;
    `requested_channel` is the buyer's choice, `request_id` what asked for it."""

    attempt_id: uuid.UUID
    account: OpenAccount
    request: PayRequest
    is_first: bool = False
    requested_channel: str | None = None
    request_id: uuid.UUID | None = None


Begun = Reserved | Stopped


def reserve(
    order: Order | Placed,
    *,
    channel: str | None,
    scene: str,
    return_url: str | None,
    attempt_id: uuid.UUID | None = None,
    request_id: uuid.UUID | None = None,
    buyer_ip: str | None = None,
    from_wallet: WalletPortion = NOTHING_FROM_WALLET,
    outside: bool = False,
) -> Begun | None:
    """In the caller's phase, with the order locked or just placed: write the attempt and hold its money in the ledger.
    None when the attempt of this request (or of this id) exists and is past being told to the company, or when there is
    nothing to pay: the order is paid at once then. `buyer_ip` is for companies that want it, and for rules; `outside`
    keeps off the buyer's wallet when no channel is named. `Stopped` when rules refuse it: `pay_order.call` raises."""
    if not order.total_minor:
        check_payable(order, None)
        mark_free(order)
        return None
    known = None if isinstance(order, Placed) else _known(order, attempt_id, request_id)
    attempt_id = known.id if known is not None else attempt_id or new_id()
    if known is None:
        charge = None if isinstance(order, Placed) else payments.open_charge(order.id)
        check_payable(order, charge)
        moment = clock.now()
        queries.read_facts_ahead(order.currency, moment)
        check_declines(order, buyer_ip=buyer_ip)
        money, portion = _portions(order, from_wallet)
        if portion.minor and not money.minor:  # the wallet pays it all: one payment, and nobody outside is asked
            money, portion, channel, scene = portion, money, "wallet", "wallet"
        chosen = select_account(
            order,
            money,
            attempt_id=attempt_id,
            requested_channel=channel,
            scene=scene,
            return_url=return_url,
            buyer_ip=buyer_ip,
            exclude_wallet=outside or bool(portion.minor),
            moment=moment,
        )
        decided = ask_rules(order, chosen, attempt_id=attempt_id, buyer_ip=buyer_ip)
        if (stopped := stop_payment(order, decided)) is not None:
            return stopped
        account, request, until = chosen.account, chosen.request, chosen.request.expires_at
        transaction_id = _charge(order, charge, money)
        if portion.minor:
            wallet_portion.hold(order, portion, attempt_id=attempt_id, until=until)
        write_attempt(order, transaction_id, chosen, money, scene=scene, attempt_id=attempt_id, request_id=request_id)
        decided.keep()
        wait_for_payment(order, until, actor=f"buyer:{order.buyer_reference}")
    elif not _is_ready(known, order):
        return None
    else:
        account, request = _again(order, known, scene=scene, return_url=return_url, buyer_ip=buyer_ip)
    return Reserved(
        attempt_id, account, request, is_first=known is None, requested_channel=channel, request_id=request_id
    )


def _again(
    order: Order | Placed, known: FullAttempt, *, scene: str, return_url: str | None, buyer_ip: str | None
) -> tuple[OpenAccount, PayRequest]:
    """An attempt's account, and what its company is asked for, as when it was begun."""
    account, money = channel_access.of_attempt(known), Money(known.amount_minor, known.currency)
    return account, request_of(
        order, account, known.id, money=money, scene=scene, return_url=return_url, buyer_ip=buyer_ip
    )


def _portions(order: Order | Placed, from_wallet: WalletPortion) -> tuple[Money, Money]:
    """What a channel pays, and what comes from the wallet."""
    portion = wallet_portion.amount_of(order, from_wallet)
    return Money(order.total_minor, order.currency) - portion, portion


def _known(order: Order, attempt_id: uuid.UUID | None, request_id: uuid.UUID | None) -> FullAttempt | None:
    if request_id is not None:
        return payments.attempt_of_request(order.id, request_id)
    return payments.attempt(attempt_id) if attempt_id is not None else None


def _is_ready(known: FullAttempt, order: Order | Placed) -> bool:
    """Whether the company may still be told of this attempt of the order."""
    if known.order_id != order.id:
        raise NotFound("not_found", "There is no such attempt.")
    if known.status != AttemptStatus.READY:
        return False
    if order.status != OrderStatus.PAYING:
        # Paid or closed since: told now, the company might take the money a second time.
        raise OrderState("order_state", f"This order is {order.status}; it cannot be paid.")
    return True


def is_paid_free(order: Order | Placed) -> bool:
    """Whether the order cost nothing, and is past that."""
    return not order.total_minor and order.status not in (OrderStatus.CREATED, OrderStatus.PAYING, OrderStatus.CLOSED)


def session_return_url(session_id: uuid.UUID) -> str:
    """Where the company sends the buyer of a session back to."""
    return f"{settings.current().public_url}/c/{show('ses', session_id)}/return"


def check_payable(order: Order | Placed, charge: PaymentTransaction | None) -> None:
    """Raises OrderState, PaymentInProgress, RiskBlocked: it does not wait to be paid, is being paid, or was refused
    by rules; `charge` is its open one."""
    if not isinstance(order, Placed) and order.close_reason == BLOCKED:
        raise RiskBlocked
    if order.status not in PAYABLE:
        raise OrderState("order_state", f"This order is {order.status}; it cannot be paid.")
    if order.expires_at <= clock.now():
        raise OrderState("order_expired", "This order has expired.")
    if order.needs_remote_reservation and not remote_reservations.are_reserved(order.id):
        raise OrderState("not_reserved", "The seller’s system has no reservation for this order.")
    if charge is not None and payments.undecided_of(order.id):
        raise PaymentInProgress("payment_in_progress", "A payment for this order is still pending.")


def _charge(order: Order | Placed, charge: PaymentTransaction | None, money: Money) -> uuid.UUID:
    """The order's charge of this amount: the open one, or a new one (in its place, when that is for another amount, or
    a deduction)."""
    actor = f"buyer:{order.buyer_reference}"
    if charge is not None and (charge.kind, charge.amount_minor) == ("charge", money.minor):
        open_charge: uuid.UUID = charge.id
        return open_charge
    if charge is not None:
        reason = "another portion" if charge.kind == "charge" else "paid by the buyer"
        payments.cancel_open_charge(charge, order_id=order.id, reason=reason, actor=actor)
    parts = wallet_portion.parts_of(order)
    if money.minor != order.total_minor:
        parts = wallet_portion.spread(money, parts)
    return payments.add_transaction("charge", order_id=order.id, amount=money, actor=actor, parts=parts)


def write_attempt(
    order: Order | Placed,
    transaction_id: uuid.UUID,
    chosen: SelectedAccount,
    money: Money,
    *,
    scene: str,
    attempt_id: uuid.UUID,
    request_id: uuid.UUID | None,
) -> None:
    """The attempt, its money pending in the ledger, and why this account was chosen."""
    account, payer = chosen.choice.account, chosen.request.details
    journal_id = ledger.pend(postings.charge(order, account, money, attempt_id))
    payments.add_attempt(
        attempt_id,
        "charge",
        transaction_id=transaction_id,
        account=account,
        scene=scene,
        amount=money,
        journal_id=journal_id,
        next_poll_at=channel_access.first_poll(account.channel, "charge"),
        request_id=request_id,
        means_hash=hash_payer.named_before(account.channel, payer),
        address_hash=hash_payer.of_address(payer.get("buyer_ip")),
        limit_day=account.limit_day,
    )
    choose_route.keep(chosen.choice, attempt_id)


def wait_for_payment(order: Order | Placed, until: datetime, *, actor: str) -> None:
    """The order waits for its payment until then, and so does what it holds."""
    state = states.RowState(order.id, order.status, order.version)
    states.advance(ORDER, state, OrderStatus.PAYING, reason="payment started", actor=actor, expires_at=until)
    if until > order.expires_at:
        stock.extend(order.id, until)
        remote_reservations.extend(order, until)
