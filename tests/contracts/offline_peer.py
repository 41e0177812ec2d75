"""A bank account of the merchant's own: nobody at its other end is reached by a program."""

from __future__ import annotations

from app.core.money import Money
from tests.simulator.company import Message


class BankAccount:
    """What `operations` needs of a company; a bank account has little of it."""

    settings: dict[str, str]
    notify_url = ""
    price = Money(1980, "EUR")
    details: dict[str, str]

    def __init__(self) -> None:
        self.details = {}
        self.settings = {
            "account_holder": "Shop Ltd",
            "bank_name": "First Bank",
            "account_number": "DE00 1234",
            "pay_days": "7",
        }

    def approve(self, ref: str) -> None:
        """The buyer sends the money; no program is notified."""

    def notices(self, how_many: int) -> list[Message]:
        """No notice is sent to us."""
        del how_many
        return []
