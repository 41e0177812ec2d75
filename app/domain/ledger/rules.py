"""The posting templates: which account gives and which receives, for each kind of booking, on one screen."""

from __future__ import annotations

from dataclasses import dataclass

# What a channel owes us · what we owe the merchant · money that belongs to no order and is on its way back.
ACCOUNT_KINDS = ("channel_clearing", "merchant_payable", "unapplied")


@dataclass(frozen=True)
class Template:
    """One booking: `debit` and `credit` are account kinds."""

    debit: str
    credit: str


TEMPLATES: dict[str, Template] = {
    "charge": Template(debit="channel_clearing", credit="merchant_payable"),
    "charge_unapplied": Template(debit="channel_clearing", credit="unapplied"),
    "refund": Template(debit="merchant_payable", credit="channel_clearing"),
    "refund_unapplied": Template(debit="unapplied", credit="channel_clearing"),
}
