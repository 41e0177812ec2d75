"""A bank account of the merchant's own: nobody at its other end is reached by a program."""

from __future__ import annotations

from app.core.money import Money
from tests.simulator.company import Message


class BankAccount:
    """What `operations` asks of a company; of a bank account most of it is nothing."""

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
        """The buyer sends the money; no program hears of it."""

    def notices(self, how_many: int) -> list[Message]:
        """Nothing is told to us."""
        del how_many
        return []
