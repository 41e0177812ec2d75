"""Which posting belongs to which movement: the templates, filled in with whose accounts they touch."""

from __future__ import annotations

import uuid

from app.core.money import Money
from app.domain.ledger.service import Posting
from app.domain.orders.models import Order
from app.domain.orders.types import Placed
from app.domain.payments.attempt_rows import FullAttempt
from app.domain.payments.channels import registry
from app.domain.payments.models import BankTransfer, ChannelAccount, PaymentAttempt
from app.domain.settlement.partners import service as partners
from app.domain.settlement.partners.models import Partner
from app.lib.some import some


def charge(order: Order | Placed, account: ChannelAccount, money: Money, attempt_id: uuid.UUID) -> Posting:
    """Money for an order: from the buyer's wallet, or from outside through a channel account."""
    if registry.channel(account.channel).capabilities.is_internal:
        return Posting(
            template="charge_wallet",
            money=money,
            subject_id=attempt_id,
            order_id=order.id,
            debit_owner=order.buyer_reference,
        )
    return Posting(
        template="charge", money=money, subject_id=attempt_id, order_id=order.id, debit_owner=str(account.id)
    )


def charge_unapplied(attempt: FullAttempt) -> Posting:
    """Money that came for an order which did not wait for it."""
    return Posting(
        template="charge_unapplied",
        money=Money(attempt.amount_minor, attempt.currency),
        subject_id=attempt.id,
        order_id=attempt.order_id,
        debit_owner=str(attempt.channel_account_id),
    )


def transfer_unapplied(transfer: BankTransfer, order_id: uuid.UUID | None) -> Posting:
    """Money on the bank account that is not what was waited for."""
    return Posting(
        template="charge_unapplied",
        money=Money(transfer.amount_minor, transfer.currency),
        subject_id=transfer.id,
        order_id=order_id,
        debit_owner=str(transfer.channel_account_id),
    )


def transfer_returned(transfer: BankTransfer, order_id: uuid.UUID | None) -> Posting:
    """That money, sent back."""
    return Posting(
        template="refund_unapplied",
        money=Money(transfer.amount_minor, transfer.currency),
        subject_id=transfer.id,
        order_id=order_id,
        credit_owner=str(transfer.channel_account_id),
    )


def refund(
    order: Order, charged: PaymentAttempt, money: Money, attempt_id: uuid.UUID, *, to_wallet: bool = False
) -> Posting:
    """Money back the way it came, or `to_wallet`, to that of the order's buyer; what was never the order's only the way
    it came."""
    template, credit_owner = "refund", str(charged.channel_account_id)
    if not charged.applied:
        template = "refund_unapplied"
    elif to_wallet or registry.channel(charged.channel).capabilities.is_internal:
        template, credit_owner = "refund_wallet", order.buyer_reference
    return Posting(template=template, money=money, subject_id=attempt_id, order_id=order.id, credit_owner=credit_owner)


def late_withdrawal(attempt: FullAttempt, *, covered: bool) -> Posting:
    """A withdrawal that was made after all, when its money was back in the wallet: out of the wallet again, or, when
    it was spent meanwhile, out of nothing."""
    return Posting(
        template="withdrawal" if covered else "withdrawal_uncovered",
        money=Money(attempt.amount_minor, attempt.currency),
        subject_id=attempt.id,
        debit_owner=some(attempt.buyer_reference),
        credit_owner=str(attempt.channel_account_id),
    )


def returned(attempt: FullAttempt, posted: str) -> Posting:
    """A withdrawal or payout that came back: the opposite of what was `posted` for it."""
    owner = str(attempt.partner_id or "") if attempt.kind == "payout" else some(attempt.buyer_reference)
    return Posting(
        template=f"{posted}_returned",
        money=Money(attempt.amount_minor, attempt.currency),
        subject_id=attempt.transaction_id,
        debit_owner=str(attempt.channel_account_id),
        credit_owner=owner,
    )


def partner_payout(money: Money, attempt_id: uuid.UUID, *, account: ChannelAccount, partner: Partner) -> Posting:
    """What a partner is owed, paid out to it."""
    return Posting(
        template="platform_payout" if partners.account_kind(partner.kind) == "platform_revenue" else "partner_payout",
        money=money,
        subject_id=attempt_id,
        debit_owner=str(partner.id),
        credit_owner=str(account.id),
    )


def movement(
    kind: str, money: Money, attempt_id: uuid.UUID, *, account: ChannelAccount, buyer: str, counter: str | None
) -> Posting:
    """A top-up, withdrawal, transfer or payout."""
    outside = str(account.id)
    if kind == "top_up" and registry.channel(account.channel).capabilities.is_internal:
        return Posting(template="top_up_granted", money=money, subject_id=attempt_id, credit_owner=buyer)
    owners = {
        "top_up": (outside, buyer),
        "withdrawal": (buyer, outside),
        "transfer": (buyer, counter or ""),
        "payout": ("", outside),
    }
    debit_owner, credit_owner = owners[kind]
    return Posting(
        template=kind, money=money, subject_id=attempt_id, debit_owner=debit_owner, credit_owner=credit_owner
    )
