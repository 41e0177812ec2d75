"""Movements that people make by hand: what each is called, who may, its form, and what it does."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.core import ids
from app.core.errors import Denied, NotFound
from app.core.i18n.marks import N_
from app.read.wallets import wallets
from app.read.wallets.wallets import Wallet
from app.web.portal.access import Actor
from app.web.portal.wallets.movements.forms import (
    MovementForm,
    PayoutForm,
    TopUpForm,
    TransferForm,
    WithdrawalForm,
)
from app.workflow.wallets import move_money, pay_out


@dataclass(frozen=True)
class Task:
    """One kind of movement. `act` gets who does it, the form and the movement's id."""

    kind: str
    title: str
    lead: str
    verb: str
    permission: str
    form: type[MovementForm]
    act: Callable[[Actor, Any, uuid.UUID], uuid.UUID]

    @property
    def from_wallet(self) -> bool:
        """Whether the money comes out of a wallet."""
        return self.kind in ("transfer", "withdrawal")

    def payer(self, who: Actor, form: Any) -> Wallet | None:
        """Whose money is taken, as it is now; None where it comes from outside."""
        currency = form.currency.data
        if self.from_wallet:
            return wallets.wallet(who.business_id, buyer=form.buyer.data, currency=currency)
        if self.kind != "payout":
            return None
        found = [each for each in wallets.owed(who.business_id) if each.currency == currency]
        return found[0] if found else Wallet("", currency, 0, 0)


def _top_up(who: Actor, form: TopUpForm, movement_id: uuid.UUID) -> uuid.UUID:
    move = move_money.grant if form.source.data == "gift" else move_money.top_up
    return move(
        who.business_id,
        buyer=form.buyer.data,
        money=form.money,
        actor=who.name,
        reason=form.reason.data,
        transaction_id=movement_id,
    )


def _transfer(who: Actor, form: TransferForm, movement_id: uuid.UUID) -> uuid.UUID:
    return move_money.transfer(
        who.business_id,
        payer=form.buyer.data,
        recipient=form.counter.data,
        money=form.money,
        actor=who.name,
        reason=form.reason.data,
        transaction_id=movement_id,
    )


def _withdraw(who: Actor, form: WithdrawalForm, movement_id: uuid.UUID) -> uuid.UUID:
    return pay_out.withdraw(
        who.business_id,
        buyer=form.buyer.data,
        money=form.money,
        payee=form.payee,
        actor=who.name,
        reason=form.reason.data,
        transaction_id=movement_id,
    )


def _pay_out(who: Actor, form: PayoutForm, movement_id: uuid.UUID) -> uuid.UUID:
    return pay_out.pay_out(
        who.business_id,
        money=form.money,
        payee=form.payee,
        actor=who.name,
        reason=form.reason.data,
        transaction_id=movement_id,
    )


TASKS = {
    task.kind: task
    for task in (
        Task(
            "top_up",
            N_("Top up a wallet"),
            N_("Credit from you, or a payment by the buyer."),
            N_("Top up"),
            "wallets.write",
            TopUpForm,
            _top_up,
        ),
        Task(
            "transfer",
            N_("Transfer between wallets"),
            N_("Instant, up to the sender’s available balance."),
            N_("Transfer"),
            "wallets.write",
            TransferForm,
            _transfer,
        ),
        Task(
            "withdrawal",
            N_("Withdraw from a wallet"),
            N_("To the buyer’s external account, up to the available balance."),
            N_("Withdraw"),
            "payouts.write",
            WithdrawalForm,
            _withdraw,
        ),
        Task(
            "payout",
            N_("Pay out"),
            N_("From your balance to your own or a partner’s account, up to the available balance."),
            N_("Pay out"),
            "payouts.write",
            PayoutForm,
            _pay_out,
        ),
    )
}


def task_of(kind: str, who: Actor) -> Task:
    """The task of this kind.

    Raises:
        NotFound: nobody makes such a movement by hand. Denied: this person does not.
    """
    task = TASKS.get(kind)
    if task is None:
        raise NotFound("not_found", "Unknown movement type.")
    if not who.may(task.permission):
        raise Denied(
            "denied",
            f"Your role here ({who.membership.role_name}) does not include this. Ask an owner of the business.",
        )
    return task


def movement_id(who: Actor, form: MovementForm) -> uuid.UUID:
    """The id that this form makes, however often it is sent."""
    return ids.derive(who.business_id, f"movement {form.once.data}")
