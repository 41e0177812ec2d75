"""Bills of payment companies: what a channel that reads them gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, Protocol, runtime_checkable

from app.core.money import Money
from app.domain.payments.outcomes import Exchange, Outcome, Settings


@dataclass(frozen=True, kw_only=True, slots=True)
class BillRow:
    """One movement in the company's own books. `our_ref` is our reference of it, as the company kept it, and
    `charge_ref` that of the payment it belongs to (the same for a charge). `amount` is above zero for both kinds;
    `fee` is what the company keeps, below zero where it gives a fee back."""

    kind: Literal["charge", "refund"]
    our_ref: str
    charge_ref: str
    channel_ref: str
    amount: Money
    fee: Money
    at: datetime


@dataclass(frozen=True, kw_only=True)
class BillTotals:
    """What the rows of one currency come to."""

    charges: int
    charged: Money
    refunds: int
    refunded: Money
    fees: Money


@dataclass(frozen=True, kw_only=True)
class Bill:
    """A day of the company's books. `ready`: the whole of it, and the sums that the company wrote under it agree.
    `absent`: they have none, since nothing moved or it is not made yet. `unknown`: no answer, or a file that cannot be
    trusted (cut off, changed on the way, sums that disagree); of such a file no row is given. `sha256` is of the
    file as it came."""

    day: date
    status: Literal["ready", "absent", "unknown"]
    rows: tuple[BillRow, ...] = ()
    sha256: str | None = None
    message: str | None = None
    exchanges: list[Exchange] = field(default_factory=list)

    @classmethod
    def without_file(cls, day: date, outcome: Outcome) -> Bill:
        """Asking for the file's address, or for the file, brought none."""
        status: Literal["absent", "unknown"] = "absent" if outcome.status == "absent" else "unknown"
        return cls(day=day, status=status, message=outcome.message, exchanges=outcome.exchanges)

    @property
    def is_whole(self) -> bool:
        """Whether its rows can be trusted."""
        return self.sha256 is not None

    @property
    def totals(self) -> dict[str, BillTotals]:
        """What the rows come to, by currency."""
        return {currency: self._totals(currency) for currency in sorted({row.amount.currency for row in self.rows})}

    def _totals(self, currency: str) -> BillTotals:
        rows = [row for row in self.rows if row.amount.currency == currency]
        charges = [row.amount.minor for row in rows if row.kind == "charge"]
        refunds = [row.amount.minor for row in rows if row.kind == "refund"]
        charged, refunded = Money(sum(charges), currency), Money(sum(refunds), currency)
        fees = Money(sum(row.fee.minor for row in rows), currency)
        return BillTotals(charges=len(charges), charged=charged, refunds=len(refunds), refunded=refunded, fees=fees)


@runtime_checkable
class Billing(Protocol):
    """The part of a company that writes a bill of each day."""

    def read_bill(self, settings: Settings, day: date) -> Bill:
        """The bill of a day, which is a day of the company's (`capabilities.bills`)."""
        ...
