"""The posting templates: which account gives and which receives, for each kind of posting, on one screen."""

from __future__ import annotations

from dataclasses import dataclass

# What a channel owes us, per channel account · what we owe the merchant · money that belongs to no order and is on
# its way back · what we owe one buyer · where a buyer's money is pending while it is held, never posted · what one
# buyer got that the wallet no longer covered · what one buyer owes for credit that was spent and refunded · what the
# merchant has to claim of that: no money that came in, so none that could be paid out. Then what is beyond payments:
# what a channel kept as its fees, per channel account · what is in one bank account · what the platform earned · what
# is owed to a partner · the other side of corrections · money nobody can explain yet · what a channel took of the
# merchant's money until a dispute is decided, per channel account.
ACCOUNT_KINDS = (
    *("channel_clearing", "merchant_payable", "unapplied", "wallet", "hold", "shortfall"),
    *("owed_by_buyer", "claims"),
    *("channel_fees", "bank", "platform_revenue", "partner", "adjustments", "suspense"),
    "disputed",
)
# Kinds of which reports show each owner's account: a channel account's, or a bank account's.
SHOWN_BY_OWNER = ("channel_clearing", "channel_fees", "bank")
# Accounts that may never owe: their available balance (credit less debit less held) stays at or above zero.
NEVER_BELOW_ZERO = frozenset({"wallet"})


@dataclass(frozen=True)
class Template:
    """One posting: `debit` and `credit` are account kinds. `covered`: no more than the debited account has
    available is taken, also of an account that may otherwise go below zero."""

    debit: str
    credit: str
    covered: bool = False


TEMPLATES: dict[str, Template] = {
    "charge": Template(debit="channel_clearing", credit="merchant_payable"),
    "charge_wallet": Template(debit="wallet", credit="merchant_payable"),
    "charge_unapplied": Template(debit="channel_clearing", credit="unapplied"),
    "refund": Template(debit="merchant_payable", credit="channel_clearing"),
    "refund_wallet": Template(debit="merchant_payable", credit="wallet"),
    "refund_unapplied": Template(debit="unapplied", credit="channel_clearing"),
    "top_up": Template(debit="channel_clearing", credit="wallet"),
    "top_up_granted": Template(debit="merchant_payable", credit="wallet"),
    "withdrawal": Template(debit="wallet", credit="channel_clearing"),
    "withdrawal_uncovered": Template(debit="shortfall", credit="channel_clearing"),
    "withdrawal_returned": Template(debit="channel_clearing", credit="wallet"),
    "withdrawal_uncovered_returned": Template(debit="channel_clearing", credit="shortfall"),
    "transfer": Template(debit="wallet", credit="wallet"),
    "payout": Template(debit="merchant_payable", credit="channel_clearing", covered=True),
    # Not covered: what a refund took back since the batch was closed is owed by the partner.
    "partner_payout": Template(debit="partner", credit="channel_clearing"),
    "partner_payout_returned": Template(debit="channel_clearing", credit="partner"),
    "platform_payout": Template(debit="platform_revenue", credit="channel_clearing"),
    "platform_payout_returned": Template(debit="channel_clearing", credit="platform_revenue"),
    "payout_returned": Template(debit="channel_clearing", credit="merchant_payable"),
    "hold": Template(debit="wallet", credit="hold"),
    "credit": Template(debit="merchant_payable", credit="wallet"),
    "credit_clawed_back": Template(debit="wallet", credit="merchant_payable"),
    "credit_owed": Template(debit="owed_by_buyer", credit="claims"),
    "credit_collected": Template(debit="wallet", credit="merchant_payable"),
    "dispute_held": Template(debit="disputed", credit="channel_clearing"),
    "dispute_released": Template(debit="channel_clearing", credit="disputed"),
    "dispute_lost": Template(debit="merchant_payable", credit="disputed"),
    "dispute_fee": Template(debit="channel_fees", credit="channel_clearing"),
    "dispute_fee_returned": Template(debit="channel_clearing", credit="channel_fees"),
    "claim_closed": Template(debit="claims", credit="owed_by_buyer"),
}

# Kinds that people may correct by hand; wallets, holds and what buyers owe have ways of their own.
ADJUSTABLE = (
    *("channel_clearing", "channel_fees", "bank", "merchant_payable"),
    *("platform_revenue", "partner", "adjustments", "suspense"),
)
# Postings with as many legs as they need, each on an account of one of these kinds.
JOURNALS: dict[str, tuple[str, ...]] = {
    "settlement": ("bank", "channel_fees", "channel_clearing"),
    "bill_fees": ("channel_fees", "channel_clearing"),
    "clearing": ("merchant_payable", "partner", "platform_revenue"),
    "adjustment": ADJUSTABLE,
    "reversal": ADJUSTABLE,
}
